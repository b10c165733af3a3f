# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that tell apt where packages come from, and which ones it prefers. Pure.

Sources: sources.list(5), "Deb822-Style Format"; apt_preferences(5). A source is spelled as ansible.builtin.deb822_repository spells it.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import InvalidInput

#: the name of the file of pins in /etc/apt/preferences.d; the roles write it by a template of the same form
PINS = "stackdb-trove"
_NOT_IN_FILE = ("mode", "state", "install_python_debian")


def slug(repository: Mapping[str, Any]) -> str:
    """The name of its file, without the ending."""
    return re.sub(r"[^a-z0-9-]+", "", re.sub(r"[_\s]+", "-", str(repository["name"]).lower()))


def deb822(repository: Mapping[str, Any]) -> str:
    """The file's text."""
    lines = [f"{_title(name)}: {_value(value)}\n" for name, value in repository.items() if name not in _NOT_IN_FILE and value not in (None, "", [])]
    return "".join(lines)


def _title(name: str) -> str:
    return {"name": "X-Repolib-Name", "uris": "URIs"}.get(name, name.replace("_", "-").title())


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return " ".join(str(one) for one in value)
    text = str(value).strip()
    if "\n" not in text:
        return text
    return "\n" + textwrap.indent("\n".join(line.strip() or "." for line in text.splitlines()), "    ")


def preferences(pins: Sequence[Mapping[str, Any]]) -> str:
    """The file's text; empty for none.

    :param pins: ``{packages, pin, priority}`` each, as apt_preferences(5) has Package, Pin and Pin-Priority
    """
    return "\n".join(f"Package: {one['packages']}\nPin: {one['pin']}\nPin-Priority: {one['priority']}\n" for one in pins)


def check_pins(option: str, pins: Sequence[Any]) -> list[dict[str, Any]]:
    """:raises InvalidInput: for one that apt would ignore, or read as something else"""
    found = []
    for number, one in enumerate(pins):
        where = f"{option}[{number}]"
        if not isinstance(one, Mapping) or set(one) != {"packages", "pin", "priority"}:
            raise InvalidInput(where, one, "a dictionary of packages, pin and priority, e.g. {packages: 'src:mariadb', pin: 'release n=trixie', priority: 600}")
        texts = {name: str(one[name]) for name in ("packages", "pin")}
        for name, text in texts.items():
            if not text.strip() or "\n" in text:
                raise InvalidInput(f"{where}.{name}", text, "one line of text")
        if not re.match(r"(release|version|origin)\s+\S", texts["pin"]):
            raise InvalidInput(f"{where}.pin", texts["pin"], "text that begins with release, version or origin, see apt_preferences(5)")
        if not re.fullmatch(r"-?\d+", str(one["priority"])) or int(one["priority"]) == 0:
            raise InvalidInput(f"{where}.priority", one["priority"], "a whole number other than 0")
        found.append({**texts, "priority": int(one["priority"])})
    return found
