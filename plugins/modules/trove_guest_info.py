#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_guest_info
short_description: See what a guest has of what every datastore needs
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Looks at packages, small files, the time service, the firewall, the data volume, the certificate, the exporters, units, settings of the kernel and data
    in one go, so that a role does only what is left to do. Each module that runs on a guest costs a connection, a Python and the transfer of its code, in
    every run.
  - Runs on the guest, as root. It only reads, and it works before any package is installed.
options:
  packages:
    description: The Debian packages that are needed.
    type: list
    elements: str
    default: []
  volume:
    description: The data volume. Without it none is looked at.
    type: dict
    suboptions:
      device:
        description:
          - Its block device.
          - Where C(/dev/disk/by-id/virtio-<id>) is not there, any link in that directory with the id of the volume is as good, such as that of virtio-scsi.
        type: path
        required: true
      mount_point:
        description: Where it has to be mounted.
        type: path
        required: true
      refused:
        description: Whether a device that is missing or holds something else than an XFS is refused, and a mount point where another one is mounted.
        version_added: 1.1.0
        type: bool
        default: false
  certificate:
    description: The certificate that a server presents. Without it none is looked at.
    type: dict
    suboptions:
      directory:
        description: Where C(ca.pem), C(server.pem) and C(server.key) are.
        type: path
        required: true
      owner:
        description: The user who has to own the key.
        type: str
        required: true
      authority_keys:
        description: Where keys of the cluster's own CA are kept on the members.
        type: list
        elements: path
        default: []
      note:
        description: Where a rotation notes what it has found. Without it nothing is read.
        type: path
  files:
    description: What M(stackdb.trove.trove_files) is to write.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Where the file is, an absolute path.
        type: path
        required: true
      content:
        description: What is in it. Without it the file shall not be there.
        type: str
      mode:
        description: Its mode.
        type: str
        default: "0644"
  firewall:
    description: What M(stackdb.trove.trove_firewall) is to be called with, one for each table. Clients that it refuses are refused.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The last part of the table's name.
        type: str
        required: true
      state:
        description: Whether the ports shall be closed, or the table shall not be there.
        type: str
        choices: [present, absent]
        default: present
      ports:
        description: The ports.
        type: dict
        suboptions:
          client:
            description: Those for members and clients.
            type: list
            elements: dict
            default: []
          member:
            description: Those for members alone.
            type: list
            elements: dict
            default: []
      members:
        description: The addresses of the members.
        type: list
        elements: str
        default: []
      clients:
        description: Addresses, networks and names of the clients.
        type: list
        elements: str
        default: []
      option:
        description: What a message calls the clients.
        type: str
        default: clients
  metrics:
    description: The exporters for Prometheus. Without it none are looked for.
    type: dict
    suboptions:
      exporters:
        description: As M(stackdb.trove.trove_metrics) takes them.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Which one.
            type: str
            choices: [node, mysqld, redis]
            required: true
          service:
            description: Its unit.
            type: str
            required: true
          program:
            description: Its path.
            type: path
            required: true
      ca:
        description: PEM text of the CA of the scrapers. One that is none is refused.
        type: str
        default: ""
      option:
        description: What a message calls it.
        type: str
        default: ca
      enabled_by:
        description: The option by which the exporters are wanted. With it, a user of their name that was created by somebody else is refused.
        version_added: 1.1.0
        type: str
  units:
    description: Units of systemd.
    version_added: 1.1.0
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The unit's full name.
        type: str
        required: true
      files:
        description: Files of the unit that systemd has to have read.
        type: list
        elements: path
        default: []
  kernel:
    description: Settings of the kernel, as sysctl(8) names them. Without it none are looked at.
    version_added: 1.1.0
    type: dict
    suboptions:
      settings:
        description: The values that they are to have, by name.
        type: dict
        required: true
      file:
        description: The file of sysctl.d(5) that has them for the next boot.
        type: path
        required: true
  data:
    description: What is looked for in the directory of a server's data. Without it nothing is.
    version_added: 1.1.0
    type: dict
    suboptions:
      directory:
        description: The directory.
        type: path
        required: true
      patterns:
        description: Names, with the wildcards of fnmatch(3).
        type: list
        elements: str
        required: true
  digests:
    description: Files with secrets, of which the digest alone is read.
    version_added: 1.1.0
    type: list
    elements: path
    default: []
extends_documentation_fragment:
  - stackdb.trove.cloud.info
"""

EXAMPLES = r"""
- name: See what the guest has
  become: true
  stackdb.trove.trove_guest_info:
    packages: [mariadb-server, mariadb-backup]
    volume:
      device: /dev/vdb
      mount_point: /var/lib/mysql
  register: guest
"""

RETURN = r"""
packages:
  description: C(missing), those of O(packages) that are not installed, and C(interrupted), whether dpkg was stopped half-way.
  returned: success
  type: dict
  sample: {missing: [mariadb-backup], interrupted: false}
time:
  description: C(service), the unit that keeps the clock, V(host) in a container, V(none) where there is none; and whether it is C(active).
  returned: success
  type: dict
  sample: {service: chrony.service, active: true}
volume:
  description: >-
    The C(device) under which it was found, whether it C(exists),
    the C(filesystem) on it (V(none) on a blank one, V(unknown) for anything else than a file system), the device's C(size) in GiB,
    whether it is C(mounted) where it should be, which other device is there instead (C(occupied)), and the mount point's C(owner).
  returned: when O(volume) is given
  type: dict
  sample: {device: /dev/vdb, exists: true, filesystem: xfs, size: 5.0, mounted: true, occupied: null, owner: mysql}
