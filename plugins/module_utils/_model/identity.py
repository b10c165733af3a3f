# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a cluster's things are known again: tags and metadata on Nova servers, metadata on Cinder volumes, names.

There is no state file, so all that a later run must know stands here. A server carries the tags TAG, `cluster_tag(id)` and
`name_tag(name)` (what is found), and the metadata keys below (what is read). Nova's limits: a tag has at most 60
characters, a metadata value 255.
"""

from __future__ import annotations

import re

from .errors import InvalidInput

TAG = "trove"
_NAME_TAG = "trove-name-"
#: Nova's limit for a tag, less our prefix; member names stay below the 63 characters of a host name, too
MAX_NAME = 60 - len(_NAME_TAG)

CLUSTER_ID = "trove_cluster_id"
CLUSTER_NAME = "trove_cluster_name"
DATASTORE = "trove_datastore"
VERSION = "trove_datastore_version"
TYPE = "trove_type"
TASK = "trove_task"
#: which run has begun it, of tasks that take members one after the other: a run that continues it has to tell who had a turn
TASK_RUN = "trove_task_run"
#: what was asked for, where Nova shows a name or an id only: "id/name", or ids with commas between; a server without an image noted was
#: not made by us
FLAVOR = "trove_flavor"
IMAGE = "trove_image"
NETWORKS = "trove_network_ids"
#: the name of the first network, by which Nova lists a server's addresses, and the version of IP of the address on it, where one was asked for
NETWORK = "trove_network"
IP_VERSION = "trove_ip_version"
#: the zone that was asked for: Nova shows one of every server
ZONE = "trove_availability_zone"
#: GiB of the root volume, where a server boots from one
ROOT_SIZE = "trove_root_volume_size"
#: the highest number that a member ever had, noted on all when members have come, and when one goes: names are not used twice
LAST_NUMBER = "trove_last_number"
#: on the members that stay, one item for each that left: the key ends in its server's id, or where that was gone in its volume's, and the value is
#: "name/id of its volume". By these a run that was given an id is continued when the server has gone
LEFT = "trove_left_"
#: how many of those are kept; Nova allows 128 items of metadata, and the user has some
MAX_LEFT = 24
VOLUME_TYPE = "trove_volume_type_id"
#: which request has created it: by this its result is found where nobody answered
REQUEST = "trove_request"
#: "true" on a member that was given settings which take effect at its next start
RESTART_REQUIRED = "trove_restart_required"
#: on a member's server that took the place of a lost one: what that one was to the others, as its datastore's driver says
REPLACES = "trove_replaces"
#: on a volume that was kept when its member was replaced, and is of no cluster any more: whose it was
SET_ASIDE = "trove_set_aside"
#: an instance's replication contract: one item for each replica, whose value is that one's name; the sources' ids, with commas between;
#: true or false
REPLICATES_TO = "trove_replicates_to_"
REPLICATES_FROM = "trove_replicates_from"
WRITABLE = "trove_writable"
#: on a volume: the name of the server that it belongs to
INSTANCE = "trove_instance"
#: on a volume: its own id, noted before it is attached for the first time. One without it has never held data; where it is another id, the volume was
#: made from another one, as by restoring a backup, which brings the metadata along
VOLUME_ID = "trove_volume_id"


def cluster_tag(cluster_id: str) -> str:
    return f"trove-cluster-{cluster_id}"


def name_tag(name: str) -> str:
    return _NAME_TAG + name


def tags(cluster_id: str, name: str) -> tuple[str, ...]:
    """What a server of a cluster or replication topology carries."""
    return (TAG, cluster_tag(cluster_id), name_tag(name))


def resource_name(name: str) -> str:
    """The name of the things that a cluster has one of: its server group and its security group."""
    return f"trove-{name}"


def check_name(name: str | None, option: str = "name") -> None:
    """:raises InvalidInput: for a name that could not be a tag and the beginning of host names (RFC 1123)"""
    if not re.fullmatch(rf"[A-Za-z]([A-Za-z0-9-]{{0,{MAX_NAME - 2}}}[A-Za-z0-9])?", name or ""):
        raise InvalidInput(option, name, f"a letter, then letters, digits and hyphens, not ending in a hyphen, at most {MAX_NAME} characters")
