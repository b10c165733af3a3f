# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In the place of the datastores' info modules: says what the script has for this member and moment; else the truth, which follows from the acts."""

from __future__ import annotations

import os

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._scripted import database, script


def main():
    options = {"asked": {"type": "str"}, "address": {"type": "str"}, "client_cert": {"type": "path"}, "probe": {"type": "bool"}}
    options["peers"] = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(options, supports_check_mode=True)
    name = os.environ["TROVE_MEMBER"]
    troubles = script.troubles(name)
    script.note({"what": "look", "who": name, "asked": module.params["asked"]})
    if "fails" in troubles:
        module.fail_json(msg="the scripted info module fails")
    module.exit_json(**database.word(name, module.params["asked"], troubles, module.params["peers"]))


if __name__ == "__main__":
    main()
