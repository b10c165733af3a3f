# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints again and again what the cloud says of its own workers, until nobody listens.

A line is a JSON list of {name, host, state, seen}; `seen` is UTC, ISO 8601. It is empty while the cloud can't be asked.
"""
import json
import time

from keystoneauth1.exceptions import ClientException
from openstack.exceptions import SDKException

from control.cloud import connect

PAUSE = 0.5  # seconds


def reports(admin):
    for proxy in (admin.compute, admin.block_storage):
        for service in proxy.services():
            yield {"name": service.binary, "host": service.host, "state": service.state,
                   "seen": service.updated_at or ""}
    for hypervisor in admin.compute.hypervisors():
        yield {"name": "hypervisor", "host": hypervisor.name, "state": hypervisor.state, "seen": ""}


def main():
    admin = connect("devcloud-admin")
    while True:
        try:
            found = list(reports(admin))
        except (SDKException, ClientException):  # an API that is still starting
            found = []
        try:
            print(json.dumps(found), flush=True)
        except BrokenPipeError:
            return
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
