# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server of a Redis Cluster whose data are set aside, so that it gets all of them from its master."""

from __future__ import annotations

import os
from functools import singledispatchmethod

from ...._guest import aside, turn
from ...._guest.turn import Seen
from ...._model.errors import Refused
from ...._plan.plan import Plan, Step
from ..guest.server import Server
from ..guest.server import lines as lines_of
from ..rules import going
from ..rules.nodes import parse_nodes
from .cluster import Nodes
from .restart import RedisRestarted

#: what is no data: with nodes.conf it stays the node that it is, and a replica of its master
_NODES = "nodes.conf"
_KEEP = (_NODES, "lost+found")


class InitializeServer(Step):
    action = "initialize"
    kind = "server"
    risk = "one copy less until it has got all data from its master"


class RedisInitialized(RedisRestarted):
    """The local server stops in order, its data are set aside, and it starts with none. That it owns no slots was asked before, and is asked again.

    :param directory: the data directory
    :param others: the other members
    """

    def __init__(self, server: Server, name: str, wanted: str, timeout: float, directory: str, others: Nodes) -> None:
        super().__init__(server, name, wanted, timeout)
        self.directory, self.others = directory, others

    def plan(self, observed: Seen) -> Plan:
        aside.check(self.directory, self.wanted)
        done = observed["turn"] == self.wanted and observed["state"] == "active"
        return Plan.of([] if done else [InitializeServer(self.name, f"it was asked for ({self.wanted})")])

    @singledispatchmethod
    def carry_out(self, step: Step, observed: Seen) -> None:
        super().carry_out(step, observed)

    @carry_out.register(InitializeServer)
    def _initialize_server(self, step: InitializeServer, observed: Seen) -> None:
        self._refuse_owner(observed)
        turn.begin(self.server.unit, self.wanted)
        if observed["state"] == "active" and turn.is_to_stop(self.server.unit, self.wanted):
            self.server.unit.stop()
        if self.server.unit.show()["state"] in ("inactive", "failed"):
            aside.move(self.directory, self.wanted, _KEEP)
        self.server.start(self.timeout)
        turn.note(self.server.unit, self.wanted)

    def _refuse_owner(self, observed: Seen) -> None:
        """A replica that was asked may have become the master since, whose data the others follow; of one that is down, the others say whether it owns slots.

        :raises Refused: for a master that serves slots, and for one that is down and of which it is not known that it owns none
        """
        if observed["state"] != "active":
            answering = self.others.look().reachable if self.others.connections.nodes else ()
            found = going.owned(self.name, self._id(), {member.name: member.view for member in answering})
            if found:
                raise Refused(f"{'; '.join(found)}. Nothing was changed.")
            return
        own = next(line for line in parse_nodes(self.server.node.text("CLUSTER", "NODES")).values() if "myself" in line.flags)
        if own.slots:
            raise Refused(f"{self.name} serves {len(own.slots)} slots now, and its data are what its replicas follow. Nothing was changed.")

    def _id(self) -> str | None:
        """Which node it is, as it has noted itself: a file with lines as CLUSTER NODES has them."""
        lines = parse_nodes("".join(lines_of(os.path.join(self.directory, _NODES)) or ())).values()
        return next((line.id for line in lines if "myself" in line.flags), None)
