# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of the playbooks is told about its members, and the journal of what happened. Shared by all that is staged.

The directory that the environment variable TROVE_SCRIPTED names holds ``script.json`` and, one JSON document a line, ``journal``:

- script: ``{datastore, members: [names that serve from the start], sources: {replica: source}, troubles: [trouble]}``
- a trouble: ``{who: name, what: WORDS, since: SINCE}``, see below
- journal: ``{what: look|act|write, who: host, ...}`` in the order in which things happened
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil

#: from when on a member is in trouble: from the first contact on; once it was looked at, so in the act; once all acts are done, so in the last look; once a
#: snapshot was made
START, ACT, AFTER, SNAPSHOT = "start", "act", "after", "snapshot"
SINCE = (START, ACT, AFTER, SNAPSHOT)
#: unreachable: the connection fails. fails: the info module fails. down: it says that its database is down. silent: an answer without a word.
#: other_round, other_server: a good word, of another round or by another server. lies: it is as before, whatever the acts have done.
#: act_fails: the role fails on it, before it changed something; act_fails_late: after it
TROUBLES = ("unreachable", "fails", "down", "silent", "other_round", "other_server", "lies", "act_fails", "act_fails_late")


def place():
    return os.environ["TROVE_SCRIPTED"]


def read():
    with open(os.path.join(place(), "script.json"), encoding="utf-8") as file:
        return json.load(file)


def note(event):
    """Add to the journal. One line is one write, and who reads waits for it: another process may see a part of it."""
    with open(os.path.join(place(), "journal"), "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps(event) + "\n")


def passed():
    """A change has been made. Where the run has a directory ``points``, what is left by a run that is killed now is copied there: see tests/chaos."""
    points = os.path.join(place(), "points")
    if not os.path.isdir(points):
        return
    with open(os.path.join(place(), "journal"), encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        point = os.path.join(points, str(len(os.listdir(points)) + 1))
        os.mkdir(point)
        for name in ("cloud", "journal"):
            shutil.copy(os.path.join(place(), name), point)


def journal():
    try:
        with open(os.path.join(place(), "journal"), encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            return [json.loads(line) for line in file]
    except FileNotFoundError:
        return []


def troubles(name):
    """What is wrong with a member now."""
    events = journal()
    return {trouble["what"] for trouble in read()["troubles"] if trouble["who"] == name and _has_begun(trouble["since"], name, events)}


def _has_begun(since, name, events):
    if since == START:
        return True
    if since == ACT:
        return any(event["what"] == "look" and event["who"] == name for event in events)
    if since == SNAPSHOT:
        return any(event.get("kind") == "snapshot" for event in events)
    last = [event for event in events if event["what"] == "act" and event["last"]]
    own = [event for event in last if event["who"] == name]
    return bool(own or (last and name not in last[0]["names"]))
