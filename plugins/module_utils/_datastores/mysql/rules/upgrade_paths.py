# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From which version a MariaDB or MySQL server can be brought to which, and what is different then. Pure.

Sources: MariaDB, "Upgrading from MariaDB 10.6 to 10.11 with Galera Cluster", "… 10.11 to 11.4 …", "… 11.4 to 11.8 …"; 10.11 to 11.8 was measured, with
members of both serving together. MySQL, "Upgrade Paths": within an LTS series any step; from one LTS series to the next one, and never past one; from an LTS
series to innovation releases before the next LTS.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...._model.upgrade import begins_with, series

_GALERA = {"10.6": ("10.11",), "10.11": ("11.4", "11.8"), "11.4": ("11.8",)}
#: the LTS series, oldest first
_LTS = ("8.0", "8.4", "9.7")

_NO_WAY_BACK = (
    "There is no way back to {old}: an upgraded member cannot be started with the old version, and a member of the old version must not get a full copy"
    " of the data from an upgraded one. Take a backup before"
)
_SNAPSHOT = (
    "innodb_snapshot_isolation is ON from 11.6 on, where it is not set: a transaction (REPEATABLE READ) that changes a row which another one has changed since"
    " it began ends with error 1020 then, and the application has to repeat it"
)


def galera_step(old: str, new: str) -> str | None:
    """Why members of the two versions cannot serve together in one Galera cluster, or None."""
    ways = _other_ways(old, new)
    return ways and f"members of both serve together while it lasts, and that is known to work {ways} (MariaDB, Upgrading with Galera Cluster)"


def mariadb_step(old: str, new: str) -> str | None:
    """Of a server with replicas: a replica may be newer than its source. Source: MariaDB, "Setting Up Replication", versions."""
    ways = _other_ways(old, new)
    return ways and f"replicas of {series(new)} follow a source of {series(old)} while it lasts, and that is known to work {ways}"


def _other_ways(old: str, new: str) -> str | None:
    """What is known to work in place of a step of MariaDB, None where the step itself is."""
    allowed = _GALERA.get(series(old), ())
    if series(old) == series(new) or series(new) in allowed:
        return None
    return f"to {' or '.join(allowed)} first" if allowed else "within its series only"


def mysql_step(old: str, new: str) -> str | None:
    """Source: MySQL, "Upgrade Paths"."""
    if series(old) == series(new) or _place(old) is None or _place(new) is None:
        return None
    begin, end = _lts_at(old), _lts_at(new)
    if end > begin + 1 or (end == begin + 1 and not _is_lts(new)):
        between = _LTS[begin + 1]
        return f"an LTS series must not be left out, so go to {between} first (MySQL, Upgrade Paths)"
    return None


def _place(version: str) -> tuple[int, ...] | None:
    numbers = version.split(".")[:2]
    return tuple(int(number) for number in numbers) if all(number.isdigit() for number in numbers) and len(numbers) == 2 else None


def _is_lts(version: str) -> bool:
    return series(version) in _LTS


def _lts_at(version: str) -> int:
    """The place of its LTS series among all, or of the one before it."""
    place = _place(version) or (0, 0)
    return max((number for number, lts in enumerate(_LTS) if (_place(lts) or (0, 0)) <= place), default=-1)


def mariadb_tells(old: str, new: str) -> Iterator[str]:
    """What the user has to know of a step: sentences."""
    if series(old) == series(new):
        return
    yield _NO_WAY_BACK.format(old=series(old))
    if _before(old, (11, 6)) and not _before(new, (11, 6)):
        yield _SNAPSHOT


_NO_WAY_BACK_ALONE = (
    "There is no way back to {old}: an upgraded server cannot be started with the old version, and no replica of the old version can follow one that is"
    " upgraded. Take a backup before"
)


def mariadb_replication_tells(old: str, new: str) -> Iterator[str]:
    """As `mariadb_tells`, of a source and its replicas."""
    yield from [_NO_WAY_BACK_ALONE.format(old=series(old)), *list(mariadb_tells(old, new))[1:]] if series(old) != series(new) else []


#: Source: MySQL 8.4 Release Notes and 9.0 Release Notes, mysql_native_password
_NATIVE_PASSWORD = (
    "Accounts with mysql_native_password cannot log in from 8.4 on unless the setting mysql_native_password is ON, and not at all from 9.0 on. Find them by"
    " SELECT user, host FROM mysql.user WHERE plugin = 'mysql_native_password', and change them before"
)


def mysql_tells(old: str, new: str) -> Iterator[str]:
    """Sentences. Source: MySQL, "Upgrade Paths": within an LTS series alone there is a way back."""
    if series(old) != series(new):
        yield _NO_WAY_BACK_ALONE.format(old=series(old))
        if _before(old, (9, 0)) and not _before(new, (8, 4)):
            yield _NATIVE_PASSWORD


def _before(version: str, place: tuple[int, int]) -> bool:
    found = _place(version)
    return found is not None and found < place


def gone_settings(new: str) -> dict[str, str]:
    """Settings that a version does not know any more, and why, for where the program itself cannot be asked. Source: MariaDB, "Changes and improvements"."""
    return {"wsrep_load_data_splitting": "it is removed in 11.8"} if not _before(new, (11, 5)) and not begins_with(new, "10") else {}
