# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a member stands among the others by its own word, in the same terms for all datastores: what a picture and a check are built from. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: how many slots the keys of a Redis Cluster are divided into
ALL_SLOTS = 16384


@dataclass(frozen=True)
class Peer:
    """What a member's database knows of another one.

    :param role: ``master`` or ``replica``; None where all are alike
    :param follows: the address of the one that it replicates from
    :param slots: those that it serves, such as ``0-5460``; empty for none
    :param failed: whether the database takes it for failed
    """

    role: str | None = None
    follows: str | None = None
    slots: str = ""
    failed: bool = False


@dataclass(frozen=True)
class Standing(Peer):
    """What a member says of its own place; of one that is down all is unknown but the version.

    :param role: also ``source`` or ``single``
    :param whole: the part of the cluster that it serves in, where a cluster can fall into parts, such as ``Primary component, state 12ad3d26``;
        None where it can not
    :param link: the state of its link to the one that it follows, a few words; None without such a link
    :param link_works: whether data comes in by that link, and is applied
    :param lag: seconds that it is behind, None where that is not known
    :param version: of its server
    :param peers: all that its database counts, by address, itself among them; None where the database does not know who they are
    :param configured: the addresses of all members by its own settings, whether they are there or not; None where these do not say so
    :param same: what all members should have alike, ``{what: value}``
    :param strain: why it does not keep up though it serves: sentences
    """

    whole: str | None = None
    link: str | None = None
    link_works: bool = True
    lag: int | None = None
    version: str | None = None
    peers: Mapping[str, Peer] | None = None
    configured: tuple[str, ...] | None = None
    same: Mapping[str, object] | None = None
    strain: tuple[str, ...] = ()
