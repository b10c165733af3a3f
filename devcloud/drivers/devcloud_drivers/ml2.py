"""The driver for Neutron's ML2: binds every port on every host without agents, and keeps the machine's firewall as the security groups say."""
from __future__ import annotations

import threading
import time

from neutron import policy
from neutron_lib import constants, context
from neutron_lib.api.definitions import portbindings
from neutron_lib.callbacks import events, registry, resources
from neutron_lib.plugins import constants as constants_of_plugins
from neutron_lib.plugins import directory
from neutron_lib.plugins.ml2 import api
from oslo_log import log as logging

from . import firewall
from .guests import network
from .shell import run

LOG = logging.getLogger(__name__)
LOOK_AGAIN = 30   # s; in case something changed the database that told nobody
SETTLES_WITHIN = 0.2   # s; one server makes several changes
EVENTS = (events.AFTER_CREATE, events.AFTER_UPDATE, events.AFTER_DELETE)
# What is read anew after a change of which kind: most changes are of ports, and reading everything after each was half of Neutron's work.
READ_AFTER = {
    resources.PORT: {"ports"},
    resources.SECURITY_GROUP: {"rules"},
    resources.SECURITY_GROUP_RULE: {"rules"},
    resources.FLOATING_IP: {"floating", "outside"},
    resources.NETWORK: {"outside"},
    resources.SUBNET: {"outside"},
}
EVERYTHING = frozenset().union(*READ_AFTER.values())


class DevcloudMechanismDriver(api.MechanismDriver):
    def initialize(self):
        policy.init()   # before there are threads: the first two requests at once would find the rules half loaded (403)
        keeper = FirewallKeeper()
        for resource in READ_AFTER:
            for event in EVENTS:
                registry.subscribe(keeper.changed, resource, event)
        keeper.start()

    @property
    def connectivity(self):
        return portbindings.CONNECTIVITY_L2

    def bind_port(self, context):
        details = {portbindings.CAP_PORT_FILTER: True, "bridge_name": "br-int", portbindings.VIF_DETAILS_CONNECTIVITY: portbindings.CONNECTIVITY_L2}
        for segment in context.segments_to_bind[:1]:
            # Nova refuses vif_type bridge; with ovs it only wants a name
            context.set_binding(segment[api.ID], portbindings.VIF_TYPE_OVS, details, status=constants.PORT_STATUS_ACTIVE)

    def filter_hosts_with_segment_access(self, context, segments, candidate_hosts, agent_getter):
        return set(candidate_hosts)


class FirewallKeeper(threading.Thread):
    """Applies the rules after each change, several changes at once if they come fast. Neutron must be one process."""

    def __init__(self):
        super().__init__(name="devcloud-firewall", daemon=True)
        self._wake = threading.Event()
        self._wake.set()
        self._lock = threading.Lock()
        self._stale = set(EVERYTHING)
        self._read = {}
        self._applied = None

    def changed(self, resource, event, trigger, payload=None):
        self._mark(READ_AFTER[resource])
        self._wake.set()

    def _mark(self, stale):
        with self._lock:
            self._stale |= stale

    def run(self):
        while True:
            if not self._wake.wait(LOOK_AGAIN):
                self._mark(EVERYTHING)
            time.sleep(SETTLES_WITHIN)
            self._wake.clear()
            with self._lock:
                stale, self._stale = self._stale, set()
            try:
                self._apply(stale)
            except Exception:   # a thread that dies would leave ports closed or open for ever
                LOG.exception("The firewall was not applied; trying again")
                time.sleep(1)
                self._mark(EVERYTHING)
                self._wake.set()

    def _apply(self, stale):
        plugin = directory.get_plugin()
        if plugin is None:   # Neutron is still starting
            time.sleep(0.5)
            self._mark(EVERYTHING)
            self._wake.set()
            return
        admin = context.get_admin_context()
        if "ports" in stale:
            self._read["ports"] = [port for port in plugin.get_ports(admin) if port["device_id"]]
        if "outside" in stale:
            self._ensure_outside(plugin, admin)
        if "floating" in stale:
            self._read["floating"] = [one for one in directory.get_plugin(constants_of_plugins.L3).get_floatingips(admin) if one["fixed_ip_address"]]
        if "rules" in stale:
            self._read["rules"] = plugin.get_security_group_rules(admin)
        script = firewall.ruleset(self._read["ports"], self._read["rules"], self._read["floating"])
        if script != self._applied:
            run("nft", "-f", "-", stdin=script)
            self._applied = script

    @staticmethod
    def _ensure_outside(plugin, admin):
        """Networks of floating addresses begin on this machine: an address that leads to no server must not be sought elsewhere."""
        for outside in plugin.get_networks(admin, filters={"router:external": [True]}):
            subnets = [subnet for subnet in plugin.get_subnets(admin, filters={"network_id": [outside["id"]]}) if subnet["gateway_ip"]]
            network.ensure_bridge(outside["id"], [f"{subnet['gateway_ip']}/{subnet['cidr'].split('/')[1]}" for subnet in subnets], outside["mtu"])
