# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests' runs send as modules: the same code, as bytecode for a Python of the same version, and as source for any other one."""

from __future__ import annotations

import importlib.util
import io
import zipfile
import zipimport
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {"package/__init__.py": "", "package/answer.py": '"""Doc."""\nVALUE = 6 * 7\n\n\ndef twice():\n    return 2 * VALUE\n', "data.txt": "none of it"}


@pytest.fixture(scope="module")
def shared_modules() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shared_modules", ROOT / "tests/callbacks/shared_modules.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def archive(shared_modules: ModuleType, tmp_path: Path) -> Path:
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as file:
        for name, text in SOURCES.items():
            file.writestr(name, text)
    path = tmp_path / "modules.zip"
    path.write_bytes(shared_modules.with_bytecode(plain.getvalue()))
    return path


def test_sources_stay_as_they_are(archive: Path) -> None:
    with zipfile.ZipFile(archive) as file:
        assert {name: file.read(name).decode() for name in SOURCES} == SOURCES
        assert set(file.namelist()) - set(SOURCES) == {"package/__init__.pyc", "package/answer.pyc"}


def test_python_of_the_same_version_takes_the_bytecode(archive: Path) -> None:
    importer = zipimport.zipimporter(str(archive / "package"))
    assert importer.get_filename("answer").endswith("answer.pyc")
    module = ModuleType("answer")
    exec(importer.get_code("answer"), module.__dict__)
    assert (module.twice(), module.__doc__) == (84, "Doc.")


def test_python_of_another_version_takes_the_source(shared_modules: ModuleType, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zipimport._bootstrap_external.MAGIC_NUMBER", b"\x00\x00\r\n")
    importer = zipimport.zipimporter(str(archive / "package"))
    assert importer.get_filename("answer").endswith("answer.py")
