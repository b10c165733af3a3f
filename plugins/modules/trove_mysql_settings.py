#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_mysql_settings
short_description: Write the settings file of a MariaDB or MySQL server, or refuse settings by name
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Writes settings as lines of an option file that give exactly these values, or refuses them before the file is touched, naming the setting.
  - A truth value becomes C(ON) or C(OFF), or 1 and 0 of a setting that holds a number; null the bare word; a list one line each of what a server
    collects (C(plugin_load_add), C(replicate_do_db) and their like), and words with commas between of all others. A text is the value itself, without
    escapes; one pair of quotes around the whole of it is removed, as an option file does it. A text has one line, without control characters, of at
    most 4000 bytes.
  - A name is a whole one that the server knows, in any case and with C(-) or C(_). Refused are abbreviations, the prefixes C(skip_), C(enable_),
    C(disable_) and C(maximum_) before the name of another setting, a setting that is there twice, and what the role sets itself. With C(loose_) before
    it a name that the server does not know stands in the file and does nothing.
  - Where the server is installed, its program reads the settings (C(--verbose --help), C(--validate-config)), and a new server is started with them for
    a moment, as the service's user, in a directory below C(/var/tmp) that is deleted then (MySQL makes about 80 MB there). It has no network and does not
    see O(datadir). What it shows of each setting is noted, and tells later whether a running server has it. A number or truth value of which
    the server sets another value (it rounds to blocks, or applies bounds) is refused, with the value that it sets; so is what it takes for something else
    (a C(maybe) where ON or OFF is wanted). Where -1 or 0 is the server's own default, it lets the server choose, and is taken whatever the server
    shows. Of a text the server knows best what it means, so C(utf8), which is utf8mb3, and the C(sql_mode) TRADITIONAL are taken.
  - What the host's limit of open files and of asynchronous requests to disks leaves of C(max_connections), C(table_open_cache),
    C(table_definition_cache), C(innodb_open_files), C(open_files_limit) and C(innodb_use_native_aio) is told in RV(remarks) and as a warning, and not
    refused. So is what the file system below C(/var/tmp) leaves of C(innodb_log_file_mmap) and C(innodb_log_write_ahead_size). That of the data
    decides, and M(stackdb.trove.trove_mysql_server) and M(stackdb.trove.trove_galera) warn of values that the running server has changed.
  - Where a server does not start, or refuses all connections, and does not name a setting, one that makes the difference is found by halves and named, with up
    to two that it does so together with. A server that does not answer within 90 s, without turning anybody away, may be a slow host's, and is an error
    that names no setting.
  - Where the host allows no namespaces (C(unshare --mount --net), as in some containers), no server is started, RV(remarks) says so, and only what the
    program remarks by itself is refused; MySQL rounds some numbers without a remark.
  - Not tried that way, only read by the program, are the size of the redo log, paths of certificates, addresses, and what is for a repair
    (C(innodb_force_recovery), C(innodb_read_only)). C(init_file) is not run. Whether there is memory enough for all of them is not known before load comes.
  - What data are created with (C(innodb_page_size), C(innodb_data_file_path), C(innodb_undo_tablespaces), C(lower_case_table_names), C(aria_block_size)) is
    refused once there are data, if the running server or an earlier run says that they have another value. MySQL's tables are created with its defaults, so
    there it is refused always.
  - Runs on the guest, as root.
