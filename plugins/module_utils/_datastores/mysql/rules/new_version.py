# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is otherwise in a new version of the server, by what the programs of both say of their options. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .catalogue import Catalogue
from .option_file import LOOSE, PREFIXES, Option

#: options whose values say where the program is, and which one it is
_OWN = ("version", "basedir", "datadir", "dir", "hostname", "pid_file", "socket", "log_", "general_log_file", "slow_query_log_file", "tmpdir", "init_rpl")
_ENDS = ("_dir", "_file", "_basename", "_path")


def unknown(options: Iterable[Option], old: Catalogue, new: Catalogue) -> list[str]:
    """Settings that the program of old knew and the new one does not: sentences."""
    found = []
    for option in options:
        name = _name(option, old)
        if name and not option.name.startswith(LOOSE) and name not in new.spellings:
            found.append(f"{option.name} is set ({option.text}), and the new version does not know it: remove it from the settings first, by a configure verb")
    return list(dict.fromkeys(found))


def of_both(options: Iterable[Option], old: Catalogue, new: Catalogue) -> list[Option]:
    """Those that the programs know by themselves; the rest are of plugins."""
    return [option for option in options if _name(option, new) or _name(option, old)]


def _name(option: Option, known: Catalogue) -> str | None:
    """By which name the program knows an option, None where it does not."""
    plain = option.name[len(LOOSE) :] if option.name.startswith(LOOSE) else option.name
    names = [plain, *(plain[len(prefix) :] for prefix in PREFIXES if plain.startswith(prefix))]
    return next((name for name in names if name in known.spellings), None)


def changed_defaults(old: Catalogue, new: Catalogue, options: Iterable[Option]) -> dict[str, list[str]]:
    """``{name: [old, new]}`` of what no setting says.

    :param old: and new: as the programs read no options at all
    """
    given = {name for option in options for name in (_name(option, old), _name(option, new)) if name}
    return {name: [value, new.values[name]] for name, value in _compared(old, new) if name not in given}


def _compared(old: Catalogue, new: Catalogue) -> Iterator[tuple[str, str]]:
    for name, value in old.values.items():
        own = name.startswith(_OWN) or name.endswith(_ENDS)
        if not own and name in new.values and _plain(new.values[name]) != _plain(value):
            yield name, value


def _plain(value: str) -> str:
    """A switch that has become a choice says ON, and did say TRUE."""
    return {"ON": "TRUE", "OFF": "FALSE"}.get(value, value)
