# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry out the stages of a plan on the cloud, and take back what a failed one made."""

from __future__ import annotations

from functools import partial

from .._cloud import observe, write
from .._cloud.connection import at_once_settled
from .._cloud.waiter import TimedOut, wait_for
from .._model import identity
from .._model.errors import CloudError, TroveError

#: what is taken back first: a volume can only go when its server has gone, a security group when its ports have
_BACKWARDS = ("server", "volume", "server_group", "security_group", "task")
#: a task that ends when what it made is taken back; what takes away goes on instead
_UNDONE_WITH = ("GROWING_CLUSTER",)


class Applier:
    """Runs steps by their action and kind.

    :param cloud: _cloud.connection.Cloud
    :param timeout: seconds for each thing that is waited for
    :param have: ids of what exists, by (kind, name); grows with what is made
    """

    def __init__(self, cloud, timeout, have):
        self.cloud = cloud
        self.timeout = timeout
        self.have = dict(have)
        self.made = []

    def run(self, plan, wait_last=True):
        """Apply all stages. The steps of one stage run at the same time.

        :param wait_last: wait for the servers of the last stage, too
        :raises CloudError: with the cloud's own words, after what this run made was taken back
        :raises TimedOut: with nothing taken back: the next run goes on
        """
        for number, stage in enumerate(plan.stages, 1):
            errors = self._stage(stage, wait_last or number < len(plan.stages))
            if errors:
                self._give_up(errors)

    def _stage(self, stage, wait):
        """Run the steps of a stage and wait for its servers: the errors."""
        settled = at_once_settled(*(partial(self._step, step) for step in stage))
        errors = [error for _none, error in settled if error]
        servers = [step for step in stage if (step.action, step.kind) == ("create", "server")]
        if errors or not servers or not wait:
            return errors
        try:
            return self._wait_active(servers)
        except TroveError as error:
            return [error]

    def _step(self, step):
        getattr(self, f"_{step.action}_{step.kind}")(step)

    def _made(self, kind, name, id_):
        self.have[kind, name] = id_
        self.made.append((kind, name, id_))

    def _undo(self, kind, name, id_):
        if kind == "task":
            write.note(self.cloud, *id_)
        else:
            self._delete(kind, id_)
        self.made.remove((kind, name, id_))

    def _create_security_group(self, step):
        self._made("security_group", step.name, write.create_security_group(self.cloud, step.name, step.args["cluster_id"]))

    def _create_security_group_rules(self, step):
        write.create_rules(self.cloud, self.have["security_group", step.name], step.args["rules"])

    def _delete_security_group_rules(self, step):
        write.delete_rules(self.cloud, step.args["ids"])

    def _update_security_group(self, step):
        write.mark_deleting(self.cloud, step.args["id"], step.args["cluster_id"])

    def _create_server_group(self, step):
        group = write.create_server_group(self.cloud, step.name, step.args["policy"], step.args["max_server_per_host"])
        self._made("server_group", step.name, group.id)

    def _create_volume(self, step):
        cluster, type_id = step.args["cluster"], step.args["type"]
        metadata = observe.volume_metadata(cluster.id, cluster.name, step.name, type_id)
        self._made("volume", step.name, write.create_volume(self.cloud, step.name, step.args["size"], type_id, metadata))

    def _create_server(self, step):
        spec = dict(step.args["spec"])
        single = self._single(step)
        spec["security_group_ids"] = [self.have["security_group", single], *spec.pop("user_security_group_ids")]
        spec["group_id"] = self.have.get(("server_group", single))
        spec["volume_id"] = self.have["volume", step.name] if spec.pop("with_volume") else None
        if spec["volume_id"]:
            # here, and not where it is made: it may be another run's, killed while Cinder was busy
            write.wait_available(self.cloud, step.name, spec["volume_id"], self.timeout)
        self._made("server", step.name, write.create_server(self.cloud, spec))

    def _update_task(self, step):
        write.note(self.cloud, step.args["id"], identity.TASK, step.args["task"])
        if step.args["task"] in _UNDONE_WITH:
            self.made.append(("task", step.name, (step.args["id"], identity.TASK, step.args["before"])))

    def _update_last_number(self, step):
        write.note(self.cloud, step.args["id"], identity.LAST_NUMBER, step.args["number"])

    def _delete_server(self, step):
        self._delete("server", step.args["id"])
        self.have.pop(("server", step.name), None)

    def _delete_volume(self, step):
        self._delete("volume", step.args["id"])

    def _delete_server_group(self, step):
        self._delete("server_group", step.args["id"])

    def _delete_security_group(self, step):
        self._delete("security_group", step.args["id"])

    def _delete(self, kind, id_):
        write.delete(self.cloud, kind, id_, self.timeout)
        if kind in ("server", "volume"):
            write.wait_gone(self.cloud, kind, id_, self.timeout)

    def _wait_active(self, steps):
        """Wait until Nova has made the servers: the errors of those that it could not make.

        Members of a server group that are placed at the same time race for hosts, and a scheduler that ran out of retries
        says nothing about the room that there is: who lost is asked for once more, alone.
        """
        faults = self._faults(steps)
        if faults and len(steps) > 1 and ("server_group", self._single(steps[0])) in self.have:
            lost = [step for step in steps if step.name in faults]
            for step in lost:
                self._undo("server", step.name, self.have["server", step.name])
            faults = {}
            for step in lost:
                self._create_server(step)
                faults = self._faults([step])
                if faults:
                    break
        return [CloudError(f"Nova could not make the server {name}: {fault or 'it gives no reason'}") for name, fault in sorted(faults.items())]

    def _faults(self, steps):
        """Wait by one list a look until the servers are active or in error: Nova's fault texts by the names of the latter."""
        ids = {self.have["server", step.name] for step in steps}
        cluster_id = steps[0].args["spec"]["metadata"][identity.CLUSTER_ID]

        def look():
            return {s.name: (s.status, s.fault) for s in observe.members(self.cloud, cluster_id) if s.id in ids}

        def done(seen):
            return len(seen) == len(ids) and all(status in ("ACTIVE", "ERROR") for status, _fault in seen.values())

        names = ", ".join(step.name for step in steps)
        seen = wait_for(f"the servers {names} to be active", look, done, self.timeout)
        return {name: fault for name, (status, fault) in seen.items() if status == "ERROR"}

    @staticmethod
    def _single(step):
        """The name of the things that the cluster of a server has one of."""
        return identity.resource_name(step.args["spec"]["metadata"][identity.CLUSTER_NAME])

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
        raise CloudError(text, taken_back=taken, left_behind=left)

    def _take_back(self):
        taken, left = [], []
        for kind in _BACKWARDS:
            things = sorted(thing for thing in self.made if thing[0] == kind)
            results = at_once_settled(*(partial(self._undo, *thing) for thing in things))
            for (_kind, name, _id), (_none, error) in zip(things, results):
                label = f"{kind.replace('_', ' ')} {name}"
                if error:
                    left.append(f"{label}: {error.message}")
                else:
                    taken.append(label)
        return taken, left
