#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_key_pair
short_description: Put a server's new key and certificate in place, both at once
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Gives two new files the names C(server.key) and C(server.pem), one right after the other, so that a server which is started meanwhile finds two that fit.
  - Files of which the certificate is not the key's are refused, and nothing is changed then. Owner and mode are as they are.
  - Runs on the guest, as root. A running server has to be told to read them, as by M(stackdb.trove.trove_mysql_certificate).
options:
  directory:
    description: Where all of them are.
    type: path
    required: true
  new_key:
    description: The name of the file with the new key.
    type: str
    required: true
  new_certificate:
    description: The name of the file with its certificate.
    type: str
    required: true
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
"""

EXAMPLES = r"""
- name: Put the new key and its certificate in place
  become: true
  stackdb.trove.trove_key_pair:
    directory: /etc/mysql/tls
    new_key: server-new.key
    new_certificate: server-new.pem
"""

RETURN = r"""
replaced:
  description: The names of the files that were replaced.
  returned: success
  type: list
  elements: str
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._guest import certificate
from ..module_utils._module import guest


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    if check_mode:
        return {"changed": True, "replaced": [certificate.KEY, certificate.CERTIFICATE]}
    return {"changed": True, "replaced": certificate.replace_pair(params["directory"], params["new_key"], params["new_certificate"])}


def main() -> None:
    text = {"type": "str", "required": True}
    guest.run(act, {"directory": {"type": "path", "required": True}, "new_key": {**text, "no_log": False}, "new_certificate": text})


if __name__ == "__main__":
    main()
