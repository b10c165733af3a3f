# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cloud says of its own workers, as a JSON list of {name, host, state, seen}; `seen` is UTC, ISO 8601."""
import json
import sys

from control.cloud import connect


def reports():
    admin = connect("devcloud-admin")
    for proxy in (admin.compute, admin.block_storage):
        for service in proxy.services():
            yield {"name": service.binary, "host": service.host, "state": service.state,
                   "seen": service.updated_at or ""}
    for hypervisor in admin.compute.hypervisors():
        yield {"name": "hypervisor", "host": hypervisor.name, "state": hypervisor.state, "seen": ""}


if __name__ == "__main__":
    json.dump(list(reports()), sys.stdout)
