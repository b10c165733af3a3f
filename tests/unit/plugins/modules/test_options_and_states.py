# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each option is read in each state, or refused by its name: none is dropped without a word. Over the specs, so a new option is in it."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace as Thing

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._cloud import connection, lease, waiter
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput, TroveError
from ansible_collections.stackdb.trove.plugins.module_utils._module.cloud import COMMON
from ansible_collections.stackdb.trove.tests.unit.fake_neutron import FakeNeutron
from ansible_collections.stackdb.trove.tests.unit.fake_openstack import FakeOpenStack

PREFIX = "ansible_collections.stackdb.trove.plugins.modules."
#: of each module with states the least that each needs
NEEDS = {
    "trove_cluster": {
        "present": {"name": "shop", "datastore_version": "10.11", "instances": 3, "flavor": "db.small", "image": "debian-12", "networks": ["db-net"]},
        "grown": {"name": "shop", "instances": 3},
        "shrunk": {"name": "shop", "members": ["shop-1"]},
        "replaced": {"name": "shop", "members": ["shop-1"]},
        "absent": {"name": "shop"},
    },
    "trove_cluster_power": {"stopped": {"name": "shop"}, "started": {"name": "shop"}},
    "trove_instance_power": {"stopped": {"name": "orders"}, "started": {"name": "orders"}},
    "trove_instance": {
        "present": {"name": "orders", "datastore_version": "10.11", "flavor": "db.small", "image": "debian-12", "networks": ["db-net"]},
        "absent": {"name": "orders"},
    },
    "trove_replica": {
        "present": {"source": "orders"},
        "attached": {"name": "orders-replica", "source": "orders"},
        "topology": {"name": "orders-replica", "contract": {"replicates_from": ["orders"]}},
        **{state: {"name": "orders-replica"} for state in ("detached", "promoted", "ejected", "recovered", "absent")},
    },
    "trove_resize": {
        "planned": {"of": "cluster", "name": "shop", "flavor": "db.medium"},
        "extended": {"of": "cluster", "name": "shop", "members": ["shop-1"], "volume_size": 9},
        "resized": {"of": "cluster", "name": "shop", "members": ["shop-1"], "flavor": "db.medium"},
        "settled": {"of": "cluster", "name": "shop", "members": ["shop-1"], "flavor": "db.medium"},
    },
    "trove_server_group": {"present": {"name": "g", "policy": "affinity"}, "absent": {"name": "g"}},
}


def spec_of(name):
    return import_module(PREFIX + name).ARGUMENT_SPEC


PAIRS = [
    pytest.param(module, state, option, id=f"{module}-{state}-{option}")
    for module, states in NEEDS.items()
    for state in states
    for option in spec_of(module)
    if option not in COMMON
]


class Recorder(dict):
    """Options of which is known which were read."""

    def __init__(self, options):
        super().__init__(options)
        self.read = set()

    def __getitem__(self, name):
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        self.read.add(name)
        return super().get(name, default)


def given(option):
    """A value of the option's type that is not its default."""
    kind = option.get("type", "str")
    choices = [choice for choice in option.get("choices", ()) if choice != option.get("default")]
    if choices:
        return choices[-1]
    values = {"bool": not option.get("default", False), "int": 2, "list": ["x"], "dict": {}, "raw": 4, "str": "x"}
    return values[kind]


@pytest.fixture
def cloud(monkeypatch):
    monkeypatch.setattr(connection, "PARALLEL", 1)
    monkeypatch.setattr(waiter.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(lease, "clock", lambda: FakeNeutron.now)
    return FakeOpenStack()


def act(monkeypatch, cloud, name, options):
    """Let the module act: the options that it read, after the one that refuses what is unused."""
    module = import_module(PREFIX + name)
    read = Recorder(options)
    monkeypatch.setattr(module, "make_module", lambda *_spec, **_rules: Thing(check_mode=True, warn=lambda text: None, params=options))
    monkeypatch.setattr(module, "run", lambda _module, what: what(read, lambda: cloud))
    refuse = module.refuse_unused
    monkeypatch.setattr(module, "refuse_unused", lambda spec, _options, *rest: refuse(spec, options, *rest))
    try:
        module.main()
    except InvalidInput as error:
        read.read.add(error.option.partition("[")[0])
    except (TroveError, TypeError):
        # what it was read for may not be there
        pass
    return read.read


def test_all_modules_with_states_are_here():
    from pathlib import Path

    folder = Path(__file__).resolve().parents[4] / "plugins" / "modules"
    names = [path.stem for path in folder.glob("trove_*.py") if '"state": {' in path.read_text() and "_module.cloud" in path.read_text()]
    assert sorted(names) == sorted(NEEDS)
    for name in names:
        assert set(NEEDS[name]) == set(spec_of(name)["state"]["choices"])


@pytest.mark.parametrize(("module", "state", "option"), PAIRS)
def test_none_is_dropped(monkeypatch, cloud, module, state, option):
    spec = spec_of(module)
    options = {name: one.get("default") for name, one in spec.items()}
    options.update(state=state, **NEEDS[module][state])
    if options[option] == spec[option].get("default"):
        options[option] = given(spec[option])
    assert option in act(monkeypatch, cloud, module, options)
