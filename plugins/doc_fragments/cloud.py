# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  cloud:
    description:
      - The name of the cloud's entry in C(clouds.yaml).
      - Without it the environment variables C(OS_*) are used, as by every OpenStack client.
    type: str
  region_name:
    description: The region.
    type: str
  interface:
    description: Which of the endpoints in the catalog to use.
    type: str
    choices: [public, internal, admin]
    aliases: [endpoint_type]
  auth:
    description: What the authentication plugin needs, such as C(auth_url), where there is no entry in C(clouds.yaml).
    type: dict
  auth_type:
    description: The name of keystoneauth's authentication plugin.
    type: str
  validate_certs:
    description: Whether the API's certificates are verified. They are when neither this nor the cloud's entry says otherwise.
    type: bool
  ca_cert:
    description: A bundle of CA certificates that the API's certificates are verified with.
    type: path
  client_cert:
    description: A client certificate for the API.
    type: path
  client_key:
    description: The key of O(client_cert).
    type: path
  api_timeout:
    description: Seconds that the client waits for an answer of an API.
    type: int
requirements:
  - openstacksdk >= 4.0.0
notes:
  - The role C(member) in the project is enough.
"""

    WAIT = r"""
options:
  wait:
    description: Whether to wait until what was asked for is there.
    type: bool
    default: true
  timeout:
    description: Seconds to wait for each thing.
    type: int
    default: 600
"""

    PLACE = r"""
options:
  root_volume_size:
    description:
      - Size in GiB of a volume that is created from the image, from which each server boots. It is deleted with the server.
      - Without it servers boot from the flavor's own disk. A flavor without one needs it.
    type: int
  availability_zone:
    description: Nova's availability zone. Servers that are created later, like these, are in the same one.
    type: str
  volume_availability_zone:
    description:
      - Cinder's availability zone of the data volumes. By default O(availability_zone), where Cinder has a zone of that name, else Cinder's own default.
      - A Nova with C(cross_az_attach=false) attaches only volumes of a server's own zone, so there give O(availability_zone), too.
    type: str
  ip_version:
    description:
      - The version of IP by which the database is reached, and the members reach each other, on the first network.
      - By default 4, or 6 where the first network has no subnet of version 4. It is fixed for life.
      - V(6) is for a Galera cluster only, and refused for other datastores. It was seen to work with MariaDB 10.11 and TLS on a network of both versions
        (created, joined by a full transfer, and again by an incremental one), and not on a network of version 6 alone.
    type: int
    choices: [4, 6]
"""

    EVIDENCE = r"""
options:
  evidence:
    description:
      - What the members said, as the filter P(stackdb.trove.evidence#filter) gathers it. Whose words are needed is read from Nova.
      - Without it and without O(force) the act is refused, with the names of those that are silent.
      - In check mode O(evidence.before) is judged alone when it is given, and the plan says what needs proof.
    type: dict
    suboptions:
      before:
        description: By the name of each member what it said before the databases were changed, C(said), or why nothing is known of it, C(silent).
        type: dict
      after:
        description: The same of after the change.
        type: dict
  force:
    description: Act without evidence. What may be lost by that is named in the plan and in a warning.
    type: bool
    default: false
"""

    CLEAR_TASK = r"""
options:
  clear_task:
    description:
      - Give up a task of another verb that has not ended. What was never proven by that is named in the plan and in a warning.
      - A deletion cannot be given up.
    type: bool
    default: false
"""

    ACTIONGROUP = r"""
attributes:
  action_group:
    description: Use C(group/stackdb.trove.trove) in C(module_defaults) to set the cloud once for all modules.
    support: full
    membership: [stackdb.trove.trove]
"""

    ATTRIBUTES = r"""
attributes:
  check_mode:
    description: Can run in check mode and return the changed status and the plan without changing anything.
    support: full
  diff_mode:
    description: Returns what is different, before and after, and the plan as text.
    support: full
"""

    INFO = r"""
attributes:
  check_mode:
    description: Can run in check mode, since it only reads.
    support: full
  diff_mode:
    description: Returns what is different.
    support: N/A
"""
