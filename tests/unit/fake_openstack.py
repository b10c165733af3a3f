# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FakeOpenStack: a small cloud in memory with the calls of openstacksdk that `_cloud` makes. It is no OpenStack: whatever depends on
how Nova, Neutron and Cinder really behave is tested against the embedded cloud (tests/integration). This one can do what a real
one cannot on demand: die after the n-th write, and refuse a chosen one.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from types import SimpleNamespace as Thing

from ansible_collections.stackdb.trove.tests.unit.fake_cinder import FakeCinder, FakeGlance
from ansible_collections.stackdb.trove.tests.unit.fake_neutron import FakeNeutron
from ansible_collections.stackdb.trove.tests.unit.fake_nova import FakeNova
from ansible_collections.stackdb.trove.tests.unit.fake_proxy import http_error
from openstack.exceptions import HttpException, NotFoundException


class Killed(BaseException):
    """The run was killed here: no `except Exception` may see it, as none sees a SIGKILL."""


class FakeOpenStack:
    """Has the attributes of `_cloud.connection.Cloud`.

    :param hypervisors: hosts; a server for which the anti-affinity of its group leaves none ends in ERROR
    """

    project_id = "p1"

    def __init__(self, hypervisors=3):
        self.hypervisors = hypervisors
        #: the names of all calls, in order
        self.calls = []
        #: (verb, kind, name) of each write, in order
        self.writes = []
        #: the writes of a lease, which no plan tells of
        self.leases = []
        #: the run dies right after that many more writes
        self.lives = None
        #: what the cloud refuses: {(verb, kind, name): an exception}
        self.refusals = {}
        #: writes that get no answer the next time: {(verb, kind, name): whether they are carried out}
        self.unanswered = {}
        #: names of servers that Nova could not make, with its fault
        self.faults = {}
        self.servers, self.volumes, self.groups, self.security_groups = {}, {}, {}, {}
        #: what users have made beside: ports, and snapshots of volumes
        self.ports, self.snapshots = [], []
        #: whether Cinder extends volumes that are in use
        self.extends_online = True
        self.zones, self.volume_zones = ["nova"], ["nova"]
        self.networks = [Thing(id="n1", name="db-net", is_port_security_enabled=True)]
        self.subnets = [Thing(cidr="10.0.0.0/24", network_id="n1")]
        self.images = [image("i1", "debian-12")]
        self.unlimited = _Unlimited()
        self.warnings = {}
        self._numbers = iter(range(1, 10000))
        self._lock = threading.RLock()
        self.compute = FakeNova(self)
        self.sdk = Thing(network=FakeNeutron(self), block_storage=FakeCinder(self), image=FakeGlance(self), has_service=lambda name: True)

    def list_servers(self, details=True, **query):
        return self.compute.servers(details, **query)

    def get_volumes(self, url, query):
        """Cinder's list, with the one filter that it is asked with; a query is in the next page's address."""
        self.calls.append("get_volumes")
        assert url == "/volumes/detail"
        assert set(query) == {"metadata"}
        wanted = json.loads(query["metadata"].replace("'", '"')).items()
        found = [self.seen(self.volumes, id_) for id_ in list(self.volumes)]
        return {"volumes": [_volume_body(volume) for volume in found if wanted <= volume.metadata.items()]}

    def warn(self, text):
        self.warnings[text] = None

    def names(self):
        """What there is, by kind."""
        kinds = {"server": self.servers, "volume": self.volumes, "server_group": self.groups, "security_group": self.security_groups}
        return {kind: sorted(thing.name for thing in things.values()) for kind, things in kinds.items()}

    def number(self):
        """One that no thing had before."""
        return next(self._numbers)

    @contextmanager
    def writing(self, verb, kind, name):
        """Carry out a write, and die right after it when this run's time has come."""
        with self._lock:
            if self.lives == 0:
                raise Killed
            if (verb, kind, name) in self.refusals:
                raise self.refusals[verb, kind, name]
            carried_out = self.unanswered.pop((verb, kind, name), None)
            if carried_out is False:
                raise http_error(HttpException, "Service Unavailable", 503)
            yield
            (self.leases if verb == "lease" else self.writes).append((verb, kind, name))
            if self.lives:
                self.lives -= 1
                if self.lives == 0:
                    # the next run comes when the lease of this one has ended
                    FakeNeutron.now += 61
                    raise Killed
            if carried_out:
                raise http_error(HttpException, "Gateway Timeout", 504)

    def add(self, kind, things, **fields):
        with self.writing("create", kind, fields["name"]):
            number = self.number()
            # the order of ids is not the one in which things were made
            id_ = f"{kind}-{number * 6337 % 10000}" if kind == "security_group" else f"{kind}-{number}"
            things[id_] = Thing(id=id_, **fields)
        return things[id_]

    def is_there(self, things, id_, ignore_missing):
        if id_ not in things and not ignore_missing:
            raise http_error(NotFoundException, "not found", 404)
        return id_ in things

    def remove(self, kind, things, id_, ignore_missing):
        if self.is_there(things, id_, ignore_missing):
            with self.writing("delete", kind, things[id_].name):
                del things[id_]

    def seen(self, things, id_):
        """A thing as it is now, which is done with what it was about to do when it is looked at the next time."""
        self.is_there(things, id_, ignore_missing=False)
        thing = things[id_]
        now = type(thing)(**vars(thing))
        thing.status = getattr(thing, "becomes", thing.status)
        if thing.status == "GONE":
            del things[id_]
        return now

    def add_plain_server(self, name):
        """A server that the user has made, with a database on its root disk."""
        network = self.sdk.network
        (own,) = network.security_groups(name="default") or [network.create_security_group(name="default", description="")]
        networks, groups = [{"uuid": "n1"}], [{"name": own.id}]
        made = self.compute.create_server(
            name=name, image_id="i1", flavor_id="f1", networks=networks, security_groups=groups, metadata={"owner": "ops"}, tags=[], key_name="ops"
        )
        made.status = "ACTIVE"
        self.writes.clear()


def _volume_body(volume):
    """As Cinder's API has it."""
    attached = [{"server_id": volume.server_id}] if volume.server_id else []
    shown = {key: getattr(volume, key) for key in ("id", "name", "size", "status", "metadata")}
    return {**shown, "volume_type": volume.type, "availability_zone": volume.zone, "attachments": attached}


def image(id_, name, **changes):
    """As Glance has it; one that is not visible is in no list."""
    good = {"status": "active", "min_disk": 1, "min_ram": 0, "size": 300 * 2**20, "virtual_size": None, "visible": True}
    return Thing(id=id_, name=name, **{**good, **changes})


class _Unlimited:
    """Limits and quotas without an end, of whatever name."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return {"limit": -1, "used": 0} if name in ("ports", "security_groups", "security_group_rules") else -1
