# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry out the stages of a plan on the cloud, and take back what a failed one made."""

from __future__ import annotations

from functools import partial
from itertools import groupby

from .._cloud import write
from .._cloud.connection import at_once_settled
from .._cloud.waiter import TimedOut
from .._model import identity
from .._model.errors import CloudError, Refused
from . import members

#: what is taken back first: a volume can only go when its server has gone, a security group when its ports have
_BACKWARDS = ("server", "volume", "server_group", "security_group", "task")
#: a task that ends when what it made is taken back; what takes away goes on instead
_UNDONE_WITH = ("GROWING_CLUSTER",)


class Applier:
    """Runs steps by their action and kind.

    :param cloud: _cloud.connection.Cloud
    :param timeout: seconds for each thing that is waited for
    :param have: ids of what exists, by (kind, name); grows with what is made
    :param lease: _cloud.lease.Lease that the run has, or None where nothing is there to hold it
    :param wait: whether to wait for new servers to be active
    """

    def __init__(self, cloud, timeout, have, lease, wait=True):
        self.lease = lease
        self.cloud = cloud
        self.timeout = timeout
        self.wait = wait
        self.have = dict(have)
        self._made = []

    def run(self, plan):
        """Apply all stages. The steps of one stage run at the same time.

        :raises CloudError: with the cloud's own words, after what this run made was taken back
        :raises Refused: where another run was found at work; after what this run made was taken back, unless the lease was lost
        :raises TimedOut: with nothing taken back: the next run goes on
        """
        for stage in plan.stages:
            self._confirm(stage)
            errors = [error for _none, error in at_once_settled(*self._calls(stage)) if error]
            if errors:
                self._give_up(errors)

    def _confirm(self, stage):
        if not self.lease:
            return
        self.lease.confirm()
        if any((step.action, step.kind) == ("create", "server") for step in stage):
            try:
                self.lease.yield_to_older(at_last=True)
            except Refused as error:
                self._give_up([error])

    def _calls(self, stage):
        """What runs at the same time: all steps alike that are better done together, and every other step by itself."""
        together = {("create", "server"): members.create_servers, ("attach", "volume"): members.attach_volumes}

        def kind(step):
            return (step.action, step.kind)

        for key, steps in groupby(sorted(stage, key=kind), key=kind):
            if key in together:
                yield partial(together[key], self, list(steps))
            else:
                yield from (partial(getattr(self, f"_{step.action}_{step.kind}"), step) for step in steps)

    def note_made(self, kind, name, id_):
        """Remember what this run made: the steps after it need the id, and a failure takes it back."""
        self.have[kind, name] = id_
        self._made.append((kind, name, id_))

    def _judge_evidence(self, step):
        """Nothing to do: a plan exists only when what it stands for was judged."""

    _skip_evidence = _give_up_task = _judge_evidence

    def _create_security_group(self, step):
        """The group alone; its rules are a step of their own, which a resumed run can take by itself."""
        self.note_made("security_group", step.name, self.lease.create(step.args["cluster_id"]))
        self.lease.yield_to_older()

    def _update_security_group(self, step):
        self.lease.mark_deleting()

    def _create_security_group_rules(self, step):
        write.create_rules(self.cloud, self.have["security_group", step.name], step.args["rules"])

    def _delete_security_group_rules(self, step):
        write.delete_rules(self.cloud, step.args["ids"])

    def _create_server_group(self, step):
        group = write.create_server_group(self.cloud, step.name, step.args["policy"], step.args["max_server_per_host"])
        self.note_made("server_group", step.name, group.id)

    def _create_volume(self, step):
        cluster, size, type_id = step.args["cluster"], step.args["size"], step.args["type"]
        self.note_made("volume", step.name, write.create_volume(self.cloud, cluster, step.name, size, type_id))

    def _update_task(self, step):
        write.note(self.cloud, step.args["id"], identity.TASK, step.args["task"])
        if step.args["task"] in _UNDONE_WITH:
            self._made.append(("task", step.name, (step.args["id"], identity.TASK, step.args["before"])))

    def _update_last_number(self, step):
        write.note(self.cloud, step.args["id"], identity.LAST_NUMBER, step.args["number"])

    def _update_restart_required(self, step):
        key = identity.RESTART_REQUIRED
        write.note_all(self.cloud, step.args["id"], {key: "true"} if step.args["required"] else {}, () if step.args["required"] else (key,))

    def _update_contract(self, step):
        links = {identity.REPLICATES_TO + self.have["server", name]: name for name in step.args["links"]}
        write.note_all(self.cloud, step.args["id"], {**step.args["set"], **links}, step.args["remove"])

    def _update_server(self, step):
        args = step.args
        group_id = None if args["in_group"] else self.have["security_group", args["security_group"]]
        write.adopt(self.cloud, args["id"], args["metadata"], args["tags"], group_id)

    def _update_release(self, step):
        write.release(self.cloud, step.args["id"], step.args["tags"], step.args["security_group"])

    def _delete_server(self, step):
        write.delete(self.cloud, "server", step.args["id"], self.timeout)

    def _delete_volume(self, step):
        write.delete(self.cloud, "volume", step.args["id"], self.timeout)

    def _delete_server_group(self, step):
        write.delete(self.cloud, "server_group", step.args["id"], self.timeout)

    def _delete_security_group(self, step):
        write.delete(self.cloud, "security_group", step.args["id"], self.timeout)

    def _give_up(self, errors):
        for error in errors:
            if isinstance(error, TimedOut):
                raise error
        text = " ".join(dict.fromkeys(error.message for error in errors))
        taken, left = self._take_back()
        if taken:
            text += f" Taken back: {', '.join(taken)}."
        if left:
            text += f" Left behind: {'; '.join(left)}."
        kind = Refused if any(isinstance(error, Refused) for error in errors) else CloudError
        raise kind(text, taken_back=taken, left_behind=left)

    def _take_back(self):
        taken, left = [], []
        for kind in _BACKWARDS:
            things = sorted(thing for thing in self._made if thing[0] == kind)
            results = at_once_settled(*(partial(self._undo, *thing) for thing in things))
            for (_kind, name, _id), (_none, error) in zip(things, results):
                label = f"{kind.replace('_', ' ')} {name}"
                if error:
                    left.append(f"{label}: {error.message}")
                else:
                    taken.append(label)
        return taken, left

    def _undo(self, kind, _name, id_):
        if kind == "task":
            write.note(self.cloud, *id_)
        else:
            write.delete(self.cloud, kind, id_, self.timeout)
