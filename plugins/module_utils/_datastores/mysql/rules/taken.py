# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server has taken numbers and truth values as they were written. Pure.

Both servers round a number to blocks, or put it within bounds: MariaDB remarks on some of them, MySQL on few, and neither ends. Of a text the server knows
best what it means (utf8 is utf8mb3, TRADITIONAL seven modes, an enumeration's word has a number), so texts are not compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ...._model.errors import InvalidInput
from . import settings
from .option_file import Option
from .settings import Record

#: What a host allows may be less than what is asked for, and less at a trial than later: files that may be open, and requests to its disks.
#: Source: MySQL Reference Manual, "How MySQL Opens and Closes Tables", "Using Asynchronous I/O on Linux"; MariaDB, "open_files_limit"
_BY_HOST = {"open_files_limit", "max_connections", "table_open_cache", "table_definition_cache", "innodb_open_files", "innodb_use_native_aio"}
#: What the file system of the data decides. A trial is on another one. Source: MariaDB, "InnoDB System Variables"
_BY_DISK = {"innodb_log_file_mmap", "innodb_log_write_ahead_size"}
_TRUTH = {"ON": 1, "OFF": 0}
#: numbers by which many settings leave it to the server, where they are its own
_AS_IT_SEES_FIT = (0, -1)


def refuse_otherwise(options: Mapping[str, Option], shown: Mapping[str, str], defaults: Mapping[str, str], where: str) -> list[str]:
    """What is to be told of values that are less than what was asked for, since the host allows no more.

    :param shown: the variables of a server that was started with the options, by name
    :param defaults: the program's own values by name; 0 or -1 that is written out there leaves it to the server
    :param where: the name of the option that holds the settings
    :raises InvalidInput: where the server sets another number, or another truth value, than one of them
    """
    told = []
    for name, option in options.items():
        has = shown.get(settings.variable_of(name, shown))
        if has is None or not _is_otherwise(option.text, has) or _is_own(option.text, has, defaults.get(name)):
            continue
        if name in _BY_DISK:
            told.append(f"{name}: {_word(option)} was given, and a trial sets {has}. Only the server that has its data knows what their disk allows")
        elif name in _BY_HOST and (name == "open_files_limit" or _number(has) < _number(option.text)):
            told.append(f"{name}: {_word(option)} was given, and this host lets the server have {has}")
        else:
            raise InvalidInput(f"{where}.{name}", _word(option), f"what the server takes as it is; with the other settings it sets {has}")
    return told


def otherwise(record: Record, live: Mapping[str, str], passed: Collection[str]) -> Iterator[str]:
    """What is to be told of a server that has another number, or another truth value, than stands in its file, and would have it after a restart, too.

    No trial foresees all of it: not what the disk of the data decides, nor large pages and locked memory, nor what was less on a host that was smaller then.
    The server serves, and which of its settings shall go is not ours to say.

    :param live: its variables by name
    :param passed: names, or variables, of which another file has the last word, or that wait to be set, or for a restart
    """
    for name, entry in sorted(record["entries"].items()):
        variable = settings.variable_of(name, live)
        if not entry["lines"] or settings.is_state(name, entry) or {name, variable} & {*passed} or variable not in live:
            continue
        text, has = settings.asked(entry["lines"][-1]), live[variable]
        if _is_otherwise(text, has) and (has in _TRUTH or settings.as_number(text) not in _AS_IT_SEES_FIT):
            yield f"{name}: {text} stands in the file, and the server sets {has}"


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


def _is_own(text: str | None, has: str, default: str | None) -> bool:
    wanted = settings.as_number(text)
    return has not in _TRUTH and default is not None and wanted in _AS_IT_SEES_FIT and wanted == settings.as_number(default)
