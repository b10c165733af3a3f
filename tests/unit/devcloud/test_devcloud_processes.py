# SPDX-License-Identifier: GPL-3.0-or-later
"""With real processes: `sleep` stands for a service."""
import json

import pytest
from control import console, processes
from control.install import Code
from control.services import Service

CODE = Code("lock", "drivers")
SLEEP = Service("sleep", ("/bin/sleep", "60"))


@pytest.fixture
def started(settings):
    assert processes.start(settings, [SLEEP], CODE)
    yield processes.record(settings, "sleep")
    processes.stop(settings, ["sleep"])


def test_start_again_leaves_it_alone(settings, started):
    assert not processes.start(settings, [SLEEP], CODE)
    assert processes.record(settings, "sleep") == started


def test_another_command_is_started_anew(settings, started):
    assert processes.start(settings, [Service("sleep", ("/bin/sleep", "61"))], CODE)
    assert processes.record(settings, "sleep")["pid"] != started["pid"]


def test_new_drivers_concern_only_what_loads_them(settings, started):
    assert not processes.start(settings, [SLEEP], Code("lock", "newer"))
    drivers = Service("sleep", SLEEP.command, drivers=True)
    processes.start(settings, [drivers], CODE)
    assert processes.start(settings, [drivers], Code("lock", "newer"))


def test_new_settings_concern_only_who_reads_them(settings):
    reader = Service("reader", ("/bin/sleep", "60", f"{settings.conf}/nova.conf"))
    (settings.conf / "nova.conf").write_text("one")
    before = processes.fingerprint(settings, reader, CODE), processes.fingerprint(settings, SLEEP, CODE)
    (settings.conf / "nova.conf").write_text("two")
    assert processes.fingerprint(settings, reader, CODE) != before[0]
    assert processes.fingerprint(settings, SLEEP, CODE) == before[1]


def test_a_process_that_got_the_pid_later_is_not_ours(settings, started):
    path = settings.run / "sleep.json"
    path.write_text(json.dumps(started | {"started": started["started"] - 1}))
    assert processes.record(settings, "sleep") is None
    path.write_text(json.dumps(started))


def test_stop_is_safe_to_repeat(settings, started):
    processes.stop(settings, ["sleep"])
    assert processes.record(settings, "sleep") is None
    processes.stop(settings, ["sleep", "never-started"])


def test_waiting_ends_when_the_process_has(settings):
    service = Service("false", ("/bin/false",), port=1)
    processes.start(settings, [service], CODE)
    with pytest.raises(console.Failure, match="false has ended: see .*false.log"):
        processes.wait_for(settings, service, patience=5)
