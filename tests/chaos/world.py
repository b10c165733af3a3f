# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is after a run on real servers, past the collection: in Nova, Neutron and Cinder, on each guest, and what each member says of itself.

Two runs of a verb are held against each other, so what is another one in each run by nature has a name instead: ids, addresses, and members' names, which are
not used twice: they are numbered as they were made.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path

import openstack

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
STATE = Path(os.environ.get("DEVCLOUD_STATE", "/var/lib/stackdb-devcloud"))
CLOUD, NETWORK = "devcloud", "db-net"
SSH = ["ssh", "-F", str(STATE / "ssh_config"), "-o", "ConnectTimeout=5", "-o", "BatchMode=yes"]
#: characters that are shown of a difference, and those of them before it
_LONG, _CONTEXT = 300, 60


@dataclass(frozen=True)
class Guest:
    name: str
    address: str

    def ssh(self, command: str, stdin: str | None = None, timeout: float = 120, check: bool = True) -> str:
        """:raises RuntimeError: with what it printed, where it fails and that is checked"""
        done = subprocess.run([*SSH, self.address, command], input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{self.name}: {command}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout.strip()


class World:
    """:param name: of the cluster, or of the source of instances"""

    def __init__(self, name: str, info_module: str):
        self.name, self.info_module = name, info_module
        self.sdk = openstack.connect(cloud=CLOUD)
        self._before: set[str] = set()
        self._ours = re.compile(rf"(trove-)?{re.escape(name)}(-.*)?")

    def guests(self, running: bool = True) -> list[Guest]:
        """In the order in which they were made."""
        found = [server for server in self.sdk.compute.servers() if self._ours.fullmatch(server.name) and (server.status == "ACTIVE" or not running)]
        return [Guest(server.name, server.addresses[NETWORK][0]["addr"]) for server in sorted(found, key=lambda server: _number(server.name))]

    def describe(self) -> object:
        cloud, names = self._cloud()
        return neutral({"cloud": cloud, "guests": self._guests(), "said": self._said()}, names)

    def begin(self) -> None:
        """What the verb's run finds, and is not to be blamed for: accounts of replicas that were deleted before it stay on their source."""
        accounts = {account for guest in self._shown().values() for account in guest["accounts"]}
        addresses = {guest.address for guest in self.guests(running=False)}
        self._before |= {account for account in accounts if _account(account, addresses) != account}

    def left(self) -> dict:
        """Names by kind of all that there is of the cluster, and ports without a server."""
        servers = {server.id for server in self.sdk.compute.servers(details=False)}
        ports = [port for port in self.sdk.network.ports(project_id=self.sdk.current_project_id) if not port.device_owner.startswith("network:")]
        kinds = {
            "servers": self.sdk.compute.servers(details=False), "volumes": self.sdk.block_storage.volumes(details=False),
            "server groups": self.sdk.compute.server_groups(), "security groups": self.sdk.network.security_groups(project_id=self.sdk.current_project_id),
            "snapshots": self.sdk.block_storage.snapshots(details=False),
        }  # fmt: skip
        found = {kind: sorted(thing.name for thing in things if self._ours.fullmatch(thing.name or "")) for kind, things in kinds.items()}
        return {**found, "ports": sorted(port.id for port in ports if port.device_id not in servers and port.device_id)}

    def _cloud(self) -> tuple[dict, dict]:
        """What there is, and what ids, addresses and names are called in it."""
        servers = sorted((one for one in self.sdk.compute.servers() if self._ours.fullmatch(one.name)), key=lambda one: _number(one.name))
        volumes = [one for one in self.sdk.block_storage.volumes() if self._ours.fullmatch(one.name or "")]
        groups = [one for one in self.sdk.compute.server_groups() if self._ours.fullmatch(one.name)]
        security = [one for one in self.sdk.network.security_groups(project_id=self.sdk.current_project_id) if self._ours.fullmatch(one.name)]
        names: dict[str, str] = {}
        for number, server in enumerate(servers, 1):
            address = server.addresses[NETWORK][0]["addr"]
            names |= {server.id: f"<server {number}>", address: f"<address {number}>", server.name: f"<member {number}>"}
            # server_id, and what the account of a replica ends with
            names[str(int(ipaddress.ip_address(address)))] = f"<server id {number}>"
            if "trove_cluster_id" in server.metadata:
                id_ = server.metadata["trove_cluster_id"]
                names |= {id_: "<cluster>", f"trove-cluster-{id_}": "<the cluster's tag>"}
        names |= {volume.id: f"<volume of {volume.name}>" for volume in volumes}
        names |= {group.id: f"<{group.name}>" for group in (*groups, *security)}
        return {
            "servers": [self._server(server) for server in servers],
            "hosts apart": len({server.host_id for server in servers}) == len(servers),
            "volumes": sorted(json.dumps(self._volume(volume), sort_keys=True) for volume in volumes),
            "groups": [{"name": one.name, "policy": one.policy, "members": sorted(one.member_ids)} for one in groups],
            "security groups": [self._group(one) for one in security],
            "left": {kind: found for kind, found in self.left().items() if kind in ("ports", "snapshots")},
        }, names

    def _server(self, server) -> dict:
        ports = [{"groups": sorted(port.security_group_ids), "status": port.status} for port in self.sdk.network.ports(device_id=server.id)]
        attached = [one["id"] if isinstance(one, dict) else one.id for one in server.attached_volumes]
        return {
            "name": server.name, "status": server.status, "flavor": server.flavor["original_name"], "key": server.key_name, "tags": sorted(server.tags or []),
            "metadata": dict(server.metadata), "zone": server.availability_zone, "ports": ports, "volumes": sorted(attached), "locked": server.is_locked,
        }  # fmt: skip

    def _volume(self, volume) -> dict:
        attached = [one["server_id"] for one in volume.attachments]
        shown = {"name": volume.name, "size": volume.size, "status": volume.status, "type": volume.volume_type, "at": attached}
        return {**shown, "metadata": dict(volume.metadata)}

    def _group(self, group) -> dict:
        rules = [{key: rule[key] for key in ("direction", "ethertype", "protocol", "port_range_min", "port_range_max", "remote_group_id", "remote_ip_prefix")}
                 for rule in group.security_group_rules]  # fmt: skip
        said = re.sub(r", in use by run \S+ until \S+", "", group.description)
        return {"name": group.name, "description": said, "rules": sorted(json.dumps(rule, sort_keys=True) for rule in rules)}

    def _guests(self) -> dict:
        addresses = {guest.address for guest in self.guests(running=False)}
        found = {}
        for name, shown in self._shown().items():
            accounts = [_account(one, addresses) for one in shown["accounts"] if one not in self._before]
            found[name] = {**shown, "accounts": accounts}
        return found

    def _shown(self) -> dict:
        script = (HERE / "guest_state.py").read_text()
        return {guest.name: json.loads(guest.ssh("sudo python3 -", script)) for guest in self.guests()}

    def _said(self) -> dict:
        """What the datastore's info module says of each."""
        said = {}
        for name, word in self.words().items():
            unit = word.get("unit") or {}
            said[name] = {"problems": problems(word), "unit": {key: unit.get(key) for key in ("state", "enabled")}, **_of_datastore(word)}
        return said

    def words(self) -> dict:
        hosts = {guest.name: {"ansible_host": guest.address, "ansible_user": "debian"} for guest in self.guests()}
        if not hosts:
            return {}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"all": {"hosts": hosts}}, file)
            file.flush()
            command = ["ansible", f"--inventory={file.name}", "--become", f"--module-name={self.info_module}", "--one-line", "all"]
            done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=180, check=False)
        lines = [line for line in done.stdout.splitlines() if " | " in line and "{" in line]
        return {line.split(" | ")[0]: json.loads(line[line.index("{"):]) for line in lines}


