# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server is stopped when Nova says that it is off, whatever another run has begun, and what refuses is told."""

from __future__ import annotations

from itertools import chain, repeat
from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud.power import stop_server
from ansible_collections.stackdb.trove.plugins.module_utils._cloud.waiter import TimedOut
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError
from ansible_collections.stackdb.trove.tests.unit.fake_proxy import http_error
from openstack.exceptions import ConflictException, ForbiddenException


def stopped(cloud, states, answer=None):
    """How often Nova was asked to stop a server that is seen in these states, ``(status, task_state)``, one after another; the last one stays."""
    seen = chain(states, repeat(states[-1]))
    asked = []

    def stop(_id):
        asked.append(_id)
        if answer:
            raise answer

    def get(_id):
        status, task_state = next(seen)
        return Thing(status=status, task_state=task_state)

    cloud.compute.get_server, cloud.compute.stop_server = get, stop
    stop_server(cloud, "s1", 0.9)
    return len(asked)


@pytest.mark.parametrize(
    ("states", "asked"),
    [
        ([("ACTIVE", None), ("ACTIVE", "powering-off"), ("SHUTOFF", None)], 1),
        ([("SHUTOFF", None)], 0),
        # of a run that was killed
        ([("ACTIVE", "powering-off"), ("SHUTOFF", None)], 0),
        # somebody starts it
        ([("SHUTOFF", "powering-on"), ("ACTIVE", None), ("SHUTOFF", None)], 1),
        ([("ERROR", None), ("SHUTOFF", None)], 1),
    ],
)
def test_it_is_asked_for_where_nobody_has(cloud, states, asked):
    assert stopped(cloud, states) == asked


def test_one_that_does_not_stop_is_no_stopped_one(cloud):
    with pytest.raises(TimedOut, match="the server s1 to be SHUTOFF; seen last: ACTIVE, powering-off"):
        stopped(cloud, [("ACTIVE", "powering-off")])


def test_a_busy_one_is_asked_again(cloud):
    busy = http_error(ConflictException, "it is in task_state rebooting", 409)
    assert stopped(cloud, [("ACTIVE", None), ("SHUTOFF", None)], busy) == 1


def test_what_nova_forbids_is_told(cloud):
    with pytest.raises(CloudError, match="Cannot stop the server s1"):
        stopped(cloud, [("ACTIVE", None)], http_error(ForbiddenException, "policy", 403))