options:
  engine:
    description: Which server it is.
    type: str
    choices: [mariadb, mysql]
    required: true
  role:
    description: The role whose settings they are. V(galera) or V(mysql_replication) decides what is not the user's to set, and names the option in messages.
    type: str
    choices: [galera, mysql_replication]
    required: true
  path:
    description: The settings file.
    type: path
    required: true
  datadir:
    description: Where the data are.
    type: path
    required: true
  settings:
    description: The user's settings.
    type: dict
    default: {}
  defaults:
    description: The role's, which O(settings) replace.
    type: dict
    default: {}
  owned:
    description: The role's, which cannot be replaced.
    type: dict
    default: {}
  overrides:
    description: The role's, which the user may give, and which count for as long as they are here, as on a replica.
    type: dict
    default: {}
  provider_options:
    description: Galera's parameters of the user (C(wsrep_provider_options)), by name.
    type: dict
    default: {}
  owned_provider_options:
    description: The role's, which cannot be replaced.
    type: dict
    default: {}
  head:
    description: Text before the settings, such as a comment.
    type: str
    default: ""
  tail:
    description: Text behind them, such as another section.
    type: str
    default: ""
  state:
    description:
      - V(checked) only refuses what must be refused. Without an installed server it knows what is the role's, and what cannot stand in an option file.
      - V(present) also writes the file.
    type: str
    choices: [checked, present]
    default: present
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
requirements:
  - PyMySQL on the guest
  - util-linux (unshare, choom)
seealso:
  - module: stackdb.trove.trove_mysql_server
  - module: stackdb.trove.trove_galera
"""

EXAMPLES = r"""
- name: Write the server's settings
  become: true
  stackdb.trove.trove_mysql_settings:
    engine: mariadb
    role: galera
    path: /etc/mysql/mariadb.conf.d/90-stackdb-galera.cnf
    datadir: /var/lib/mysql
    settings:
      event_scheduler: true
      sql_mode: [TRADITIONAL, ANSI_QUOTES]
      init_connect: SET NAMES utf8mb4
"""

RETURN = r"""
plan:
  description: The steps, as they were created, or would be in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    action:
      description: What is done.
      type: str
    kind:
      description: To what.
      type: str
    name:
      description: To which.
      type: str
    why:
      description: The reason.
      type: str
    risk:
      description: What it may cost.
      type: str
    stage:
      description: Steps of one stage belong together; stages follow each other.
      type: int
remarks:
  description: What the host does not let the server have as it was written, and that no server could be started to try the settings, when they were read again.
  returned: success
  type: list
  elements: str
"""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from ..module_utils._datastores.mysql.guest.engines import ENGINES
from ..module_utils._datastores.mysql.verbs.settings import Asked, SettingsFile
from ..module_utils._guest import lock
from ..module_utils._module import guest
from ..module_utils._plan.runner import reconcile


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    names = ("role", "settings", "defaults", "owned", "head", "tail", "provider_options", "owned_provider_options", "overrides")
    asked = Asked(*(params[name] for name in names))
    file = SettingsFile(ENGINES[params["engine"]], params["path"], params["datadir"], asked)
    only_checked = params["state"] == "checked"
    with nullcontext() if check_mode or only_checked else lock.held("settings", 300):
        outcome = reconcile(file, check_mode or only_checked)
    remarks = list(outcome.plan.warnings)
    result = {"changed": outcome.changed and not only_checked, "plan": outcome.plan.view(), "remarks": remarks, **guest.warnings(remarks)}
    return result if only_checked else {**result, "diff": {**outcome.diff(), "before_header": params["path"], "after_header": params["path"]}}


def main() -> None:
    guest.run(
        act,
        {
            "engine": {"type": "str", "choices": ["mariadb", "mysql"], "required": True},
            "role": {"type": "str", "choices": ["galera", "mysql_replication"], "required": True},
            "path": {"type": "path", "required": True},
            "datadir": {"type": "path", "required": True},
            "settings": {"type": "dict", "default": {}},
            "defaults": {"type": "dict", "default": {}},
            "owned": {"type": "dict", "default": {}},
            "overrides": {"type": "dict", "default": {}},
            "provider_options": {"type": "dict", "default": {}},
            "owned_provider_options": {"type": "dict", "default": {}},
            "head": {"type": "str", "default": ""},
            "tail": {"type": "str", "default": ""},
            "state": {"type": "str", "choices": ["checked", "present"], "default": "present"},
        },
    )


if __name__ == "__main__":
    main()
