# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recording cloud, no OpenStack: FakeOpenStack in a file, so that the real modules, each a process of its own, find what the one before left there.

Goes into the staged collection as `_cloud/recording_cloud.py`, where `_cloud/connection.py` gives it to all modules in place of openstacksdk's connection.
Every write is noted in the run's journal, with what the thing is afterwards.
"""

from __future__ import annotations

import atexit
import os
import pickle
from pathlib import Path

from .._scripted import script
from .._scripted.fake_openstack import FakeOpenStack

_KINDS = ("servers", "volumes", "groups", "security_groups", "snapshots")


class RecordingCloud(FakeOpenStack):
    """Has the attributes of `_cloud.connection.Cloud`; its file is `cloud` in the directory that TROVE_SCRIPTED names."""

    def __init__(self, options=None):
        super().__init__(hypervisors=9)
        self._file = Path(script.place(), "cloud")
        if self._file.exists():
            self._load()
        atexit.register(self.save)

    def _load(self):
        kept = pickle.loads(self._file.read_bytes())
        self._numbers = iter(range(kept.pop("next"), 10**6))
        vars(self).update(kept)

    def save(self):
        with self._lock:
            kept = {kind: getattr(self, kind) for kind in _KINDS}
            number = self.number()
            aside = self._file.with_suffix(f".{os.getpid()}")
            aside.write_bytes(pickle.dumps({**kept, "next": number}))
            aside.replace(self._file)

    def writing(self, verb, kind, name):
        return _Recorded(self, super().writing(verb, kind, name), verb, kind, name)


class _Recorded:
    """The context of one write."""

    def __init__(self, cloud, inner, verb, kind, name):
        self.cloud, self.inner, self.event = cloud, inner, {"what": "write", "verb": verb, "kind": kind, "name": name}

    def __enter__(self):
        return self.inner.__enter__()

    def __exit__(self, *error):
        result = self.inner.__exit__(*error)
        if not any(error):
            metadata = next((dict(server.metadata) for server in self.cloud.servers.values() if server.name == self.event["name"]), {})
            script.note({**self.event, "task": metadata.get("trove_task")})
            self.cloud.save()
            if self.event["verb"] != "lease":
                script.passed()
        return result
