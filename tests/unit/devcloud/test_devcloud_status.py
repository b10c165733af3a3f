# SPDX-License-Identifier: GPL-3.0-or-later
import datetime

import pytest
from control.status import EXPECTED, judge, process_of

START = 1_800_000_000


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000000")


@pytest.fixture
def reports():
    return [{"name": binary, "host": host or "any", "state": "up", "seen": "" if binary == "hypervisor" else stamp(START + 5)}
            for binary, host in EXPECTED]


@pytest.fixture
def since():
    return {process_of(binary, host): START for binary, host in EXPECTED}


def test_all_is_well(reports, since):
    assert judge(reports, since) == []


def test_a_report_of_the_run_before_does_not_count(reports, since):
    for report in reports:
        if report["name"] == "nova-compute" and report["host"] == "compute2":
            report["seen"] = stamp(START - 5)
    assert judge(reports, since) == ["nova-compute on compute2 has not reported since its start"]


def test_a_worker_that_is_down(reports, since):
    next(report for report in reports if report["name"] == "cinder-volume")["state"] = "down"
    assert judge(reports, since) == ["cinder-volume is down"]


def test_nobody_has_reported(since):
    assert len(judge([], since)) == len(EXPECTED)
    assert judge([], since)[0] == "nova-scheduler has not reported"
