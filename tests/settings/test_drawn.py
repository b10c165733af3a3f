# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings drawn from the server's own catalogue, many to a start: served as written and unchanged in the second run, or refused by name."""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import Any

import guest
import pytest
from drawn import Known, catalogue, draw, oracle, spelled

_BATCH = 20
#: a server that has them does not let root in, or takes none of what comes after
_NOT_DRAWN = {"init_connect", "init_file", "read_only", "super_read_only", "offline_mode", "old_passwords", "authentication_policy", "disabled_storage_engines"}


class Tally:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.refused: dict[str, str] = {}
        self.wrong: dict[str, Any] = {}


def test_settings_of_the_catalogue(server: guest.Guest, request: pytest.FixtureRequest) -> None:
    quick, seed = request.config.getoption("--quick"), request.config.getoption("--seed")
    rng, tally = random.Random(seed), Tally()
    known = [one for one in catalogue(server) if one.name not in _NOT_DRAWN]
    chosen = rng.sample(known, min(len(known), 12 if quick else request.config.getoption("--settings")))
    for first in range(0, len(chosen), _BATCH):
        batch(server, chosen[first : first + _BATCH], rng, tally, allow_restart=rng.random() < 0.7)
    print(f"\n{server.program.engine} seed {seed}: {dict(tally.counts)}")
    for name, why in sorted(tally.refused.items()):
        print(f"  refused {name}: {why[:200]}")
    for name, got in tally.wrong.items():
        print(f"  WRONG {name}: {got}")
    assert tally.wrong == {}


def batch(server: guest.Guest, chosen: list[Known], rng: random.Random, tally: Tally, allow_restart: bool) -> None:
    settings = {spelled(rng, one.name): draw(rng, one) for one in chosen}
    tally.counts["drawn"] += len(settings)
    _drop_refused(server, settings, tally)
    first = server.serve(settings, allow_restart)
    assert not any(result.get("failed") for result in first), (settings, first)
    again = server.serve(settings, allow_restart)
    remarked = {remark.partition(":")[0] for remark in (*first[0]["remarks"], *again[1]["server"]["told"])}
    changed = [result["changed"] for result in again]
    if changed != [False, False]:
        tally.wrong[f"second run of {settings}"] = [result["plan"] for result in again]
    pending = again[1]["server"]["pending"]
    assert pending == [] or not allow_restart, pending
    for name, got in oracle(server, settings).items():
        if name in remarked:
            tally.counts["told"] += 1
        elif name in pending or name.replace("tx_", "transaction_") in pending:
            tally.counts["pending"] += 1
        else:
            tally.wrong[name] = got
    tally.counts["served"] += len(settings)
    if not allow_restart:
        # what waits comes with a restart, and nothing waits then
        last = server.serve(settings, True)
        assert not last[-1].get("failed"), last
        remarked |= {remark.partition(":")[0] for remark in last[-1]["server"]["told"]}
        assert [result["changed"] for result in server.serve(settings, True)] == [False, False]
        tally.wrong.update({name: got for name, got in oracle(server, settings).items() if name not in remarked})


def _drop_refused(server: guest.Guest, settings: dict[str, Any], tally: Tally) -> None:
    """Take out one by one what is refused by name; the file and the server stay as they are."""
    for _round in range(len(settings)):
        before = server.file.read_text(), server.pid()
        done = server.settings(settings, check=True)
        if not done.get("failed"):
            return
        assert (server.file.read_text(), server.pid()) == before
        assert server.sql("SELECT 1") == [(1,)]
        named = re.match(r"mysql_replication_settings\.([\w.-]+):", done["msg"])
        assert named, (done["msg"], settings, done)
        key = next(key for key in settings if _plain(key) == _plain(named.group(1)))
        tally.counts["refused"] += 1
        tally.refused[f"{key}={settings.pop(key)!r}"] = done["msg"]


def _plain(key: str) -> str:
    return re.sub("^loose_", "", key.lower().replace("-", "_"))
