# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that was detached, promoted away from or ejected returns as a replica, with what it has; or is refused, by name, and nothing is touched."""

from __future__ import annotations

import random
import signal
import subprocess

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules.topology import decide
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from conftest import attach, rows, unattached, wait_until
from servers import ADDRESS, Family, Server
from test_preflight import refused, standing, words


def returns(source: Server, server: Server, **options: object) -> dict:
    """What the role does for the verb attach: an account on the source, then the attachment from where the data stand."""
    family = source.family
    made = source.run(state="source", ca_cert=source.tls["ca_cert"], **family.accounts(server.name))
    assert not made.get("failed"), made
    return server.attach(source, **options)


def test_a_detached_one_returns_and_has_what_was_written_meanwhile(pair: tuple[Server, Server]) -> None:
    source, replica = pair
    assert replica.run(state="detached")["changed"]
    source.sql(*(f"INSERT INTO shop.orders VALUES ({number}, 'meanwhile')" for number in range(1, 20)))
    assert replica.info()["read_only"] is False
    assert refused("attach", [source, replica], source="source", returning=["replica"]) == []
    done = returns(source, replica)
    assert done.get("changed"), done
    assert replica.run(state="caught_up", timeout=20)["caught_up"]
    assert rows(replica) == rows(source)
    info = replica.info()
    assert (info["problems"], info["read_only"]) == ([], True)
    again = returns(source, replica)
    assert again["changed"] is False, again["plan"]


def test_a_dead_source_returns_to_its_successor(pair: tuple[Server, Server]) -> None:
    source, replica = pair
    nightly = "CREATE EVENT shop.nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM shop.orders WHERE id = 999"
    source.sql("INSERT INTO shop.orders VALUES (1, 'before')", nightly)
    assert replica.run(state="caught_up", timeout=20)["caught_up"]
    source.kill()
    assert replica.run(state="detached", takes_over=True)["changed"]
    replica.sql("INSERT INTO shop.orders VALUES (2, 'after')", "FLUSH BINARY LOGS", "INSERT INTO shop.orders VALUES (3, 'after')")
    source.start()
    assert refused("attach", [replica, source], source="replica", returning=["source"]) == []
    assert returns(replica, source).get("changed")
    assert source.run(state="caught_up", timeout=20)["caught_up"]
    assert rows(source) == rows(replica) == [(-1,), (1,), (2,), (3,)]
    assert source.info()["read_only"] is True
    # its events run on its successor now, and no binary log says so
    assert source.sql("SELECT STATUS FROM information_schema.EVENTS") != [("ENABLED",)]
    assert source.value("@@global.event_scheduler") == "OFF"
    assert refused("attach", [replica, source], source="replica", returning=["source"]) == []
    # it remembers that over a restart, and replicates on
    source.kill()
    # of MariaDB by the role's option file; MySQL remembers it, and overrides with that a file, but no command line
    source.option_file = source.home / "my.cnf"
    source.option_file.write_text("[mysqld]\nread_only = 1\n" if source.family.engine.name == "mariadb" else "[mysqld]\nread_only = 0\n")
    source.start()
    replica.sql("INSERT INTO shop.orders VALUES (4, 'after the restart')")
    assert source.run(state="caught_up", timeout=30)["caught_up"]
    assert source.info()["read_only"] is True
    # and takes over again
    promoted = replica.run(state="source", ca_cert=replica.tls["ca_cert"], **source.family.accounts("source", promoter="source"))
    assert not promoted.get("failed"), promoted
    assert source.run(state="promoted", followers={}, timeout=30).get("promotion"), source.log()


def test_one_with_transactions_of_its_own_is_refused_and_nothing_is_touched(pair: tuple[Server, Server]) -> None:
    """By the plan for all members, and by the module, which a playbook of others may call alone."""
    source, replica = pair
    assert replica.run(state="detached")["changed"]
    replica.sql("INSERT INTO shop.orders VALUES (5, 'of its own')")
    before = standing([source, replica])
    assert refused("attach", [source, replica], source="source", returning=["replica"]) == [("replica", "errant")]
    made = source.run(state="source", ca_cert=source.tls["ca_cert"], **source.family.accounts("replica"))
    done = replica.attach(source)
    assert done["errant"] in replica.info()["executed"], (made, done)
    after = standing([source, replica])
    assert after[1] == before[1]
    assert replica.sql("SELECT note FROM shop.orders WHERE id = 5") == [("of its own",)]


def test_one_whose_transactions_the_source_has_purged_is_refused(pair: tuple[Server, Server]) -> None:
    source, replica = pair
    assert replica.run(state="detached")["changed"]
    source.sql("INSERT INTO shop.orders VALUES (3, 'lost to it')", "FLUSH BINARY LOGS", "INSERT INTO shop.orders VALUES (4, '')", "FLUSH BINARY LOGS")
    last = source.sql("SHOW BINARY LOGS")[-1][0]
    source.sql("DO SLEEP(0.5)", f"PURGE BINARY LOGS TO '{last}'")
    assert refused("attach", [source, replica], source="source", returning=["replica"]) == [("replica", "purged")]
    done = returns(source, replica)
    assert "do not reach back" in done["msg"], done
    info = replica.info()
    assert (info["source"], info["read_only"]) == (None, False)


def test_a_replica_of_a_replica_moves_to_the_source_and_loses_nothing(family: Family) -> None:
    """As a chain that somebody has built becomes a star. It never takes writes between."""
    source, first, second = unattached(family, "first", "second")
    attach(source, first, second)
    assert second.attach(first).get("changed")
    assert second.info()["source"]["port"] == first.port
    source.sql("INSERT INTO shop.orders VALUES (8, 'down the chain')")
    with pytest.raises(Refused, match="would be replicas of a replica"):
        decide("attach", ["source", "first", "second"], words([source, first, second]), source="source", returning=["first"])
    assert refused("attach", [source, first, second], source="source", returning=["first", "second"]) == []
    moved = returns(source, second)
    assert [step["kind"] for step in moved["plan"]] == ["source", "replication"], moved
    assert second.run(state="caught_up", timeout=20)["caught_up"]
    assert second.info()["source"]["port"] == source.port
    assert rows(second) == rows(source)
    assert returns(source, first)["changed"] is False


@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_that_is_killed_anywhere_is_continued(pair: tuple[Server, Server], seed: int) -> None:
    """SIGKILL at a moment that the seed chooses, again and again, until a run comes to its end."""
    source, replica = pair
    assert replica.run(state="detached")["changed"]
    source.sql("INSERT INTO shop.orders VALUES (1, 'meanwhile')")
    made = source.run(state="source", ca_cert=source.tls["ca_cert"], **source.family.accounts("replica"))
    assert not made.get("failed"), made
    chance = random.Random(seed)
    for _number in range(6):
        process = replica.popen(state="attached", source_host=ADDRESS, source_port=source.port, **replica.tls, timeout=20)
        try:
            process.wait(timeout=chance.uniform(0.3, 1.2))
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
    done = returns(source, replica)
    assert not done.get("failed"), done
    assert replica.run(state="caught_up", timeout=20)["caught_up"]
    wait_until(lambda: rows(replica) == rows(source))
    assert replica.info()["read_only"] is True
    assert returns(source, replica)["changed"] is False
