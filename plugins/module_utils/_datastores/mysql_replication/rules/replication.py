# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the state of a source and of its replicas means, and what must be refused. Pure functions over the plain data that `info` describes.

Sources: MySQL Reference Manual, "Failover with GTIDs"; MariaDB, "Changing a Replica to Become the Primary".
"""

from __future__ import annotations

from collections.abc import Mapping

from ...._model.errors import Refused
from .dialects import DIALECTS, parse
from .gtid import GtidSet
from .info import Candidate, Link, Logs, Seen, State

#: a replica's account; its server_id follows, so each has its own
REPLICA_ACCOUNT = "trove_r_"
#: the account by which a candidate reaches its source while it takes over
PROMOTER_ACCOUNT = "trove_promote"


def account_of(server_id: int) -> str:
    """The user name with which a replica comes to its source."""
    return f"{REPLICA_ACCOUNT}{server_id}"


def is_account(user: str) -> bool:
    """Whether a user name is that of a replica."""
    return user.startswith(REPLICA_ACCOUNT) and user[len(REPLICA_ACCOUNT) :].isdigit()


def problems(link: Link | None, max_lag: int | None = None) -> list[str]:
    """What is wrong with a link, in words; an empty list when it is healthy.

    :param link: an info's ``source``
    :param max_lag: seconds that it may be behind; None does not ask
    """
    if link is None:
        return ["it replicates from no source"]
    found = []
    if link["io_running"] != "Yes":
        found.append(f"it does not receive ({link['io_running']}): {link['io_error'] or 'no error'}")
    if link["sql_running"] != "Yes":
        found.append(f"it does not apply ({link['sql_running']}): {link['sql_error'] or 'no error'}")
    if max_lag is not None and (link["lag"] is None or link["lag"] > max_lag):
        found.append(f"it is {'an unknown time' if link['lag'] is None else str(link['lag']) + ' s'} behind, and {max_lag} s are allowed")
    return found


def has_failed(link: Link | None) -> bool:
    """Whether a thread has stopped with an error, so that it is of no use to wait for it."""
    return link is not None and bool((link["io_running"] == "No" and link["io_error"]) or link["sql_error"])


def is_stopped(link: Link) -> bool:
    """Whether both threads were stopped by a hand. An error of an earlier attempt to connect may still stand there."""
    return link["io_running"] == link["sql_running"] == "No" and not link["sql_error"]


def held(name: str, link: Link) -> list[str]:
    """What of a link was stopped by a command, and would go on at the next start of the server: sentences."""
    threads = (("receive", link["io_running"], link["io_error"]), ("apply", link["sql_running"], link["sql_error"]))
    stopped = [what for what, runs, error in threads if runs == "No" and not error]
    if not stopped:
        return []
    return [
        f"{name} does not {' and does not '.join(stopped)}, and has no error: it was stopped by a command, perhaps to keep it from a change of its source, and"
        " any start of its server would start that again. Start it (START REPLICA, or of MariaDB stackdb.trove.replica_recover) or detach it before"
    ]


def check_source(state: State, name: str) -> None:
    """:raises Refused: where a server cannot be a source: it has no binary log, or no GTIDs in it"""
    if not state["log_bin"]:
        raise Refused(f"{name} writes no binary log (log_bin is OFF), so no server can replicate from it. It takes a restart with log_bin to change that.")
    if not state["gtid"]:
        raise Refused(f"{name} writes no GTIDs (gtid_mode is not ON), so no server can replicate from it by them.")
    if not state["logs_updates"]:
        raise Refused(f"{name} would not write to its binary log what it receives as a replica (log_slave_updates, log_replica_updates): it has to.")


def position_after_copy(replica: State, source: State, gtid: str) -> GtidSet:
    """What a fresh copy has, and so what its binary log begins with: a GtidSet. It is asked before the first START.

    :param gtid: where the snapshot says that the copy stands
    :raises Refused: where the data are another copy's, or were written to since
    """
    dialect = DIALECTS[replica["engine"]]
    expected = dialect.copied(gtid, source)
    found = dialect.parse(replica["logged"])
    if found and found != expected:
        raise Refused(
            f"The replica's GTIDs are not those of the snapshot: it has {found}, and the snapshot says {expected or 'none'}."
            " Its data are another copy's, or were written to since.",
            executed=str(found),
            snapshot=str(expected),
        )
    return expected


def check_attach(replica: State, source: Logs, has: GtidSet, name: str, behind: bool = False) -> None:
    """Whether a replica that has the GTIDs `has` may follow a source.

    :param source: the source as it is now, seen after the replica
    :param name: the source's, for the messages
    :param behind: whether the source is a replica itself, and what it lacks is waited for
    :raises Refused: with both GTIDs where the replica has what the source has not, or needs what the source's binary logs do not hold any more
    """
    check_source(source, name)
    if replica["engine"] != source["engine"]:
        raise Refused(f"A {replica['engine']} server cannot replicate from {name}, which is {source['engine']}.")
    if replica["server_id"] == source["server_id"] or (replica["server_uuid"] and replica["server_uuid"] == source["server_uuid"]):
        which = f"server_id {replica['server_id']}" if replica["server_id"] == source["server_id"] else f"server_uuid {replica['server_uuid']}"
        raise Refused(f"The replica and {name} have the same {which}: each server needs its own.")
    if not DIALECTS[replica["engine"]].can_replicate(replica):
        raise Refused("The replica has gtid_mode OFF, and replicates by GTIDs only.")
    executed, purged = parse(source["engine"], source["executed"]), parse(source["engine"], source["purged"])
    errant = has - executed
    if errant and not behind:
        raise Refused(
            f"The replica has transactions that {name} does not have: {errant} (the replica has {has or 'none'}, {name} has {executed or 'none'})."
            " Following it would leave the two different for ever.",
            errant=str(errant),
            executed=str(has),
            source_executed=str(executed),
        )
    if not has.reaches(purged):
        raise Refused(
            f"The binary logs of {name} do not reach back to the replica: it has {has or 'none'}, and they begin after {purged}. It needs a new copy.",
            executed=str(has),
            source_purged=str(purged),
        )


def check_lost(replica: State, source: State, has: GtidSet, name: str) -> None:
    """What a server wrote is left out by it when it comes back: a replica whose data are older than what it once wrote would never have that again.

    :param source: seen before a replica that takes writes, or at any moment beside one that takes none
    :param has: what the replica's data have by its own binary log. What it has applied by gtid_slave_pos counts what it has left out
    :raises Refused: where there is something that it wrote, and has no more
    """
    dialect = DIALECTS[replica["engine"]]
    lost = dialect.parse(source["executed"]).own(dialect.writer(replica)) - has
    if lost:
        raise Refused(
            f"{name} has transactions that this server wrote, and has no more: {lost}. It leaves them out as its own when they come back, so they would be"
            " missing here for ever. Its data were lost, or are an old copy: a new replica in its place is created by stackdb.trove.replica_create, once this"
            " server is deleted. In a ring, contracts in which another member is the source and this one is independent let it go before that"
            " (stackdb.trove.replica_topology).",
            lost=str(lost),
            executed=str(has),
            source_executed=source["executed"],
        )


def check_received(replica: Seen, source: State, name: str) -> None:
    """Before relay logs are thrown away, or may be: MariaDB deletes them when a thread starts while none runs, and a change of the source deletes them on both.

    :param source: seen after the replica
    :raises Refused: where something was received, perhaps of another source, that was not applied and that this source could not send again
    """
    if not replica["source"]:
        return
    received, executed = (parse(replica["engine"], text) for text in (replica["source"]["retrieved"], replica["executed"]))
    lost = received - executed - parse(source["engine"], source["executed"])
    if lost:
        raise Refused(
            f"The replica has received and not applied what {name} does not have: {lost}. It would be deleted, and {name} could not send it again.",
            lost=str(lost),
            received=str(received),
            source_executed=source["executed"],
        )


def check_promotion(candidate: Candidate, link: Link, old: State, followers: Mapping[str, str], name: str, resumed: bool = False) -> None:
    """Everything that can be known before the source is touched.

    :param link: that of the candidate to its source
    :param old: its source as it is now, seen after the candidate
    :param followers: what the other replicas have executed, by name
    :param name: the old source's, for the messages
    :param resumed: whether an earlier run has stopped the candidate's threads
    :raises Refused: where the candidate could not take over at once and completely
    """
    wrong = [] if resumed else problems(link)
    if wrong:
        raise Refused(f"The candidate is no healthy replica of {name}: {'; '.join(wrong)}.", problems=wrong)
    if link["server_id"] != old["server_id"]:
        raise Refused(f"The candidate replicates from the server with id {link['server_id']}, and {name} has the id {old['server_id']}.")
    check_source(old, name)
    check_source(candidate, "The candidate")
    check_errant(candidate, old, name)
    purged = parse(candidate["engine"], candidate["purged"])
    for follower, executed in sorted(followers.items()):
        has = parse(candidate["engine"], executed)
        if not has.reaches(purged):
            raise Refused(
                f"{follower} could not follow the candidate: it has {has or 'none'}, and the candidate's binary logs begin after {purged}.",
                executed=str(has),
                candidate_purged=str(purged),
            )


def check_errant(replica: State, source: State, name: str) -> None:
    """:raises Refused: where a replica has transactions that its source has not"""
    has, there = parse(replica["engine"], replica["executed"]), parse(replica["engine"], source["executed"])
    errant = has - there
    if errant:
        raise Refused(
            f"The replica has transactions that {name} does not have: {errant} (the replica has {has}, {name} has {there or 'none'}).",
            errant=str(errant),
            executed=str(has),
            source_executed=str(there),
        )
