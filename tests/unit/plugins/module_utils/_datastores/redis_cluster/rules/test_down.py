# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a server is down, in the words of systemd and of the servers themselves (Redis 7.0.15), and what it has left."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.redis_cluster.rules import down
from ansible_collections.stackdb.trove.tests.unit.redis_builders import node_id
from ansible_collections.stackdb.trove.tests.unit.redis_outages import VARS, nodes_conf, shards

START = "1:C 26 Nov 2026 17:53:10.417 # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo"


@pytest.mark.parametrize(
    ("unit", "log", "said", "damaged"),
    [
        ({"Result": "oom-kill", "ExecMainCode": "2", "ExecMainStatus": "9"}, [], "the kernel killed it, since memory ran out", False),
        ({"Result": "signal", "ExecMainCode": "2", "ExecMainStatus": "9"}, [], "it was killed (SIGKILL)", False),
        ({"Result": "core-dump", "ExecMainCode": "3", "ExecMainStatus": "11"}, [], "it crashed", False),
        ({"Result": "signal", "ExecMainCode": "2", "ExecMainStatus": "11"}, [], "it crashed (signal 11)", False),
        ({"Result": "success", "ExecMainCode": "1", "ExecMainStatus": "0"}, [], "its unit does not run", False),
        ({"Result": "start-limit-hit"}, [], "systemd gave up to start it after several attempts", False),
        ({}, [START, "1:M # Unrecoverable error: corrupted cluster config file."], "nodes.conf is damaged: 1:M # Unrecoverable error", True),
        ({}, [START, "Unexpected end of file reading the append only file x.aof"], "its log of changes (AOF) is damaged: Unexpected end", True),
        ({}, [START, "Short read or OOM loading DB. Unrecoverable error, aborting now."], "its snapshot (RDB) is damaged: Short read", True),
        (
            {"Result": "start-limit-hit"},
            ["*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***", "Reading the configuration file, at line 3", ">>> 'nonsense \"yes\"'", "Bad directive"],
            "it refuses its settings: *** FATAL CONFIG FILE ERROR (Redis 7.0.15) *** Reading the configuration file, at line 3 >>> 'nonsense \"yes\"' Bad",
            False,
        ),
        # what an earlier start said is past
        ({}, [START, "corrupted cluster config file", START, "Ready to accept connections"], "its unit does not run", False),
    ],
)
def test_why_it_is_down(unit: dict[str, str], log: list[str], said: str, damaged: bool) -> None:
    reasons, found = down.why(unit, log, orderly=False)
    assert reasons[0].startswith(said)
    assert found == damaged
    assert down.why(unit, log, orderly=True)[0][0] == "it was stopped in order"


def test_a_nodes_conf_is_whole_or_damaged() -> None:
    text = nodes_conf(shards()["m1"])
    assert down.read_nodes(text) == (down.OK, text, node_id("m1"))
    assert down.read_nodes(None) == (down.MISSING, "", None)
    for cut in ("", "garbage\n", text[:60], text.replace(VARS, ""), text[:-3], VARS, text.replace("myself,", ""), text.replace(" 0 1 1 connected", " x y z c")):
        assert down.read_nodes(cut)[0] == down.DAMAGED, cut
    assert len(down.lines_of(text)) == 6


def test_how_data_are_kept_and_whether_there_are_some() -> None:
    assert down.kept({"appendonly": "yes", "save": '""'}) == down.AOF
    assert down.kept({"appendonly": "no", "save": "3600 1"}) == down.RDB
    assert down.kept({"save": '""'}) == down.NONE
    files = ["dump.rdb", "nodes.conf"]
    log = ["appendonlydir/appendonly.aof.manifest"]
    assert [down.has_data(kind, files) for kind in (down.AOF, down.RDB)] == [False, True]
    assert [down.has_data(kind, log) for kind in (down.AOF, down.RDB)] == [True, False]
    assert not down.has_data(down.RDB, ["temp-12.rdb", "aside/dump.rdb"])
