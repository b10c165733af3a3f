# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Killed runs over the staged collection of tests/playbooks: the real playbooks, plugins and cloud modules, over a recording cloud and scripted members.

All that a run leaves behind there are two files, the cloud and the journal, and each change of them is an event of the journal. So what a kill can leave is
what is in them after each event: a *point*. One undisturbed run leaves copies of all its points, and each is continued by the same command as a run would be
that was killed there. That this is what a kill leaves is tested by real kills (test_staged.py).
"""

from __future__ import annotations

import json
import pickle
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import killing
from scenarios import SCENARIOS, SESS, SHOP, Scenario

#: seconds after which a staged run gives up waiting for what does not come
TIMEOUT = 2


@dataclass(frozen=True, eq=False)
class Staged:
    """A verb as it is killed.

    :param told: the script of the members
    :param lost: the member whose server somebody has deleted before
    """

    id: str
    verb: str
    variables: dict
    told: dict
    lost: str | None = None
    #: what the same command says when all was done before: an error, of one that needs the source that it has ejected
    once: bool = False


def _of(scenario: Scenario) -> Staged:
    return Staged(scenario.id, scenario.verb, scenario.variables, scenario.script([]), once=scenario.verb == "replica_eject")


def _told(datastore: str, members: tuple, **more) -> dict:
    return {"datastore": datastore, "members": list(members), "stopped": [], "sources": {}, "troubles": [], **more}


_ORDERS = {scenario.id: scenario for scenario in SCENARIOS}["replica_promote-instance"]
_NAMES = ("orders", "orders-replica-1", "orders-replica-2")
_RING = {name: {"replicates_from": [_NAMES[number - 1]], "writeable": True} for number, name in enumerate(_NAMES)}
#: what tests/playbooks has in files of their own
_BESIDE = (
    Staged("cluster_replace-mariadb", "cluster_replace", {"trove_name": "shop", "trove_members": ["shop-2"]}, _told("mariadb", ("shop-1", "shop-3")), "shop-2"),
    Staged(
        "cluster_replace-volumes", "cluster_replace", {"trove_name": "shop", "trove_members": ["shop-2"], "trove_delete_volumes": True},
        _told("mariadb", ("shop-1", "shop-3")), "shop-2",
    ),
    Staged("cluster_replace-redis", "cluster_replace", {"trove_name": "sess", "trove_members": [SESS[3]]}, _told("redis", SESS[:3]), SESS[3]),
    Staged("cluster_initialize-mariadb", "cluster_initialize", {"trove_name": "shop", "trove_keep": "shop-1"}, _told("mariadb", SHOP)),
    Staged(
        "cluster_initialize-snapshot", "cluster_initialize", {"trove_name": "shop", "trove_members": ["shop-2"], "trove_snapshot": True}, _told("mariadb", SHOP)
    ),
    Staged(
        "instance_restart-promote", "instance_restart", {"trove_name": "orders", "trove_promote_first": "orders-replica-1"}, _ORDERS.script([])
    ),
    Staged(
        "instance_resize-promote", "instance_resize", {"trove_name": "orders", "trove_promote_first": "orders-replica-1", "trove_flavor": "db.large"},
        _ORDERS.script([]),
    ),
    Staged(
        "instance_upgrade-promote", "instance_upgrade", {"trove_name": "orders", "trove_promote_first": "orders-replica-1"}, _ORDERS.script([])
    ),
    Staged("replica_topology-ring", "replica_topology", {"trove_name": "orders", "trove_contract": _RING}, _ORDERS.script([])),
)  # fmt: skip

STAGED = (*(_of(scenario) for scenario in SCENARIOS if scenario.kind != "reads"), *_BESIDE)


class World:
    """Where the runs of one verb are made: a directory for each."""

    def __init__(self, bench, staged: Staged, place: Path):
        self.bench, self.staged, self.place = bench, staged, place

    def begin(self, name: str) -> Path:
        """A directory as it is before the verb."""
        directory = self.place / name
        directory.mkdir()
        shutil.copy(self.bench.cloud, directory / "cloud")
        (directory / "journal").write_text("")
        kept = pickle.loads((directory / "cloud").read_bytes())
        for server in kept["servers"].values():
            if server.name in self.staged.told["stopped"]:
                server.metadata["trove_task"] = "STOPPED"
        if self.staged.lost:
            _lose(kept, self.staged.lost)
        (directory / "cloud").write_bytes(pickle.dumps(kept))
        return directory

    def at(self, point: Path, name: str) -> Path:
        """A directory as a run leaves it that was killed at a point."""
        directory = self.place / name
        directory.mkdir()
        for file in ("cloud", "journal"):
            shutil.copy(point / file, directory / file)
        return directory

    def run(self, directory: Path, **settings: str):
        """The verb's command; what it leaves at each of its points is below `points` of the directory."""
        variables = {"trove_timeout": TIMEOUT, **self.staged.variables}
        return self.bench.run(directory, self.staged.verb, variables, self.staged.told, keep=True, settings=settings or None)

    def points(self, directory: Path) -> list[Path]:
        """In the order in which they were passed."""
        return sorted((directory / "points").iterdir(), key=lambda path: int(path.name))

    def real(self, directory: Path, kill: killing.Kill | None = None) -> killing.Ran:
        """The verb's command in processes of its own, which can be killed."""
        command, environment = self.bench.command(directory, self.staged.verb, {"trove_timeout": TIMEOUT, **self.staged.variables}, self.staged.told)
        return killing.run(command, directory / "run", environment, directory, kill)

    def has_ended(self, point: Path) -> bool:
        """Whether a verb that does it all again when it is started again had ended its task at a point."""
        tasks = {server.metadata.get("trove_task") for server in pickle.loads((point / "cloud").read_bytes())["servers"].values()}
        begun = any(event["what"] == "act" for event in _journal(point))
        return begun and tasks == {"NONE"} and self.staged.verb in ("cluster_restart", "instance_restart", "cluster_initialize")

    def twice(self, directory: Path) -> list[str]:
        """Who was restarted more than once in one turn: sentences."""
        acts = [event for event in _journal(directory) if event["what"] == "act" and event["going"] == event["who"]]
        turns = [(event["who"], event["turn"]) for event in acts if event["entry_point"] in ("restart", "initialize")]
        return [f"{who} was restarted {turns.count((who, turn))} times in one turn" for who, turn in dict.fromkeys(turns) if turns.count((who, turn)) > 1]

    def final(self, directory: Path) -> dict:
        from ansible_collections.stackdb.trove.plugins.module_utils._scripted import database

        cloud = pickle.loads((directory / "cloud").read_bytes())
        return {"cloud": _cloud(cloud), "members": _members(database.truth(self.staged.told, _journal(directory)))}


