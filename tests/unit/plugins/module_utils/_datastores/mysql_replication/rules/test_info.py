# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql_replication.rules import info
from ansible_collections.stackdb.trove.tests.unit.replication_builders import link


def test_what_a_link_says_of_its_source() -> None:
    address = info.address_of(link(user="trove_r_2"))
    assert (str(address), address.user) == ("10.0.0.1:3306", "trove_r_2")
    assert info.certificate_of(link()) == {"ca_cert": "/tls/ca.pem", "client_cert": "/tls/server.pem", "client_key": "/tls/server.key"}
