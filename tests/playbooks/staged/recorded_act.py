# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In the place of every entry point of the roles: notes that a member acted, which changes what the members say from then on."""

from __future__ import annotations

import os

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._scripted import script


def main():
    module = AnsibleModule({"event": {"type": "dict", "required": True}}, supports_check_mode=True)
    name = os.environ["TROVE_MEMBER"]
    troubles = script.troubles(name)
    if "act_fails" in troubles:
        module.fail_json(msg=f"the scripted role fails on {name}")
    if not module.check_mode:
        script.note({"what": "act", "who": name, **module.params["event"]})
        script.passed()
    if "act_fails_late" in troubles:
        module.fail_json(msg=f"the scripted role fails on {name} after its change")
    module.exit_json(changed=True)


if __name__ == "__main__":
    main()
