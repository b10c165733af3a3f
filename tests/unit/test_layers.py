# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The architecture as a test: imports point down the layers, and each outside library is imported in one layer only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from zlib import compress

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
PREFIX = "ansible_collections.stackdb.trove.plugins."

# What each layer may import of ours, besides itself. In a house of _datastores the floors are layers of their own, see `floors`.
MAY_IMPORT = {
    "modules": {"_module", "_servers", "_cloud", "_guest", "_plan", "_model", "_upgrades", "rules", "guest", "verbs"},
    "_module": {"_servers", "_cloud", "_guest", "_plan", "_model", "_upgrades", "guest", "rules"},
    "_servers": {"_cloud", "_plan", "_model", "base", "registry"},
    "_cloud": {"_model"},
    "_guest": {"_model"},
    "_plan": {"_model"},
    "_upgrades": {"_plan", "_guest", "_model"},
    "_model": set(),
    "_view": {"_model", "base", "registry"},
    "base": {"_model"},
    "registry": {"_model", "base", "driver"},
    "inventory": {"_cloud", "_model", "registry"},
    "filter": {"_view", "_model", "registry", "rules"},
    "action": {"plugin_utils", "_view", "_model", "registry", "rules"},
    # modules that talk to the cloud run in its process
    "plugin_utils": {"_module", "_model", "base", "registry"},
    "doc_fragments": set(),
}

# What a floor may import: of its own house, of the house `mysql`, which Galera and replication share, and of what lies below.
HOUSE_OF_AN_ENGINE = "mysql"
FLOORS = {
    "driver": {"rules", "base", "_model"},
    "rules": {"_model"},
    "guest": {"rules", "_guest", "_model"},
    "verbs": {"driver", "rules", "guest", "_upgrades", "_plan", "_guest", "_model"},
}

# Outside libraries with one home each. Modules are thin: even AnsibleModule reaches them through _module.
HOME_OF = {
    "openstack": {"_cloud"},
    "pymysql": {"mysql/guest"},
    "redis": {"redis_cluster/guest"},
    "ansible.module_utils.basic": {"_module"},
    # it is not on the guests
    "cryptography": {"plugin_utils"},
}

# Layers of pure functions: nothing that reads, writes, waits or knows Ansible.
PURE = {"_model", "_plan", "_view", "base", "registry", "driver", "rules"}
IMPURE_IMPORTS = {"ansible", "http", "os", "pathlib", "requests", "shutil", "socket", "subprocess", "time", "urllib"}


def layer_of(name: str) -> str:
    """The layer of a dotted name below plugins: `module_utils._cloud.x` is in `_cloud`, `modules.x` in `modules`.

    In _datastores a file is a layer by itself, and a floor of a house is `<house>/<floor>`.
    """
    parts = name.split(".")
    if parts[0] != "module_utils" or len(parts) == 1:
        return parts[0]
    if parts[1] != "_datastores" or len(parts) == 2:
        return parts[1]
    return "/".join(parts[2:4]) if parts[2] not in ("base", "registry") else parts[2]


def may_import(layer: str, target: str) -> bool:
    house, _slash, floor = layer.rpartition("/")
    other, _slash, kind = target.rpartition("/")
    if layer == target:
        return True
    if not house:
        return kind in MAY_IMPORT.get(layer, set())
    if other:
        return other in (house, HOUSE_OF_AN_ENGINE) and kind in {floor, *FLOORS[floor]}
    return kind in FLOORS[floor]


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(PLUGINS).with_suffix("").parts)


def imports(source: str, module: str, is_package: bool = False) -> Iterator[tuple[int, str]]:
    """(line, full dotted name) of everything that a source imports, wherever in the file; our own names start with 'ours:'."""
    package = PREFIX + module if is_package else (PREFIX + module).rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parent, *filter(None, [node.module])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            yield node.lineno, "ours:" + name[len(PREFIX):] if name.startswith(PREFIX) else name


def faults(source: str, module: str, is_package: bool = False) -> list[str]:
    """What a source imports against the rules, a line each."""
    layer, found = layer_of(module), []
    for line, name in imports(source, module, is_package):
        if name.startswith("ours:"):
            target = layer_of(name[len("ours:"):])
            if not may_import(layer, target):
                found.append(f"{module}:{line}: {layer} imports {target}")
            continue
        found += [
            f"{module}:{line}: only {', '.join(homes)} imports {library}"
            for library, homes in HOME_OF.items()
            if layer not in homes and (name == library or name.startswith(library + "."))
        ]
        if layer.rpartition("/")[2] in PURE and name.partition(".")[0] in IMPURE_IMPORTS:
            found.append(f"{module}:{line}: {layer} is pure, {name} is not")
    return found


