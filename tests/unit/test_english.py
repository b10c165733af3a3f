# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of texts for people: docs/glossary.md says which are in, english.yml which are out, and what to write instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import ROOT

YAML = ("roles", "playbooks", "examples", "awx", "molecule", "changelogs", "meta", "monitoring", ".github")
PAGES = ("*.md", "docs/*.md", "docs/site/*.md", "roles/*/README.md", "awx/*.md", "devcloud/*.md", "benchmarks/*.md", "tests/*/*.md", ".github/*.md", "Makefile")


class Entry(NamedTuple):
    """A word that is out."""

    pattern: re.Pattern
    stays: list[re.Pattern]
    write: str
    hit: str
    right: str

    def found(self, text: str) -> Iterator[re.Match]:
        for stays in self.stays:
            text = stays.sub(lambda match: "_" * len(match.group()), text)
        return self.pattern.finditer(text)


def _entry(out: str, write: str, hit: str, stays: list[str] | None = None, right: str = "") -> Entry:
    pattern = re.compile(rf"\b(?:{out})\b".replace(" ", r"\s+"), re.IGNORECASE)
    return Entry(pattern, [re.compile(one, re.MULTILINE) for one in stays or []], write, hit, right)


ENTRIES = [_entry(**entry) for entry in yaml.safe_load(Path(__file__).with_name("english.yml").read_text())]


def _of_python(path: Path) -> Iterator[tuple[int, str]]:
    """Messages, docstrings and documentation: every string with a space in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value


def texts(root: Path) -> Iterator[tuple[Path, int, str]]:
    """(file, line of its begin, text)."""
    for path in sorted((root / "plugins").rglob("*.py")):
        for line, text in _of_python(path):
            yield path, line, text
    files = [path for folder in YAML for path in (root / folder).rglob("*.yml")]
    files += [path for pattern in PAGES for path in root.glob(pattern)]
    for path in sorted(files):
        yield path, 1, path.read_text()


def problems(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}:{line + text.count(chr(10), 0, match.start())}: {' '.join(match.group().split())}: write {entry.write}"
        for path, line, text in texts(root)
        for entry in ENTRIES
        for match in entry.found(text)
    ]


def test_every_text_has_the_words_of_the_glossary() -> None:
    found = problems(ROOT)
    assert not found, f"{len(found)} words that are out, see docs/glossary.md:\n" + "\n".join(found)


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.pattern.pattern[:30] for entry in ENTRIES])
def test_an_entry_finds_its_word_and_leaves_the_right_one(entry: Entry) -> None:
    assert list(entry.found(entry.hit))
    assert not list(entry.found(entry.right))
    assert not list(entry.found(entry.write)), "what is to be written instead would be found, too"


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("plugins/modules/a.py", 'DOCUMENTATION = """\nmodule: a\ndescription: It is created\n  anew.\n"""\n', 4),
        ("plugins/module_utils/_model/a.py", 'x = 1\nraise Refused(f"{x} is created anew")\n', 2),
        ("roles/a/tasks/main.yml", "---\n- name: Create the member anew\n", 2),
        ("playbooks/a.meta.yml", "a:\n  description: anew\n", 2),
        ("docs/a.md", "# A\n\nIt is created\nanew.\n", 4),
        ("README.md", "anew\n", 1),
    ],
)
def test_a_word_is_found_wherever_people_read(tmp_path: Path, name: str, text: str, line: int) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert problems(tmp_path) == [f"{name}:{line}: anew: write again; create again; start over"]
