# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes `ansible_collections.stackdb.trove` importable from a plain checkout, so that `pytest tests/unit` needs no installation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

ROOT = Path(__file__).resolve().parents[2]


def _find_collection_in_checkout() -> None:
    """Let Ansible's own collection loader find this checkout under the name that galaxy.yml gives it."""
    tree = ROOT / ".cache" / "units"
    checkout = tree / "ansible_collections" / "stackdb" / "trove"
    checkout.parent.mkdir(parents=True, exist_ok=True)
    if not checkout.is_symlink():
        checkout.symlink_to(ROOT)
    _AnsibleCollectionFinder(paths=[str(tree)])._install()


# ansible-test has its own loader in place already.
if not any(isinstance(finder, _AnsibleCollectionFinder) for finder in sys.meta_path):
    _find_collection_in_checkout()


class Heard:
    """Hears all that a module says while it runs."""

    def __init__(self) -> None:
        self.plans: list[str] = []
        self.lines: list[str] = []

    def planned(self, text: str) -> None:
        self.plans.append(text)

    def now(self, words: Callable[[], str], last: bool) -> None:
        self.lines.append(words())


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    from ansible_collections.stackdb.trove.plugins.module_utils._model import progress

    monkeypatch.setattr(progress, "_listeners", [])
    found = Heard()
    progress.listen(found)
    return found
