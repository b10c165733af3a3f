# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CA of a running cluster changes while clients connect and verify, a run is killed, and members join: nobody is turned away.

A CA of any age is made with dates in the past: no clock is changed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from certificate_builders import Made, ca
from clients import Clients
from conftest import NAME
from members import PROJECT, Member, problems, run, until

CONFIGURE = ["ansible-playbook", "stackdb.trove.cluster_configure", "-e", f"trove_cloud=devcloud trove_name={NAME} trove_remote_user=debian"]
TLS = "/etc/mysql/tls"


def configure(**options: object) -> str:
    return run([*CONFIGURE, "-e", json.dumps(options)], 900)


def changed(output: str) -> int:
    """How many tasks have changed a member."""
    return sum(int(found) for found in re.findall(rf"^{NAME}-\d+ .*?changed=(\d+)", output, re.MULTILINE))


def trusted(member: Member) -> int:
    return member.ssh(f"cat {TLS}/ca.pem").count("BEGIN CERTIFICATE")


def issuer(member: Member) -> str:
    return member.ssh(f"openssl x509 -in {TLS}/server.pem -noout -issuer -nameopt compat").partition("CN=")[2]


def presented(member: Member) -> str:
    """Whose certificate clients see."""
    said = member.ssh(f"openssl s_client -connect {member.address}:3306 -starttls mysql </dev/null 2>/dev/null | openssl x509 -noout -issuer -nameopt compat")
    return said.partition("CN=")[2]


def started(member: Member) -> str:
    return member.ssh("systemctl show -p ActiveEnterTimestampMonotonic --value mariadb")


def as_own(members: list[Member], authority: Made) -> None:
    """A given CA becomes the cluster's own: its key is where the role keeps it."""
    for member in members:
        member.ssh(f"sudo sh -c 'umask 077; cat > /etc/stackdb-trove/ca.key <<E\n{authority.key}E'")


def join(member: Member, clients: Clients, copied: bool) -> None:
    """The member leaves and joins, with what it missed (IST) or with a copy of all (SST)."""
    clients.resting.add(member.address)
    time.sleep(1)
    member.ssh("sudo systemctl stop mariadb", 120)
    if copied:
        member.ssh("sudo rm -f /var/lib/mysql/grastate.dat /var/lib/mysql/gvwstate.dat")
    time.sleep(1)
    member.ssh("sudo systemctl start mariadb", 300)
    until(lambda: member.status("WSREP_LOCAL_STATE_COMMENT") == "Synced", "Synced again", 120)
    clients.resting.discard(member.address)


def killed(condition: object, **options: object) -> None:
    """A run that is killed as soon as the condition holds."""
    run_ = subprocess.Popen(
        [*CONFIGURE, "-e", json.dumps(options)], cwd=PROJECT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(condition, "where the run is to be killed", 400, 0.1)
    finally:
        os.killpg(run_.pid, signal.SIGKILL)
        run_.wait()


@pytest.fixture(scope="module")
def starts(cluster: list[Member]) -> dict[str, str]:
    return {member.name: started(member) for member in cluster}


def test_a_given_ca_replaces_the_clusters_own(cluster: list[Member], clients: Clients, bundle: Path, starts: dict[str, str]) -> None:
    aged = ca("aged", begins=-2500)
    options = {"galera_tls_ca_certificate": aged.pem, "galera_tls_ca_key": aged.key}
    own = issuer(cluster[0])
    configure(**options, galera_tls_ca_change="trust")
    assert [trusted(member) for member in cluster] == [2, 2, 2]
    assert [presented(member) for member in cluster] == [own] * 3
    bundle.write_text(cluster[0].ssh(f"cat {TLS}/ca.pem") + "\n")
    killed(lambda: issuer(cluster[0]) == "aged", **options)
    configure(**options)
    assert [(trusted(member), issuer(member), presented(member)) for member in cluster] == [(1, "aged", "aged")] * 3
    assert {member.name: started(member) for member in cluster} == starts
    bundle.write_text(aged.pem)
    time.sleep(2)
    assert changed(configure(**options)) == 0
    as_own(cluster, aged)
    assert clients.refused == []
    assert all(clients.served[member.address] > 100 for member in cluster), clients.served


def test_the_own_ca_that_ages_is_followed_by_a_new_one(cluster: list[Member], clients: Clients, bundle: Path) -> None:
    configure()
    assert [(trusted(member), presented(member)) for member in cluster] == [(2, "aged")] * 3
    assert changed(configure()) == 0
    bundle.write_text(cluster[0].ssh(f"cat {TLS}/ca.pem") + "\n")
    join(cluster[1], clients, copied=False)
    killed(lambda: issuer(cluster[1]) != "aged", galera_tls_ca_change="complete")
    # one member has a certificate of each CA now
    join(cluster[2], clients, copied=True)
    configure(galera_tls_ca_change="complete")
    assert {trusted(member) for member in cluster} == {1}
    assert {presented(member) for member in cluster} == {issuer(cluster[0])} != {"aged"}
    bundle.write_text(cluster[2].ssh(f"cat {TLS}/ca.pem") + "\n")
    join(cluster[0], clients, copied=True)
    assert problems(*cluster) == []
    assert changed(configure(galera_tls_ca_change="complete")) == 0
    keys = {member.ssh("sudo sha256sum /etc/stackdb-trove/ca*.key") for member in cluster}
    assert len(keys) == 1
    assert clients.refused == []
