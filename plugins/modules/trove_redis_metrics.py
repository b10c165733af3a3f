#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_redis_metrics
short_description: Log in at Redis as its exporter does
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Logs in at the local server by the account C(trove_metrics), with the password that M(stackdb.trove.trove_metrics) has written for this member, over
    TLS, and asks what the exporter asks. It fails where the server does not let it in. An exporter that is not let in runs, and shows that the server is down.
  - The account itself is in the file of the users, which the role writes.
  - Runs on the guest, as root. It changes nothing, and does nothing in check mode, in which there may be no account yet.
options:
  name:
    description: The member's name, for messages.
    type: str
    required: true
  address:
    description: The member's address, which is in its certificate.
    type: str
    required: true
  port:
    description: Its TLS port for clients.
    type: int
    default: 6379
  ca_cert:
    description: The CA that signed the server's certificate.
    type: path
    required: true
extends_documentation_fragment:
  - stackdb.trove.cloud.info
requirements:
  - redis >= 4.3 (Python library) on the guest
seealso:
  - module: stackdb.trove.trove_metrics
"""

EXAMPLES = r"""
- name: Log in as the exporter does
  become: true
  stackdb.trove.trove_redis_metrics:
    name: "{{ inventory_hostname }}"
    address: 10.0.0.11
    ca_cert: /etc/redis/tls/ca.pem
"""

RETURN = r"""
server:
  description: The version that the server told the account, V(none) in check mode.
  returned: success
  type: str
  sample: 7.0.15
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._datastores.redis_cluster.guest.connection import Access, Node, NodeError
from ..module_utils._guest import metrics
from ..module_utils._guest.command import GuestError
from ..module_utils._model import metrics as model
from ..module_utils._module import guest

#: what INFO calls the version, of Redis and of Valkey, which has both
_VERSIONS = ("valkey_version", "redis_version")


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result.

    :raises GuestError: where there is no password, and where the server does not let the account in
    """
    if check_mode:
        return {"changed": False, "server": None}
    secret = metrics.password(model.DIRECTORY)
    if secret is None:
        raise GuestError(f"{params['name']} has no password of the account {model.USER}: its exporter was never set up.")
    node = Node(Access(model.USER, secret, ca_cert=params["ca_cert"]), params["name"], params["address"], params["port"])
    try:
        lines = node.text("INFO", "server").splitlines()
        node.call("PING")
    except NodeError as error:
        raise GuestError(f"The exporter cannot log in as {model.USER}: {error.message}") from error
    finally:
        node.close()
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    return {"changed": False, "server": next((told[name] for name in _VERSIONS if name in told), None)}


def main() -> None:
    guest.run(
        act,
        {
            "name": {"type": "str", "required": True},
            "address": {"type": "str", "required": True},
            "port": {"type": "int", "default": 6379},
            "ca_cert": {"type": "path", "required": True},
        },
    )


if __name__ == "__main__":
    main()