def _journal(directory: Path) -> list[dict]:
    return [json.loads(line) for line in (directory / "journal").read_text().splitlines()]


def _lose(kept: dict, name: str) -> None:
    (id_,) = [server.id for server in kept["servers"].values() if server.name == name]
    del kept["servers"][id_]
    for volume in kept["volumes"].values():
        if volume.server_id == id_:
            volume.server_id, volume.status, volume.becomes = None, "available", "available"


@dataclass
class _Ids:
    """What stands for each id, and for each run's."""

    names: dict = field(default_factory=dict)

    def neutral(self, value):
        text = json.dumps(value, sort_keys=True, default=str)
        for id_, name in sorted(self.names.items(), key=lambda item: -len(item[0])):
            text = re.sub(rf"(?<![A-Za-z0-9-]){re.escape(id_)}(?![\w-])", name, text)
        # what names a run and the time at which a task was begun
        text = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{8}", "<run>", text)
        text = re.sub(r'("trove_request": )"[^"]*"', r'\1"<request>"', text)
        return json.loads(text)


def _cloud(kept: dict) -> dict:
    """All that there is, by kind, sorted; ids by the names of what they are of."""
    ids = _Ids()
    clusters = {tag.removeprefix("trove-cluster-") for server in kept["servers"].values() for tag in server.tags if tag.startswith("trove-cluster-")}
    for kind in ("servers", "volumes", "groups", "security_groups"):
        ids.names.update({id_: f"<{kind} {thing.name}>" for id_, thing in kept[kind].items()})
    names = {id_: server.metadata.get("trove_cluster_name") or server.name for server in kept["servers"].values() for id_ in clusters
             if f"trove-cluster-{id_}" in server.tags}  # fmt: skip
    ids.names.update({id_: f"<cluster {name}>" for id_, name in names.items()})
    found = {
        "servers": [_server(one) for one in kept["servers"].values()],
        "apart": len({one.host_id for one in kept["servers"].values() if one.group}),
        "volumes": [
            {key: getattr(one, key) for key in ("name", "size", "type", "metadata", "status", "server_id", "zone")} for one in kept["volumes"].values()
        ],
        "groups": [{"name": one.name, "policy": one.policy} for one in kept["groups"].values()],
        "security groups": [_security_group(one) for one in kept["security_groups"].values()],
        "snapshots": [{"name": one.name, "volume": one.volume_id, "status": one.status} for one in kept["snapshots"]],
    }
    neutral = ids.neutral(found)
    return {kind: sorted(things, key=_text) if isinstance(things, list) else things for kind, things in neutral.items()}


def _text(thing) -> str:
    return json.dumps(thing, sort_keys=True)


def _server(one) -> dict:
    shown = {key: getattr(one, key) for key in ("name", "becomes", "group", "is_locked", "metadata", "tags", "key_name", "availability_zone")}
    return {
        **shown, "tags": sorted(one.tags), "flavor": one.flavor.name, "image": one.image and one.image.id, "security groups": sorted(one.security_group_ids),
        "volumes": sorted(volume["id"] if isinstance(volume, dict) else volume.id for volume in one.attached_volumes),
    }  # fmt: skip


def _security_group(one) -> dict:
    rules = [{key: value for key, value in rule.items() if key != "id"} for rule in one.security_group_rules]
    # a lease that has ended is left by who was killed with it, until the next run takes it
    said = re.sub(r", in use by run \S+ until \S+", "", one.description)
    return {"name": one.name, "description": said, "rules": sorted(rules, key=_text)}


def _members(truth: dict) -> dict:
    """What is true of the databases. Who was restarted counts, not in which turn."""
    lists = {name: sorted(set(truth[name])) for name in ("serving", "filled", "configured", "disabled", "ring")}
    return {**lists, "sources": truth["sources"], "restarted": sorted(truth["turns"]), "stopped": sorted(truth["stopped"]), "rotated": sorted(truth["rotated"])}
