# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server has taken numbers and truth values as they were written. Pure.

Both servers round a number to blocks, or put it within bounds: MariaDB remarks on some of them, MySQL on few, and neither ends. Of a text the server knows
best what it means (utf8 is utf8mb3, TRADITIONAL seven modes, an enumeration's word has a number), so texts are not compared.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...._model.errors import InvalidInput
from . import settings
from .option_file import Option

#: What a host allows may be less than what is asked for, and less at a trial than later: files that may be open, and requests to its disks.
#: Source: MySQL Reference Manual, "How MySQL Opens and Closes Tables", "Using Asynchronous I/O on Linux"; MariaDB, "open_files_limit"
_BY_HOST = {"open_files_limit", "max_connections", "table_open_cache", "table_definition_cache", "innodb_open_files", "innodb_use_native_aio"}
_TRUTH = {"ON": 1, "OFF": 0}


def refuse_otherwise(options: Mapping[str, Option], shown: Mapping[str, str], defaults: Mapping[str, str], where: str) -> list[str]:
    """What is to be told of values that are less than what was asked for, since the host allows no more.

    :param shown: the variables of a server that was started with the options, by name
    :param defaults: the program's own values by name; one that is written out leaves it to the server (0 or -1 of many is: as it sees fit)
    :param where: the name of the option that holds the settings
    :raises InvalidInput: where the server makes another number, or another truth value, of one
    """
    told = []
    for name, option in options.items():
        has = shown.get(settings.variable_of(name, shown))
        if has is None or not _is_otherwise(option.text, has) or _is_own(option.text, defaults.get(name)):
            continue
        if name in _BY_HOST and (name == "open_files_limit" or _number(has) < _number(option.text)):
            told.append(f"{name}: {_word(option)} was given, and this host lets the server have {has}")
        else:
            raise InvalidInput(f"{where}.{name}", _word(option), f"what the server takes as it is; with the other settings it makes {has} of it")
    return told


def _number(text: str | None) -> float:
    return settings.as_number("ON" if text is None else text) or 0


def _word(option: Option) -> str:
    return "ON" if option.text is None else option.text


def _is_otherwise(text: str | None, has: str) -> bool:
    asked = "ON" if text is None else text.strip()
    if has in _TRUTH:
        # 2 of an enumeration may be its ON; of a truth value the catalogue has made the word
        word = settings.as_number(asked) if not asked.lstrip("-")[:1].isdigit() else None
        return word is not None and word != _TRUTH[has]
    wanted, shown = settings.as_number(asked), settings.as_number(has)
    if wanted is None or shown is None or not has.lstrip("-")[:1].isdigit():
        return False
    decimals = len(has.partition(".")[2])
    # a fraction is shown with as many digits as the server keeps
    return abs(wanted - shown) > 0.5000001 * 10**-decimals if decimals else wanted != shown


def _is_own(text: str | None, default: str | None) -> bool:
    wanted = settings.as_number(text)
    return default is not None and wanted is not None and wanted == settings.as_number(default)