def _account(account: str, addresses: Container[str]) -> str:
    """That of a replica which the verb has deleted is named after a server that is another one in each run."""
    name, _space, plugin = account.partition(" ")
    return f"trove_r_<deleted> {plugin}" if name.startswith("trove_r_") and name.rpartition("@")[2] not in addresses else account


def problems(word: Mapping) -> list:
    """Why a member does not serve, by what its info module said; also one that was not reached does not."""
    if "galera" in word:
        return list(word["problems"])
    if "redis_cluster" in word:
        # of itself alone: that of the whole is not to be had from one
        (member,) = word["redis_cluster"]["members"]
        return [member["error"]] if member["error"] else [] if member["state"] == "ok" else [f"cluster_state:{member['state']}"]
    if "replication" in word:
        return list(word["replication"]["problems"] or []) if word["replication"]["reachable"] else ["it does not answer"]
    return ["it said nothing"]


def _of_datastore(word: Mapping) -> dict:
    if "galera" in word:
        wsrep = word["galera"]["wsrep"] or {}
        return {
            "state": wsrep.get("local_state"), "component": wsrep.get("cluster_status"), "size": wsrep.get("cluster_size"), "pending": word.get("pending"),
            "configured": dict.fromkeys(word["galera"]["configured_members"] or [], "configured"), "upgrade needed": word.get("upgrade_needed"),
        }  # fmt: skip
    if "redis_cluster" in word:
        found = word["redis_cluster"]
        (member,) = found["members"][:1] or [{}]
        nodes = member.get("nodes") or []
        return {
            "state": found.get("state"), "slots": found.get("slots"), "faults": found.get("faults"), "open": found.get("open_slots"), "nodes": len(nodes),
            "masters with slots": sum(bool(node["slot_count"]) for node in nodes), "replicas": sum(bool(node["master"]) for node in nodes),
            "link": member.get("master_link"),
        }  # fmt: skip
    found = word.get("replication") or {}
    source = found.get("source") or {}
    link = {key: source.get(key) for key in ("user", "tls", "io_running", "io_error", "sql_running", "sql_error", "delay")}
    return {"source": source.get("host"), "link": link, "read only": found.get("read_only")}


