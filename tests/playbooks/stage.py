# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The staged collection: a copy of this one with its real playbooks, plugins, cloud modules and reconcilers, in which only these are replaced.

- the connection to the cloud, by a recording cloud (staged/recording_cloud.py, over tests/unit/fake_openstack.py)
- the info modules that ask a database, by scripted ones (staged/scripted_info.py, staged/database.py)
- every entry point of the roles, by a task that notes who acted (staged/recorded_act.py)
- beside them, a connection plugin by which members are unreachable where the script says so (staged/scripted_member.py)
"""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent / "staged"

#: what the recording cloud is made of. A module that is a process of its own is sent no other code of ours than module_utils.
_FAKES = ("fake_openstack", "fake_nova", "fake_cinder", "fake_neutron", "fake_proxy")
_UNITS, _SCRIPTED = "ansible_collections.stackdb.trove.tests.unit.", "ansible_collections.stackdb.trove.plugins.module_utils._scripted."

_RECORDED_ACT = """---
- name: Note that the member acts, in the place of the role
  stackdb.trove.recorded_act:
    event:
      role: "{{{{ _trove_plan.role }}}}"
      verb: "{{{{ _trove_plan.verb }}}}"
      entry_point: {entry_point}
      names: "{{{{ _trove_batch.names }}}}"
      going: "{{{{ _trove_batch.going }}}}"
      standing: "{{{{ _trove_batch.standing }}}}"
      turn: "{{{{ _trove_plan.turn }}}}"
      members: "{{{{ _trove_batch.members }}}}"
      leaving: "{{{{ _trove_plan.leaving }}}}"
      source: "{{{{ _trove_turn.source | default(_trove_plan.source) }}}}"
      ring: "{{{{ _trove_turn.ring | default([]) }}}}"
      rotation: "{{{{ _trove_plan.rotation }}}}"
      promotes: "{{{{ _trove_plan.promotes }}}}"
      subjects: "{{{{ _trove_turn.subjects | default([_trove_plan.subject]) }}}}"
      last: "{{{{ _trove_batch.number == _trove_plan.batches | length }}}}"
"""


def stage(place):
    """Make the staged collection below a directory, which becomes a collections path; its roles and info modules are still the real ones."""
    collection = place / "ansible_collections" / "stackdb" / "trove"
    ignored = shutil.ignore_patterns("__pycache__", "devcloud")
    for name in ("meta", "plugins", "playbooks", "roles", "tests/unit"):
        shutil.copytree(ROOT / name, collection / name, ignore=ignored)
    shutil.copy(ROOT / "galaxy.yml", collection)
    _replace_cloud(collection)
    _replace_databases(collection)
    shutil.copytree(HERE / "sdk", place / "sdk", ignore=ignored)


def _replace_cloud(collection):
    cloud = collection / "plugins/module_utils/_cloud"
    shutil.copy(HERE / "recording_cloud.py", cloud)
    scripted = cloud.with_name("_scripted")
    scripted.mkdir()
    for name in _FAKES:
        text = (ROOT / f"tests/unit/{name}.py").read_text()
        (scripted / f"{name}.py").write_text(text.replace(_UNITS, _SCRIPTED))
    with (cloud / "connection.py").open("a") as file:
        file.write("\n\nfrom .recording_cloud import RecordingCloud as Cloud  # noqa\n")
    with (cloud / "waiter.py").open("a") as file:
        file.write("\n\n_SHORTEST = 0.01\n")


def _replace_databases(collection):
    scripted = collection / "plugins/module_utils/_scripted"
    for name in ("script.py", "database.py"):
        shutil.copy(HERE / name, scripted)
    shutil.copy(ROOT / "tests/unit/replication_builders.py", scripted)
    shutil.copy(HERE / "recorded_act.py", collection / "plugins/modules/recorded_act.py")
    (collection / "plugins/connection").mkdir()
    shutil.copy(HERE / "scripted_member.py", collection / "plugins/connection/scripted_member.py")


def replace_what_drivers_name(place):
    """Info modules and the roles' entry points, once the staged collection can be imported."""
    from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry

    collection = place / "ansible_collections/stackdb/trove"
    for driver in registry.DRIVERS.values():
        shutil.copy(HERE / "scripted_info.py", collection / f"plugins/modules/{driver.info_module.rpartition('.')[2]}.py")
        role = collection / "roles" / driver.role.rpartition(".")[2]
        for part in role.iterdir():  # the specs stay: the first play reads the roles' options, too
            if part.name != "meta":
                shutil.rmtree(part) if part.is_dir() else part.unlink()
        (role / "tasks").mkdir()
        # drivers of one role need not have the same verbs
        verbs = [verb for other in registry.DRIVERS.values() if other.role == driver.role for verb in other.verbs.values()]
        for entry_point in {entry for verb in verbs for entry, _who in (*verb.entry_points, *verb.then)}:
            (role / f"tasks/{entry_point}.yml").write_text(_RECORDED_ACT.format(entry_point=entry_point))