SOURCES = sorted(PLUGINS.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=dotted)
def test_imports_point_down(path: Path) -> None:
    module = dotted(path.parent if path.name == "__init__.py" else path)
    assert layer_of(module).rpartition("/")[2] in {*MAY_IMPORT, *FLOORS}, f"{path} belongs to no layer"
    assert faults(path.read_text(), module, path.name == "__init__.py") == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("module_utils._model.cluster", "from .._cloud.servers import list_servers"),
        ("module_utils._model.cluster", "from .. import _cloud"),
        ("module_utils._model.cluster", "from .._plan.plan import Step"),
        ("module_utils._cloud.servers", "from .._datastores.registry import driver"),
        ("module_utils._guest.host", "from .._cloud import connect"),
        ("module_utils._servers.cluster", "from .._module.spec import SPEC"),
        ("module_utils._servers.cluster", "from .._datastores.galera.driver import Galera"),
        ("module_utils._servers.cluster", "from .._datastores.galera.rules import member_state"),
        ("module_utils._servers.cluster", "def f():\n    import openstack"),
        ("module_utils._datastores.galera.driver", "import subprocess"),
        ("module_utils._datastores.galera.driver", "from .guest import member"),
        ("module_utils._datastores.galera.rules.member_state", "from ..guest import member"),
        ("module_utils._datastores.galera.guest.member", "from ..verbs import member"),
        ("module_utils._datastores.galera.guest.member", "from ...registry import get"),
        ("module_utils._datastores.galera.guest.member", "from ...mysql_replication.guest import snapshot"),
        ("module_utils._datastores.galera.verbs.member", "from ...redis_cluster.rules import slots"),
        ("module_utils._datastores.galera.verbs.member", "from ....._servers import cluster"),
        ("module_utils._datastores.galera.guest.member", "import pymysql"),
        ("module_utils._datastores.mysql.guest.connection", "import redis"),
        ("module_utils._view.cluster", "from .._datastores.galera.guest import member"),
        ("module_utils._plan.plan", "from ansible.module_utils.common.text.converters import to_text"),
        ("modules.trove_cluster", "from ansible.module_utils.basic import AnsibleModule"),
        ("modules.trove_cluster", "import openstack.connection"),
        ("filter.galera_health", "from ..module_utils._datastores.galera.guest import member"),
        ("filter.galera_health", "from ..module_utils._datastores.galera.verbs import member"),
        ("inventory.trove", "from ..module_utils._datastores.galera.guest import member"),
        ("inventory.trove", "from ansible_collections.stackdb.trove.plugins.module_utils._servers.cluster import observe"),
    ],
)
def test_an_arrow_up_is_seen(module: str, source: str) -> None:
    assert len(faults(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("module_utils._cloud.servers", "from .._model.cluster import Cluster\nimport openstack"),
        ("module_utils._servers.cluster", "from .._plan.plan import x\nfrom .._cloud import connect\nfrom .._datastores import registry"),
        ("module_utils._datastores.galera.driver", "from ..base import Driver\nfrom .rules import member_state\nfrom ..mysql.rules import settings"),
        ("module_utils._datastores.galera.guest.member", "from ...mysql.guest import connection\nfrom ...._guest import command"),
        ("module_utils._datastores.galera.verbs.member", "from ..guest import member\nfrom ...mysql.verbs import server\nfrom ...._plan.plan import Plan"),
        ("module_utils._datastores.mysql.guest.connection", "import pymysql.cursors"),
        ("modules.trove_cluster", "from ..module_utils._module.cluster import main"),
        ("filter.mysql_replication_health", "from ..module_utils._datastores.mysql_replication.rules import replication"),
    ],
)
def test_an_arrow_down_is_let_through(module: str, source: str) -> None:
    assert faults(source, module) == []


# What a guest's module carries to the guest


def closure(module: str) -> dict[str, int]:
    """Everything of ours that a module drags along, as AnsiballZ sees it: ``{dotted name: bytes in its zip file}``."""
    by_name = {dotted(path): path for path in SOURCES}
    found: dict[str, int] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found or name not in by_name:
            continue
        source = by_name[name].read_text()
        found[name] = len(compress(source.encode()))
        for _line, wanted in imports(source, name):
            if wanted.startswith("ours:"):
                full = wanted[len("ours:"):]
                waiting += [full, full.rpartition(".")[0]]
    return found


MODULES = [path.stem for path in SOURCES if path.parent.name == "modules"]
GUESTS_MODULES = [name for name in MODULES if "module_utils._module.guest" in closure(f"modules.{name}")]


@pytest.mark.parametrize("module", GUESTS_MODULES)
def test_guests_module_is_light(module: str) -> None:
    dragged = closure(f"modules.{module}")
    assert {layer_of(name) for name in dragged} & {"registry", "_servers", "_cloud", "_view"} == set()
    assert sum(size for name, size in dragged.items() if name.startswith("module_utils")) <= 98 * 1024, sorted(dragged)


def test_there_is_no_init_file_in_module_utils() -> None:
    """Namespace packages: an empty file a folder says nothing, and AnsiballZ makes its own."""
    assert list((PLUGINS / "module_utils").rglob("__init__.py")) == []