def _number(name: str) -> tuple:
    found = re.search(r"(\d+)$", name)
    return (int(found[1]) if found else 0, name)


def neutral(value: object, names: Mapping[str, str]) -> object:
    text = json.dumps(value)
    for old, new in sorted(names.items(), key=lambda item: -len(item[0])):
        text = re.sub(rf"(?<![A-Za-z0-9.-]){re.escape(old)}(?![A-Za-z0-9-]|\.\d)", new, text)
    text = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{8}", "<run>", text)
    # volumes stand as JSON in JSON, with their quotes escaped
    text = re.sub(r'(\\?"trove_request\\?": \\?")[^"\\]*', r"\1<request>", text)
    text = re.sub(r'("trove_last_number": )"[^"]*"', r'\1"<number>"', text)
    # who left before, in another round
    text = re.sub(r'"trove_left_[^"]*": "[^"]*"(, )?', "", text)
    return _in_order(json.loads(re.sub(r", }", "}", text)))


def _in_order(value: object) -> object:
    """Lists of texts, which stood in the order of ids, in that of the names that ids have now."""
    if isinstance(value, dict):
        return {key: _in_order(one) for key, one in value.items()}
    if isinstance(value, list):
        return sorted(value) if all(isinstance(one, str) for one in value) else [_in_order(one) for one in value]
    return value


def differences(expected: object, found: object, path: str = "") -> list[str]:
    """Where two descriptions differ: sentences."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [text for key in {**expected, **found} for text in differences(expected.get(key), found.get(key), f"{path}/{key}")]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [text for number, (one, other) in enumerate(zip(expected, found, strict=True)) for text in differences(one, other, f"{path}/{number}")]
    if expected == found:
        return []
    one, other = json.dumps(found), json.dumps(expected)
    begins = max(len(os.path.commonprefix([one, other])) - _CONTEXT, 0) if max(len(one), len(other)) > _LONG else 0
    return [f"{path}: {_part(one, begins)}, and undisturbed {_part(other, begins)}"]


def _part(text: str, begins: int) -> str:
    """Of a long text what comes where it begins to differ."""
    return f"{'…' if begins else ''}{text[begins:begins + _LONG]}{'…' if len(text) > begins + _LONG else ''}"
