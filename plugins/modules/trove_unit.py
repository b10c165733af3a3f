#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_unit
short_description: Stop a database's unit in order, so that it stays down, or start it again
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - For verbs that stop a server to have it stay down, also over a reboot of its host, until another verb starts it.
  - Whether the database may stop, and whether it serves when its unit runs, is asked by the playbooks. Runs on the guest, as root.
options:
  name:
    description: The unit's full name, such as V(mariadb.service). One that systemd does not have is refused.
    type: str
    required: true
  state:
    description:
      - V(stopped) stops it, and lets it not start at boot. Of one that is down the failure of an earlier start is cleared. It fails for a unit that did
        not stop in order; the next run finds it down, and cannot tell that from a start that failed.
      - V(started) lets it start at boot, starts it, and waits until systemd says that it runs. What O(others) had noted is deleted then.
    type: str
    choices: [stopped, started]
    required: true
  others:
    description: With O(state=stopped), the names of the members that serve when this one stops. They are noted, so that the start finds who stopped last. It is
      noted once, also of a unit that was down already. Without it nothing is noted.
    type: list
    elements: str
  timeout:
    description: Seconds to wait for systemd. The unit's own limits count besides; one that loads or saves much data may have none.
    type: int
    default: 86400
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
"""

EXAMPLES = r"""
- name: Stop the server, and note that no member serves
  become: true
  stackdb.trove.trove_unit:
    name: mariadb.service
    state: stopped
    others: []
"""

RETURN = r"""
done:
  description: What was done, or would be in check mode, in this order; empty for a unit that is so already.
  returned: success
  type: list
  elements: str
unit:
  description: >-
    The unit afterwards, its C(state) in systemd's words, whether it starts at boot (C(enabled)), and what was noted when it C(stopped), V(none) of one that
    runs. In check mode as it is before.
  returned: success
  type: dict
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._guest import power, stopped
from ..module_utils._guest.systemd import Unit
from ..module_utils._model.errors import InvalidInput
from ..module_utils._module import guest


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    unit, timeout = Unit(params["name"]), params["timeout"]
    starts = params["state"] == "started"
    if starts and params["others"] is not None:
        raise InvalidInput("others", params["others"], "only with state=stopped")
    before = _view(unit)
    done = power.start(unit, timeout, check_mode) if starts else power.stop(unit, params["others"], timeout, check_mode)
    after = _view(unit)
    return {"changed": bool(done), "done": done, "unit": after, "diff": {"before": before, "after": after, "prepared": "".join(f"~ {what}\n" for what in done)}}


def _view(unit: Unit) -> dict[str, Any]:
    shown = unit.show()
    return {"state": shown["state"], "enabled": shown["enabled"], "stopped": stopped.read(unit)}


def main() -> None:
    guest.run(
        act,
        {
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["stopped", "started"], "required": True},
            "others": {"type": "list", "elements": "str"},
            "timeout": {"type": "int", "default": power.PATIENCE},
        },
    )


if __name__ == "__main__":
    main()
