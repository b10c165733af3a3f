# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is otherwise in a new version, by its program's words."""

from __future__ import annotations

from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules import new_version
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules.catalogue import Catalogue
from ansible_collections.stackdb.trove.plugins.module_utils._datastores.mysql.rules.option_file import Option


def catalogue(**values: str) -> Catalogue:
    return Catalogue(values, {name: name for name in values})


OLD = catalogue(
    wsrep_load_data_splitting="FALSE", innodb_snapshot_isolation="FALSE", max_connections="151", basedir="/usr", plugin_dir="/a", name_resolve="1",
    doublewrite="TRUE",
)  # fmt: skip
NEW = catalogue(
    innodb_snapshot_isolation="TRUE", max_connections="151", basedir="/tmp/x", plugin_dir="/b", new_one="1", name_resolve="1", doublewrite="ON",
)  # fmt: skip


def option(name: str, value: str | None = "ON") -> Option:
    return Option(name, (value,))


def test_a_setting_that_is_gone_is_named() -> None:
    (found,) = new_version.unknown([option("max_connections", "9"), option("wsrep_load_data_splitting")], OLD, NEW)
    assert found.startswith("wsrep_load_data_splitting is set (ON), and the new version does not know it")


def test_so_it_is_behind_a_prefix_and_one_that_the_server_may_do_without_is_let_through() -> None:
    assert len(new_version.unknown([option("skip_wsrep_load_data_splitting", None)], OLD, NEW)) == 1
    assert new_version.unknown([option("loose_wsrep_load_data_splitting"), option("skip_name_resolve", None)], OLD, NEW) == []


def test_what_neither_knows_is_a_plugins() -> None:
    options = [option("server_audit_logging"), option("max_connections"), option("new_one")]
    assert new_version.unknown(options, OLD, NEW) == []
    assert [one.name for one in new_version.of_both(options, OLD, NEW)] == ["max_connections", "new_one"]


def test_defaults_that_no_setting_covers() -> None:
    assert new_version.changed_defaults(OLD, NEW, []) == {"innodb_snapshot_isolation": ["FALSE", "TRUE"]}
    assert new_version.changed_defaults(OLD, NEW, [option("innodb_snapshot_isolation", "OFF")]) == {}
