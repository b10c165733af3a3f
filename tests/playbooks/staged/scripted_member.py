# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection to a scripted member: its commands run here, on the controller, and fail where the script says that it is unreachable."""

from __future__ import annotations

import shlex

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as Local

from ..module_utils._scripted import script

DOCUMENTATION = """
name: scripted_member
short_description: Run on the controller, in the name of a member
description: For tests only.
options:
  member:
    description: The name of the host.
    vars:
      - name: inventory_hostname
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(Local):
    transport = "stackdb.trove.scripted_member"

    def exec_command(self, cmd, in_data=None, sudoable=True):
        member = self.get_option("member")
        if "unreachable" in script.troubles(member):
            raise AnsibleConnectionFailure(f"Failed to connect to the host via script: {member} is unreachable")
        return super().exec_command(f"TROVE_MEMBER={shlex.quote(member)} {cmd}", in_data=in_data, sudoable=sudoable)