certificate:
  description: >-
    The guest's clock (C(now)), the texts of C(ca.pem) (C(ca)) and C(server.pem) (C(certificate)), the public key of C(server.key) (C(key)), why that file
    cannot stay as it is (C(key_problem)), and the public keys of the CAs' keys that are kept here, by path (C(authority_keys)), and what a
    rotation has noted (C(note)). No private key.
  returned: when O(certificate) is given
  type: dict
outdated:
  description: The paths of O(files) that are there otherwise than they are to be.
  returned: success
  type: list
  elements: str
firewall:
  description: By the names of O(firewall), the C(reasons) for which something has to be changed, and the C(members) that it was looked at for.
  returned: success
  type: dict
  sample: {galera: {reasons: [], members: [10.0.0.11]}}
units:
  description: By the names of O(units), whether each is C(active), C(enabled), and whether systemd has read (C(read)) its files as they are.
  returned: when O(units) is given
  type: dict
  sample: {redis-server.service: {active: true, enabled: true, read: true}}
kernel:
  description: The names of those of O(kernel) that this host may set, and that have another value now or would have after a boot.
  returned: when O(kernel) is given
  type: list
  elements: str
  sample: [vm.overcommit_memory]
data:
  description: The paths that were found of O(data).
  returned: when O(data) is given
  type: list
  elements: str
digests:
  description: By the paths of O(digests), the C(sha256), the C(owner), the C(group) and the C(mode) of the file, V(none) where there is none.
  returned: when O(digests) is given
  type: dict
metrics:
  description:
    - The C(ports) of the exporters, as M(stackdb.trove.trove_firewall) takes them; the files that are C(left) of what was set up by
      M(stackdb.trove.trove_metrics); whether the C(user) that exporters run as is there, created by the role, or a C(foreign_user) of that name, created
      by somebody else; the SHA-256 of the password of Redis' account (C(digest)), empty where there is none.
  returned: when O(metrics) is given
  type: dict
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._guest import certificate, files, firewall_access, for_server, host, metrics
from ..module_utils._module import guest


def look(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    wanted = [files.of(one) for one in params["files"]]
    result: dict[str, Any] = {"changed": False, "packages": host.packages(params["packages"]), "time": host.time_service()}
    result["firewall"] = {one["name"]: {"reasons": firewall_access.reasons(*firewall_access.of(one)), "members": one["members"]} for one in params["firewall"]}
    result["outdated"] = [one.path for one in wanted if not files.is_right(one, files.look(one.path))]
    if params["volume"]:
        result["volume"] = host.volume(params["volume"]["device"], params["volume"]["mount_point"])
        if params["volume"]["refused"]:
            host.check_volume(result["volume"], params["volume"]["mount_point"])
    if params["certificate"]:
        result["certificate"] = certificate.look(**params["certificate"])
    if params["metrics"]:
        metrics.check_authority(params["metrics"]["option"], params["metrics"]["ca"])
        result["metrics"] = metrics.look(metrics.exporters_of(params["metrics"]["exporters"]))
        if params["metrics"]["enabled_by"]:
            metrics.check_user(params["metrics"]["enabled_by"], result["metrics"])
    if params["units"]:
        result["units"] = {one["name"]: for_server.unit(one["name"], one["files"]) for one in params["units"]}
    if params["kernel"]:
        result["kernel"] = for_server.kernel(params["kernel"]["settings"], params["kernel"]["file"])
    if params["data"]:
        result["data"] = for_server.data(params["data"]["directory"], params["data"]["patterns"])
    if params["digests"]:
        result["digests"] = {path: for_server.digest(path) for path in params["digests"]}
    return result


def main() -> None:
    texts = {"type": "list", "elements": "str", "default": []}
    certificate_options = {
        "directory": {"type": "path", "required": True},
        "owner": {"type": "str", "required": True},
        "authority_keys": {"type": "list", "elements": "path", "default": [], "no_log": False},
        "note": {"type": "path"},
    }
    volume_options = {
        "device": {"type": "path", "required": True},
        "mount_point": {"type": "path", "required": True},
        "refused": {"type": "bool", "default": False},
    }
    metrics_options = {
        "exporters": {"type": "list", "elements": "dict", "required": True, "options": metrics.SPEC},
        "ca": {"type": "str", "default": ""},
        "option": {"type": "str", "default": "ca"},
        "enabled_by": {"type": "str"},
    }
    guest.run(
        look,
        {
            "packages": texts,
            "volume": {"type": "dict", "options": volume_options},
            "certificate": {"type": "dict", "options": certificate_options},
            "files": {"type": "list", "elements": "dict", "default": [], "options": files.SPEC},
            "firewall": {"type": "list", "elements": "dict", "default": [], "options": firewall_access.SPEC},
            "metrics": {"type": "dict", "options": metrics_options},
            "units": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {"name": {"type": "str", "required": True}, "files": {"type": "list", "elements": "path", "default": []}},
            },
            "kernel": {
                "type": "dict",
                "options": {"settings": {"type": "dict", "required": True}, "file": {"type": "path", "required": True}},
            },
            "data": {
                "type": "dict",
                "options": {"directory": {"type": "path", "required": True}, "patterns": {"type": "list", "elements": "str", "required": True}},
            },
            "digests": {"type": "list", "elements": "path", "default": []},
        },
    )


if __name__ == "__main__":
    main()
