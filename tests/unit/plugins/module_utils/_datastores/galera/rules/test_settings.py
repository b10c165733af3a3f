# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.galera.rules import settings
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules import reserved


def test_what_a_member_is_never_given_while_it_runs_is_the_roles_own() -> None:
    assert reserved.reserved("galera").keys() >= settings.FIXED
