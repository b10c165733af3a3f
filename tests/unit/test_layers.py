# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The architecture as a test: imports point down the layers, and each outside library is imported in one layer only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
PREFIX = "ansible_collections.stackdb.trove.plugins."

# What each layer may import of ours, besides itself.
MAY_IMPORT = {
    "modules": {"_module", "_reconcile", "_cloud", "_guest", "_datastores", "_model"},
    "_module": {"_reconcile", "_cloud", "_guest", "_datastores", "_model"},
    "_reconcile": {"_cloud", "_guest", "_datastores", "_model"},
    "_cloud": {"_model"},
    "_guest": {"_model"},
    "_datastores": {"_model"},
    "_model": set(),
    "inventory": {"_cloud", "_model"},
    "filter": {"_datastores", "_model"},
    "action": {"plugin_utils", "_datastores", "_model"},
    "plugin_utils": {"_datastores", "_model"},
    "doc_fragments": set(),
}

# Outside libraries with one home each. Modules are thin: even AnsibleModule reaches them through _module.
HOME_OF = {"openstack": "_cloud", "pymysql": "_guest", "redis": "_guest", "ansible.module_utils.basic": "_module"}

# Layers of pure functions: nothing that reads, writes, waits or knows Ansible.
PURE = {"_model", "_datastores"}
IMPURE_IMPORTS = {"ansible", "http", "os", "pathlib", "requests", "shutil", "socket", "subprocess", "time", "urllib"}


def layer_of(name: str) -> str:
    """The layer of a dotted name below plugins: `module_utils._cloud.x` is in `_cloud`, `modules.x` in `modules`."""
    parts = name.split(".")
    return parts[1] if parts[0] == "module_utils" and len(parts) > 1 else parts[0]


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
            if target not in {layer} | MAY_IMPORT.get(layer, set()):
                found.append(f"{module}:{line}: {layer} imports {target}")
            continue
        found += [
            f"{module}:{line}: only {home} imports {library}"
            for library, home in HOME_OF.items()
            if layer != home and (name == library or name.startswith(library + "."))
        ]
        if layer in PURE and name.partition(".")[0] in IMPURE_IMPORTS:
            found.append(f"{module}:{line}: {layer} is pure, {name} is not")
    return found


SOURCES = sorted(PLUGINS.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=dotted)
def test_imports_point_down(path: Path) -> None:
    module = dotted(path.parent if path.name == "__init__.py" else path)
    assert layer_of(module) in {*MAY_IMPORT, "module_utils"}, f"{path} belongs to no layer"
    assert faults(path.read_text(), module, path.name == "__init__.py") == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("module_utils._model.cluster", "from .._cloud.servers import list_servers"),
        ("module_utils._model.cluster", "from .. import _cloud"),
        ("module_utils._cloud.servers", "from .._datastores.registry import driver"),
        ("module_utils._guest.galera", "from .._cloud import connect"),
        ("module_utils._reconcile.cluster", "from .._module.spec import SPEC"),
        ("module_utils._reconcile.cluster", "def f():\n    import openstack"),
        ("module_utils._datastores.mariadb", "import subprocess"),
        ("module_utils._model.plan", "from ansible.module_utils.common.text.converters import to_text"),
        ("modules.trove_cluster", "from ansible.module_utils.basic import AnsibleModule"),
        ("modules.trove_cluster", "import openstack.connection"),
        ("inventory.trove", "from ansible_collections.stackdb.trove.plugins.module_utils._reconcile.cluster import observe"),
    ],
)
def test_an_arrow_up_is_seen(module: str, source: str) -> None:
    assert len(faults(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("module_utils._cloud.servers", "from .._model.cluster import Cluster\nimport openstack"),
        ("module_utils._reconcile.cluster", "from .plan import x\nfrom .._cloud import connect"),
        ("modules.trove_cluster", "from ..module_utils._module.cluster import main"),
        ("module_utils._guest.galera", "import pymysql.cursors"),
    ],
)
def test_an_arrow_down_is_let_through(module: str, source: str) -> None:
    assert faults(source, module) == []
