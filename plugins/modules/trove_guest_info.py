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
  - Looks at packages, the time service, the data volume and the certificate in one go, so that a role does only what is left to do.
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
        description: Its block device.
        type: path
        required: true
      mount_point:
        description: Where it has to be mounted.
        type: path
        required: true
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
      names:
        description: Host names that the certificate has to be good for.
        type: list
        elements: str
        default: []
      addresses:
        description: IP addresses that the certificate has to be good for.
        type: list
        elements: str
        default: []
      ca:
        description: The PEM text of the CA that must have signed it; without it, the CA that is there.
        type: str
      ca_key:
        description: Where the CA's key is kept on the members, when the CA was made for the cluster.
        type: path
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
    The C(device), whether it C(exists), the C(filesystem) on it (V(none) on a blank one, V(unknown) for anything else than a file system),
    whether it is C(mounted) where it should be, which other device is there instead (C(occupied)), and the mount point's C(owner).
  returned: when O(volume) is given
  type: dict
  sample: {device: /dev/vdb, exists: true, filesystem: xfs, mounted: true, occupied: null, owner: mysql}
certificate:
  description: >-
    Whether the certificate is C(valid) for some time to come, the C(reason) when it is not, the C(ca) certificate that is there,
    and whether this guest keeps the CA's key (C(ca_key)).
  returned: when O(certificate) is given
  type: dict
  sample: {valid: true, reason: null, ca: "-----BEGIN CERTIFICATE-----...", ca_key: true}
"""

import os
from collections.abc import Mapping
from typing import Any

from ..module_utils._guest import certificate, host
from ..module_utils._module import guest


def look(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    result = {"changed": False, "packages": host.packages(params["packages"]), "time": host.time_service()}
    if params["volume"]:
        result["volume"] = host.volume(params["volume"]["device"], params["volume"]["mount_point"])
    if params["certificate"]:
        wanted = dict(params["certificate"])
        ca_key = wanted.pop("ca_key")
        result["certificate"] = dict(certificate.look(**wanted), ca_key=bool(ca_key and os.path.exists(ca_key)))
    return result


def main() -> None:
    texts = {"type": "list", "elements": "str", "default": []}
    certificate_options = {
        "directory": {"type": "path", "required": True},
        "owner": {"type": "str", "required": True},
        "names": texts,
        "addresses": texts,
        "ca": {"type": "str"},
        "ca_key": {"type": "path", "no_log": False},
    }
    volume_options = {"device": {"type": "path", "required": True}, "mount_point": {"type": "path", "required": True}}
    guest.run(
        look,
        {
            "packages": texts,
            "volume": {"type": "dict", "options": volume_options},
            "certificate": {"type": "dict", "options": certificate_options},
        },
    )


if __name__ == "__main__":
    main()
