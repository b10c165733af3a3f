# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The narrow interface of a datastore: what the cloud plane must know of MariaDB, Redis and the next one."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from .._model.errors import InvalidInput


class Datastore(ABC):
    """One datastore's rules. Pure: a driver decides and describes, it does not act."""

    #: Trove's datastore type, e.g. ``mariadb``
    type: str
    #: what a server of it is: a ``member`` of a cluster, or an ``instance`` that may have replicas
    instance_type = "member"
    #: versions that the role can set up, newest last
    versions: tuple
    #: fewest members of a new cluster
    min_instances: int
    #: fewest members of a new cluster for which fewer were asked for by name; None where that cannot be asked
    min_on_request: int | None = None
    #: fewest members that shrinking leaves
    min_after_shrink: int
    #: (protocol, first port, last port) that clients use
    client_ports: tuple
    #: (protocol, first port, last port) that only members use among themselves
    member_ports: tuple

    @abstractmethod
    def member_name(self, cluster, number):
        """The name of member `number` (from 1) in Trove's way of naming."""

    def member_number(self, cluster, name):
        """The number in a member's name, or None where the name was given by hand."""
        pattern = re.escape(self.member_name(cluster, 0))[:-1] + r"(\d+)"
        found = re.fullmatch(pattern, name)
        return int(found.group(1)) if found else None

    @abstractmethod
    def health(self, info):
        """What a member says of itself, for people.

        :param info: the result of the datastore's info module, or None where the member was not asked or did not answer
        :returns: ``(health, used)``: a dict of short texts by heading, and GiB used on the data volume or None
        """

    def check_version(self, version):
        """:raises InvalidInput: for a version that the role cannot set up"""
        if version not in self.versions:
            raise InvalidInput("datastore_version", version, self.versions)

    def check_size(self, count, allow_few=False):
        """:raises InvalidInput: for fewer members than a new cluster may have"""
        fewest = self.min_on_request or self.min_instances if allow_few else self.min_instances
        if count < fewest:
            hint = ", or fewer with allow_few_masters" if self.min_on_request and not allow_few else ""
            raise InvalidInput(
                "instances",
                count,
                f"{fewest} or more{hint}",
                rule=f"The number of instances for your initial cluster must be at least {fewest}.",
            )
