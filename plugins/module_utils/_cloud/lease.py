# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lease: one run at a time changes a cluster. It stands in the description of the cluster's security group.

It is taken by Neutron's If-Match with the revision that the run has observed, so that nobody came in between; it is renewed by a thread, and ends by
itself a minute after a run was killed. A new cluster has no group yet, and Neutron takes two of one name: there the older group stays. The clocks of
the controllers have to agree to a few seconds, as those of OpenStack have to.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from .._model import hold as holds
from .._model.cluster import SecurityGroup
from .._model.errors import CloudError, Refused
from .._model.hold import Hold
from . import observe, run_id
from .connection import Cloud, translated
from .retry import once

SECONDS, RENEW = 60, 20
#: Neutron's times have no fractions: after so long whoever made a group in the same second is seen
_SECOND = 1.2
clock = time.time


class Lease:
    """Of one run, on the cluster of the security group that it takes or creates."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.run = run_id.new()
        #: the group as it was written last, and when it was created if by this run
        self.group: SecurityGroup | None = None
        self.created: float | None = None
        #: why it was lost
        self.lost: str | None = None
        self._writing = threading.Lock()
        self._ended = threading.Event()

    def take(self, group: SecurityGroup) -> bool:
        """Take it on a group that is there: whether the group was written since it was observed, so that the plan is out of date.

        :raises Refused: while another run has it
        """
        moved = False
        while True:
            self._refuse_other(group)
            try:
                self._write(group, self._hold())
            except CloudError as error:
                if error.details["http_status"] != 412:
                    raise
                group, moved = self._read(group), True
                continue
            self._keep()
            return moved

    def create(self, name: str, cluster_id: str) -> str:
        """Create the security group of a new cluster, with the lease on it: its id."""
        text = holds.describe(cluster_id, hold=self._hold())

        def send() -> SecurityGroup:
            with translated(f"create the security group {name}"):
                return observe.security_group(self.cloud.sdk.network.create_security_group(name=name, description=text))

        def find() -> SecurityGroup | None:
            groups = observe.security_groups(self.cloud, name=name)
            return next((group for group in groups if group.hold and group.hold.run == self.run), None)

        group = once(send, find)
        self.group, self.created = group, clock()
        self._keep()
        return group.id

    def _hold(self) -> Hold:
        return Hold(self.run, int(clock()) + SECONDS)

    def yield_to_older(self, at_last: bool = False) -> None:
        """Refuse to go on where another run has created the group of this name before.

        :param at_last: asked for the last time before there are servers, when whoever came in the same second has to be seen
        :raises Refused: naming the id of the other cluster
        """
        if self.group is None or self.created is None:
            return
        if at_last:
            time.sleep(max(0, self.created + _SECOND - clock()))
        own = (self.group.created, self.group.id)
        groups = observe.security_groups(self.cloud, name=self.group.name)
        older = [other for other in groups if other.cluster_id and (other.created, other.id) < own]
        if older:
            raise Refused(f"Another run is creating a cluster of the same name: {older[0].cluster_id}, since {older[0].created}. This run stops.")

    def confirm(self) -> None:
        """:raises Refused: where the lease was lost, so that another run may be at work"""
        group = self.group
        if group and (self.lost or not group.hold or clock() > group.hold.until):
            raise Refused(f"This run has lost its lease on {group.name}: {self.lost or 'it was not renewed in time'}. Start it again: it continues from here.")

    def mark_deleting(self) -> None:
        """Note on the group, the last of the cluster that goes, that the cluster is being deleted."""
        self._rewrite(deleting=True)

    def release(self) -> None:
        """Give it up. What cannot be written now ends by itself."""
        self._ended.set()
        with suppress(CloudError, Refused):
            if not self.lost:
                self._rewrite(held=False)
        with self._writing:
            self.group = self.created = None

    def _keep(self) -> None:
        self.lost = None
        self._ended.clear()
        threading.Thread(target=self._renew, daemon=True).start()

    def _renew(self) -> None:
        while not self._ended.wait(RENEW):
            with suppress(CloudError):
                try:
                    self._rewrite()
                except Refused as error:
                    self.lost = error.message

    def _rewrite(self, held: bool = True, deleting: bool | None = None) -> None:
        """Write the description again. Rules that are created change the revision, too, so it is read again where it has changed."""
        with self._writing:
            # the thread may have begun a renewal when the run was at its end
            while self.group and not (held and self._ended.is_set()):
                try:
                    self._write(self.group, self._hold() if held else None, deleting)
                except CloudError as error:
                    if error.details["http_status"] != 412:
                        raise
                    group = self._read(self.group)
                    if not group.hold or group.hold.run != self.run:
                        raise Refused(f"it was taken by {group.hold or 'no run'}") from None
                    self.group = group
                    continue
                return

    def _write(self, group: SecurityGroup, hold: Hold | None, deleting: bool | None = None) -> None:
        text = holds.describe(group.cluster_id or "", group.deleting if deleting is None else deleting, hold)
        with translated(f"write the lease on the security group {group.name}"):
            self.group = observe.security_group(self.cloud.sdk.network.update_security_group(group.id, if_revision=group.revision, description=text))

    def _read(self, group: SecurityGroup) -> SecurityGroup:
        with translated(f"get the security group {group.name}"):
            return observe.security_group(self.cloud.sdk.network.get_security_group(group.id))

    def _refuse_other(self, group: SecurityGroup) -> None:
        hold = group.hold
        if hold and hold.run != self.run and hold.until > clock() and not run_id.is_dead(hold.run):
            raise Refused(f"Another run changes {group.name} now: {hold}. Start again when that run has ended; if it was killed, its lease ends at that time.")
