# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server and a Galera member have these steps in common, so that both plans say the same of them."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.verbs import member
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.verbs import server, steps


def test_both_have_the_same_steps():
    for step in (steps.UpdateService, steps.CreateDatadir, steps.UpdateCertificate):
        assert getattr(member, step.__name__) is getattr(server, step.__name__) is step


def test_what_a_plan_says_of_them():
    assert steps.CreateDatadir("/var/lib/mysql", "it is empty").line() == "+ create datadir /var/lib/mysql: it is empty"
    assert steps.UpdateService("mariadb.service", "it starts at boot").line() == "~ update service mariadb.service: it starts at boot"
    assert steps.UpdateCertificate("mariadbd", "server.pem changed").line() == "~ update certificate mariadbd: server.pem changed"
