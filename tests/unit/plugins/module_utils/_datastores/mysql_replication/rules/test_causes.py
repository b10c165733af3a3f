# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a broken link's number and text mean; texts of MariaDB 10.11.19 and MySQL 9.7.4. Real servers say them in tests/replication/test_recovery.py."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import causes
from ansible_collections.stackdb.trove.tests.unit import replication_builders as build

_CONNECT = "error connecting to master 'trove_r_2@10.0.0.1:3306' - retry-time: 5  maximum-retries: 100000  message: "
_RECEIVING = [
    (1236, "Got fatal error 1236 from master when reading data from binary log: 'Could not find GTID state requested by slave in any binlog files. Probably the"
     " slave state is too old and required binlog files have been purged.'", "purged"),
    (1236, "Got fatal error 1236 from master when reading data from binary log: 'Error: connecting slave requested to start from GTID 0-2-7, which is not in"
     " the master's binlog'", "diverged"),
    (1236, "Got fatal error 1236 from source when reading data from binary log: 'Cannot replicate because the source purged required binary logs. Replicate the"
     " missing transactions from elsewhere'", "purged"),
    (13114, "Got fatal error 1236 from source when reading data from binary log: 'Cannot replicate because the source purged required binary logs.'", "purged"),
    (13117, "Fatal error: The replica I/O thread stops because source and replica have equal MySQL server UUIDs", "same_server"),
    (13122, "Relay log write failure: could not queue event from source", "relay"),
    (1236, "Got fatal error 1236 from source when reading data from binary log: 'Replica has more GTIDs than the source has, using the source's SERVER_UUID.'",
     "diverged"),
    (1236, "Got fatal error 1236 from master when reading data from binary log: 'log event entry exceeded max_allowed_packet'", "receiving"),
    (1045, _CONNECT + "Access denied for user 'trove_r_2'@'10.0.0.2' (using password: NO)", "credentials"),
    (1130, _CONNECT + "Host '10.0.0.2' is not allowed to connect to this MariaDB server", "credentials"),
    (2026, _CONNECT + "SSL connection error: certificate has expired", "tls"),
    (2013, _CONNECT + "SSL error", "tls"),
    (2003, _CONNECT + "Can't connect to server on '10.0.0.1' (111 \"Connection refused\")", "unreachable"),
    (2003, _CONNECT + "Can't connect to server on '10.0.0.1' (113 \"No route to host\")", "unreachable"),
    (1593, "Fatal error: The slave I/O thread stops because master and slave have equal MySQL server ids", "same_server"),
    (1593, "Fatal error: Invalid (empty) username when attempting to connect", "receiving"),
    (1595, "Relay log write failure: could not queue event from master", "relay"),
    (1026, "Error writing file './relay.000002' (Errcode: 28 \"No space left on device\")", "disk"),
]  # fmt: skip
_APPLYING = [
    (1032, "Could not execute Update_rows_v1 event on table shop.orders; Can't find record in 'orders', Error_code: 1032", "rows"),
    (1062, "Could not execute Write_rows event on table shop.orders; Duplicate entry '2' for key 'PRIMARY', Error_code: 1062", "rows"),
    (1146, "Error executing row event: 'Table 'shop.orders' doesn't exist'", "rows"),
    (1950, "An attempt was made to binlog GTID 0-1-5 which would create an out-of-order sequence number", "rows"),
    (1594, "Relay log read failure: Could not parse relay log event entry.", "relay"),
    (13121, "Relay log read failure: Could not parse relay log event entry.", "relay"),
    (13124, "Replica failed to initialize applier metadata structure from the repository", "relay"),
    (1872, "Replica failed to initialize relay log info structure from the repository", "relay"),
    (1205, "Lock wait timeout exceeded; try restarting transaction", "passing"),
    (1114, "The table 'orders' is full", "disk"),
    (3, "Error writing file '/tmp/x' (Errcode: 28 - No space left on device)", "disk"),
    (1594, "Relay log read failure: Errcode: 28", "disk"),
    (1105, "Unknown error", "applying"),
]


@pytest.mark.parametrize(("number", "text", "kind"), _RECEIVING)
def test_why_a_replica_does_not_receive(number, text, kind):
    found = causes.of_link(build.link(io_running="No", io_errno=number, io_error=text))
    assert found.kind == kind
    assert str(number) in found.why
    assert text.split("'")[0][:60] in found.why


@pytest.mark.parametrize(("number", "text", "kind"), _APPLYING)
def test_why_a_replica_does_not_apply(number, text, kind):
    """It comes before what the other thread says."""
    found = causes.of_link(build.link(sql_running="No", sql_errno=number, sql_error=text, io_running="No", io_errno=2003, io_error="gone"))
    assert (found.kind, found.remedy) == (kind, causes.KINDS[kind][1])
    assert f"({number}: " in found.why


def test_the_name_of_an_account_or_a_host_is_no_word_of_tls():
    text = "error connecting to master 'ssl_user@tls-host:3306' message: Access denied for user 'ssl'@'certificate' (using password: NO)"
    assert causes.of_link(build.link(io_running="Connecting", io_errno=1045, io_error=text)).kind == "credentials"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, None),
        ({"io_running": "No"}, "stopped"),
        ({"sql_running": "No"}, "stopped"),
        ({"io_running": "Connecting"}, "connecting"),
        # an error that was, of threads that run again
        ({"io_errno": 2003, "io_error": "gone"}, None),
        ({"sql_errno": 1205, "sql_error": "lock"}, None),
    ],
)
def test_a_link_without_an_error(changes, kind):
    found = causes.of_link(build.link(**changes))
    assert (found and found.kind) == kind


def test_every_kind_is_said_in_words_and_nothing_but_a_copy_is_offered_where_data_differ():
    assert {kind for kind, (_words, remedy) in causes.KINDS.items() if remedy == causes.REFILL} == {"purged", "diverged", "rows", "applying"}


def test_a_long_text_is_shortened():
    found = causes.of_link(build.link(io_running="No", io_errno=1236, io_error="purged " * 500))
    assert len(found.why) < 600
