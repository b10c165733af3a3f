# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection: what the options become, errors in the cloud's own words, and calls at the same time."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import connection
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import CloudError, Refused
from ansible_collections.stackdb.trove.tests.unit.fake_openstack import http_error
from keystoneauth1.exceptions import ConnectFailure
from openstack.exceptions import ConfigException, ForbiddenException, NotFoundException


def refuse(error):
    raise error


@pytest.mark.parametrize(
    ("error", "text", "status"),
    [
        (http_error(ForbiddenException, "Quota exceeded for cores", 403), "Quota exceeded for cores", 403),
        (ConnectFailure("Unable to establish connection"), "Unable to establish connection", None),
        (ConfigException("Cloud mine was not found."), "Cloud mine was not found.", None),
    ],
)
def test_an_error_of_the_cloud_keeps_its_words(error, text, status):
    with pytest.raises(CloudError) as raised, connection.translated("make the server"):
        refuse(error)
    assert raised.value.message == f"Cannot make the server: {text}"
    assert (raised.value.details["http_status"] or None) == status


def test_what_is_missing_is_known():
    with pytest.raises(CloudError) as raised, connection.translated("get it"):
        refuse(http_error(NotFoundException, "no such server", 404))
    assert connection.is_missing(raised.value)
    assert not connection.is_missing(Refused("no"))


def test_a_fault_of_ours_is_not_called_the_clouds():
    with pytest.raises(KeyError), connection.translated("get it"):
        refuse(KeyError("id"))


class TestAtOnce:
    def test_results_come_in_the_order_of_the_calls(self):
        assert connection.at_once(*(lambda n=n: n for n in range(30))) == list(range(30))
        assert connection.at_once() == []

    def test_calls_run_at_the_same_time(self):
        meeting = threading.Barrier(3, timeout=10)
        assert sorted(connection.at_once(meeting.wait, meeting.wait, meeting.wait)) == [0, 1, 2]

    def test_all_end_before_the_first_error_is_raised(self):
        ended = []
        with pytest.raises(Refused, match="second"):
            connection.at_once(lambda: ended.append(1), lambda: refuse(Refused("second")), lambda: refuse(Refused("third")), lambda: ended.append(4))
        assert ended == [1, 4]

    @pytest.mark.parametrize("others", [[], [lambda: "fine"]])
    def test_settled_errors_are_results_but_faults_of_ours_are_raised(self, others):
        error = Refused("no")
        assert connection.at_once_settled(lambda: refuse(error), *others)[0] == (None, error)
        with pytest.raises(ZeroDivisionError):
            connection.at_once_settled(lambda: 1 // 0, *others)


def test_options_have_the_sdks_names(monkeypatch):
    asked = {}
    monkeypatch.setattr(connection.openstack, "connect", lambda **arguments: asked.update(arguments) or refuse(ConfigException("enough seen")))
    options = {"cloud": "mine", "region_name": None, "auth": None, "validate_certs": False, "ca_cert": "/ca", "client_cert": "/c", "client_key": "/k"}
    with pytest.raises(CloudError, match="Cannot connect to the cloud: enough seen"):
        connection.Cloud(options)
    assert asked == {"app_name": "stackdb.trove", "cloud": "mine", "verify": False, "cacert": "/ca", "cert": "/c", "key": "/k"}
