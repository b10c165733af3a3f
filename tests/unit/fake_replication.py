# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fake: a server that keeps its state in a dictionary and writes down what it was told. Real ones are in tests/replication."""

from __future__ import annotations

from contextlib import contextmanager

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.guest.server import Server
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.replication_builders import link

SETTINGS = ("version", "server_id", "server_uuid", "read_only", "super_read_only", "log_bin", "gtid", "logs_updates", "binlog_format")


class FakeServer(Server):
    """A server of an info, see replication_builders.

    :param journal: where every server of a test writes what it was told, ``(server_id, word)``
    :param fails: words at which it fails
    """

    replication_privileges, promotion_privileges = "REPLICATION SLAVE", "RELOAD"

    def __init__(self, info: dict, journal: list | None = None, fails: tuple = (), accounts: tuple = ()):
        self.info, self.fails, self.found = info, fails, list(accounts)
        self.engine = info["engine"]
        self.journal = [] if journal is None else journal
        self.found_events, self.scheduler, self.xa, self.temporary, self.privileged = [], "OFF", [], [], []

    def events(self):
        return [dict(event) for event in self.found_events]

    def event_scheduler(self):
        return self.scheduler

    def set_event_scheduler(self, wanted):
        self._told(f"scheduler {wanted}")
        self.scheduler = wanted

    def _alter(self, event, how):
        self._told(f"{how.lower()} {event['name']}")
        for found in self.found_events:
            if found["name"] == event["name"]:
                found["status"] = {"ENABLE": "ENABLED", "DISABLE": "DISABLED"}.get(how, "SLAVESIDE_DISABLED")

    def prepared(self):
        """What was given for each time that it is asked; the last of it stands."""
        return set(self.xa.pop(0) if len(self.xa) > 1 else self.xa[0] if self.xa else ())

    def temporary_tables(self):
        return self.temporary.pop(0) if self.temporary else 0

    def disconnect_clients(self, seconds):
        self._told("disconnect")

    def privileged_writers(self, seconds):
        return list(self.privileged)

    def _told(self, word: str) -> None:
        self.journal.append((self.info["server_id"], word))
        if word in self.fails:
            raise GuestError(f"no {word}")

    def settings(self):
        return {name: self.info[name] for name in SETTINGS}

    def facts(self):
        return {**self.info["facts"], "delay": self.info["source"]["delay"] if self.info["source"] else 0}

    def binlog_filters(self):
        return self.info["facts"]["binlog_filters"]

    def gtids(self):
        return {name: self.info[name] for name in ("executed", "logged", "position")}

    def purged(self):
        return self.info["purged"]

    def source(self):
        return self.info["source"] and dict(self.info["source"])

    def receiving(self):
        link = self.info["source"]
        return f"{link['retrieved']}" if link and link["io_running"] == "Yes" else None

    def net_timeout(self):
        return 0.1

    def follow(self, source, tls):
        self._told("follow")
        self.info["source"] = link(**source._asdict(), **tls, io_running="No", sql_running="No")

    def take_position(self, gtid, source_state):
        self._told(f"take {gtid} of {source_state}")

    def start(self):
        self._told("start")
        self.info["source"].update(io_running="Yes", sql_running="Yes")

    def start_applying(self):
        self._told("start applying")

    def start_receiving(self):
        self._told("start receiving")

    def stop_applying(self):
        self._told("stop applying")

    def stop(self):
        self._told("stop")
        self.info["source"].update(io_running="No", sql_running="No")

    def stop_receiving(self):
        self._told("stop receiving")

    def drop_received(self):
        self._told("drop")
        self.info["source"].update(io_running="No", sql_running="No")

    def forget(self):
        self._told("forget")
        self.info["source"] = None

    def wait(self, gtid, seconds):
        self._told("wait")
        return "late" not in self.fails

    def set_read_only(self, on, remember=True):
        self._told(("read-only" if on else "writable") + (" for good" if remember else ""))
        self.info["read_only"] = on

    def fence(self, seconds):
        self._told("fence")
        self.info["read_only"] = True

    def release(self):
        self._told("release")

    @contextmanager
    def writable_by_us(self, logged=False):
        self._told("log" if logged else "no log")
        yield
        self._told("log")

    def accounts(self, prefix):
        return [account for account in self.found if account["user"].startswith(prefix)]

    def make_account(self, user, host, subject, privileges):
        self._told(f"make {user}")
        self.found.append({"user": user, "host": host, "issuer": "", "subject": subject, "replicates": "REPLICATION SLAVE" in privileges})

    def drop_account(self, user, host):
        self._told(f"drop {user}")
        self.found = [account for account in self.found if account["user"] != user]

    def close(self):
        pass
