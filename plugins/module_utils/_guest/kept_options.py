# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file on a member that keeps what was asked for of a role."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from typing import Any

from .._model.errors import InvalidInput
from .command import GuestError
from .text_file import replace

DIRECTORY = "/etc/stackdb-trove"


def path(role: str, directory: str = DIRECTORY) -> str:
    return os.path.join(directory, f"{role}.json")


def of_role(role: str) -> str:
    """The path, for a role that somebody has named.

    :raises InvalidInput: for what is no role's short name
    """
    if not role.replace("_", "").isalnum():
        raise InvalidInput("role", role, "letters, digits and _")
    return path(role)


def read(file: str) -> dict[str, Any]:
    """What is kept, ``{option: value}``; empty where nothing was asked for yet.

    :raises GuestError: for a file that is none of ours: it must not be taken for nothing, since then defaults would come over a living cluster
    """
    try:
        with open(file, encoding="utf-8") as stream:
            found = json.load(stream)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise GuestError(f"{file} cannot be read: {error}. It holds what was asked for of this member; copy it from another one.") from error
    if not isinstance(found, dict):
        raise GuestError(f"{file} cannot be read: it is no JSON object. It holds what was asked for of this member; copy it from another one.")
    return found


def look(role: str, passwords: Collection[str]) -> dict[str, Any]:
    """What is kept, as modules return it: ``options``, whether the file is ``private``, and whether all these ``passwords`` are there."""
    file = of_role(role)
    return {"options": read(file), "private": is_private(file), "passwords": has_passwords(passwords)}


def digests(role: str, directory: str = DIRECTORY) -> dict[str, str]:
    """By option, by what members can be compared without their values; empty where nothing is kept, or where it cannot be read.

    Accounts are left out, since a digest of a short password tells it.
    """
    try:
        found = read(path(role, directory))
    except (GuestError, OSError):
        return {}
    texts = {name: json.dumps(value, sort_keys=True) for name, value in found.items() if not name.endswith("_users")}
    return {name: hashlib.sha256(text.encode()).hexdigest()[:8] for name, text in texts.items()}


def has_passwords(names: Collection[str], directory: str = DIRECTORY) -> bool:
    """Whether the files of all these passwords are there; False for none."""
    return bool(names) and all(os.path.exists(os.path.join(directory, f"{name}.password")) for name in names)


def is_private(file: str) -> bool:
    """Whether nobody but its owner may read it; so is one that is not there."""
    return not os.path.exists(file) or os.stat(file).st_mode & 0o077 == 0


def write(file: str, options: Mapping[str, Any]) -> None:
    """Put it in place at once and for root alone: a reader, or a run that is killed, finds the old one or the new one."""
    os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
    replace(file, json.dumps(options, indent=2, sort_keys=True, ensure_ascii=False) + "\n", 0o600)
