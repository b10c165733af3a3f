# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has changed on a member for a while, noted on the member itself, so that the next run can put it back when this one is killed. Pure.

The note stands in ``proc-title-template``, which only names the process in a list of processes (``ps``): it is set together with what it is about, in one
CONFIG SET, and like that it is gone with a restart, which reads the settings of the file. Source: redis.conf, "proc-title-template".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

TITLE = "proc-title-template"
_NOTE = re.compile(r" \[stackdb-trove:([^\]]*)\]$")
_UNSAVED = "unsaved"


@dataclass(frozen=True)
class Note:
    """Of settings that were changed: what each was, and what it is meanwhile. And whether keys have arrived that are not proven to be on disk."""

    raised: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    unsaved: bool = False

    def __bool__(self) -> bool:
        return bool(self.raised) or self.unsaved


def read(title: str) -> tuple[str, Note]:
    """A title without its note, and the note."""
    found = _NOTE.search(title)
    if not found:
        return title, Note()
    words = found[1].split()
    pairs = [re.fullmatch(r"([a-z-]+)=(\w+)>(\w+)", word) for word in words]
    return title[: found.start()], Note({pair[1]: (pair[2], pair[3]) for pair in pairs if pair}, _UNSAVED in words)


def write(title: str, note: Note) -> str:
    """A title with a note, which replaces another one."""
    plain = read(title)[0]
    words = [f"{name}={before}>{meanwhile}" for name, (before, meanwhile) in sorted(note.raised.items())] + ([_UNSAVED] if note.unsaved else [])
    return f"{plain} [stackdb-trove:{' '.join(words)}]" if words else plain


def raising(settings: Mapping[str, str], wanted: Mapping[str, int | str]) -> dict[str, str]:
    """What CONFIG SET is given to change settings for a while: ``{name: text}``, empty where there is nothing to change. What an earlier run noted stays.

    :param settings: what the member has
    """
    title, note = read(settings[TITLE])
    meant = {name: str(value) for name, value in wanted.items()}
    before = {name: settings[name] for name in meant}
    before.update({name: was for name, (was, meanwhile) in note.raised.items() if name in meant and settings[name] == meanwhile})
    if not meant:
        return {}
    raised = {**note.raised, **{name: (before[name], value) for name, value in meant.items()}}
    return {**meant, TITLE: write(title, Note(raised, note.unsaved))}


def putting_back(settings: Mapping[str, str]) -> dict[str, str]:
    """What CONFIG SET is given to put back what was changed. What somebody has set to another value since stays."""
    title, note = read(settings.get(TITLE, ""))
    if not note.raised:
        return {}
    back = {name: was for name, (was, meanwhile) in note.raised.items() if settings.get(name) == meanwhile}
    return {**back, TITLE: write(title, Note(unsaved=note.unsaved))}


def owing(settings: Mapping[str, str], unsaved: bool) -> dict[str, str]:
    """What CONFIG SET is given to note that keys are about to arrive, or that they are on disk."""
    title, note = read(settings.get(TITLE, ""))
    return {} if note.unsaved == unsaved or TITLE not in settings else {TITLE: write(title, Note(note.raised, unsaved))}
