# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's own metadata of clusters and instances (Trove, "Replication and Clustering API", "Metadata": an open format).

They stand on the servers beside the collection's own, from which PREFIX keeps them apart. All members of a cluster have the same.
Nova's limits (Compute API, "Server metadata"): a key is of letters, digits and ``-_:. ``, key and value have at most 255 characters, and a server has at most
128 items by default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .errors import InvalidInput

PREFIX = "trove_metadata_"
MOST = 64
_LONGEST = 255
#: what the show form of an instance has beside the user's
_RESERVED = "replication_contract"


def check(given: Mapping[Any, Any] | None, option: str = "metadata") -> dict[str, str] | None:
    """The metadata as texts; None where none were given.

    :raises InvalidInput: for what Nova does not take, and for a value that is no text, number or boolean
    """
    if given is None:
        return None
    if len(given) > MOST:
        raise InvalidInput(option, f"{len(given)} items", f"at most {MOST}, since Nova's limit for a server is shared with the collection's own")
    return {_key(option, key): _value(f"{option}.{key}", value) for key, value in given.items()}


def _key(option: str, given: Any) -> str:
    longest = _LONGEST - len(PREFIX)
    if given == _RESERVED:
        raise InvalidInput(option, given, "another key: the contract is written by the verbs of replicas")
    if not isinstance(given, str) or not re.fullmatch(rf"[A-Za-z0-9_:. -]{{1,{longest}}}", given):
        raise InvalidInput(option, given, f"keys of letters, digits and -_:. and spaces, at most {longest} characters")
    return given


def _value(option: str, given: Any) -> str:
    if isinstance(given, bool):
        return "true" if given else "false"
    if not isinstance(given, (str, int, float)) or len(str(given)) > _LONGEST:
        raise InvalidInput(option, given, f"a text of at most {_LONGEST} characters")
    return str(given)


def items(metadata: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """The items of a server's metadata that stand for them."""
    return tuple((PREFIX + key, value) for key, value in sorted((metadata or {}).items()))


def read(metadata: Mapping[str, str]) -> dict[str, str]:
    """The user's among a server's metadata."""
    return {key[len(PREFIX) :]: value for key, value in sorted(metadata.items()) if key.startswith(PREFIX)}


def changes(has: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The items to write on a server, and the keys to remove: what was not given is gone."""
    return {key: value for key, value in items(wanted) if has.get(key[len(PREFIX) :]) != value}, tuple(PREFIX + key for key in sorted(has) if key not in wanted)
