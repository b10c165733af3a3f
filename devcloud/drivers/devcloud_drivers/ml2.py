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
LOOK_AGAIN = 15   # s; in case something changed the database that told nobody
SETTLES_WITHIN = 0.2   # s; one server makes several changes
CHANGES = [
    *((resources.PORT, event) for event in (events.AFTER_CREATE, events.AFTER_UPDATE, events.AFTER_DELETE)),
    *((resources.SECURITY_GROUP, event) for event in (events.AFTER_CREATE, events.AFTER_DELETE)),
    *((resources.FLOATING_IP, event) for event in (events.AFTER_CREATE, events.AFTER_UPDATE, events.AFTER_DELETE)),
    *((resources.SECURITY_GROUP_RULE, event) for event in (events.AFTER_CREATE, events.AFTER_DELETE)),
]


class DevcloudMechanismDriver(api.MechanismDriver):
    def initialize(self):
        policy.init()   # before there are threads: the first two requests at once would find the rules half loaded (403)
        keeper = FirewallKeeper()
        for resource, event in CHANGES:
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
        self._applied = None

    def changed(self, resource, event, trigger, payload=None):
        self._wake.set()

    def run(self):
        while True:
            self._wake.wait(LOOK_AGAIN)
            time.sleep(SETTLES_WITHIN)
            self._wake.clear()
            try:
                self._apply()
            except Exception:   # a thread that dies would leave ports closed or open for ever
                LOG.exception("The firewall was not applied; trying again")
                time.sleep(1)
                self._wake.set()

    def _apply(self):
        plugin = directory.get_plugin()
        if plugin is None:   # Neutron is still starting
            time.sleep(0.5)
            self._wake.set()
            return
        admin = context.get_admin_context()
        ports = [port for port in plugin.get_ports(admin) if port["device_id"]]
        self._ensure_outside(plugin, admin)
        floating = [one for one in directory.get_plugin(constants_of_plugins.L3).get_floatingips(admin) if one["fixed_ip_address"]]
        script = firewall.ruleset(ports, plugin.get_security_group_rules(admin), floating)
        if script != self._applied:
            run("nft", "-f", "-", stdin=script)
            self._applied = script

    @staticmethod
    def _ensure_outside(plugin, admin):
        """Networks of floating addresses begin on this machine: an address that leads to no server must not be sought elsewhere."""
        for outside in plugin.get_networks(admin, filters={"router:external": [True]}):
            subnets = [subnet for subnet in plugin.get_subnets(admin, filters={"network_id": [outside["id"]]}) if subnet["gateway_ip"]]
            network.ensure_bridge(outside["id"], [f"{subnet['gateway_ip']}/{subnet['cidr'].split('/')[1]}" for subnet in subnets], outside["mtu"])
