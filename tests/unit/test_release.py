# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tools/release in a clone of this repository, with the real antsibull-changelog and ansible-galaxy."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml
from ansible_collections.stackdb.trove.tests.unit.test_english import problems
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import ROOT

VERSION = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
#: one that nobody has released yet
NEXT = "99.1.0"


def git(place: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.com"]
    return subprocess.run(["git", *identity, *arguments], cwd=place, check=True, capture_output=True, text=True).stdout


def release(place: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([str(place / "tools/release"), str(place.parent / "dist"), *arguments], cwd=place, capture_output=True, text=True, check=False)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    place = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--shared", "--no-tags", str(ROOT), str(place))
    # the script of the checkout, committed or not
    shutil.copy(ROOT / "tools/release", place / "tools/release")
    # a checkout of a commit has no branch, and neither has its clone
    git(place, "checkout", "-q", "-B", "main")
    git(place, "config", "user.name", "tester")
    git(place, "config", "user.email", "tester@example.com")
    galaxy = (place / "galaxy.yml").read_text()
    (place / "galaxy.yml").write_text(galaxy.replace(f"version: {VERSION}", f"version: {NEXT}"))
    (place / "changelogs/fragments").mkdir(exist_ok=True)
    (place / "changelogs/fragments/next.yml").write_text("minor_changes:\n  - tests - one more.\n")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "as it is, of the next version")
    return place


def test_a_dry_run_leaves_the_artifact_alone_and_writing_tags_once(clone: Path) -> None:
    before = git(clone, "rev-parse", "HEAD")
    dry = release(clone)
    assert dry.returncode == 0, dry.stderr
    assert "nothing tagged" in dry.stdout
    assert (git(clone, "rev-parse", "HEAD"), git(clone, "tag"), git(clone, "status", "--porcelain")) == (before, "", "")
    with tarfile.open(clone.parent / "dist" / f"stackdb-trove-{NEXT}.tar.gz") as artifact:
        names = artifact.getnames()
        assert "CHANGELOG.md" in names
        assert not [name for name in names if name.startswith((".github", "docs/site", "tools", "changelogs/fragments/"))]

    written = release(clone, "--write")
    assert written.returncode == 0, written.stderr
    assert git(clone, "tag").split() == [f"v{NEXT}"]
    assert git(clone, "status", "--porcelain") == ""
    text = (clone / "CHANGELOG.md").read_text()
    assert f'<a id="v{NEXT.replace(".", "-")}"></a>' in text
    assert list((clone / "changelogs/fragments").glob("*.yml")) == []
    # what was written is within the repository's own rules
    linted = subprocess.run([Path(sys.executable).with_name("yamllint"), "--strict", "."], cwd=clone, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout
    assert [found for found in problems(clone) if found.startswith("CHANGELOG.md")] == []

    again = release(clone, "--write")
    assert again.returncode == 1
    assert f"the tag v{NEXT} is there already" in again.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda place: (place / "README.md").write_text("changed"), "not committed:  M README.md"),
        (lambda place: (place / "galaxy.yml").write_text("version: one\n") and git(place, "commit", "-qam", "x"), 'the version in galaxy.yml is "one"'),
        (lambda place: git(place, "rm", "-qr", "changelogs/fragments") or git(place, "commit", "-qm", "x"), "there is no fragment"),
    ],
    ids=["dirty", "version", "no fragment"],
)
def test_refused(clone: Path, change, said: str) -> None:
    change(clone)
    refused = release(clone, "--write")
    assert refused.returncode == 1
    assert said in refused.stderr
    assert git(clone, "tag") == ""


def test_awx_gets_playbooks_and_image_of_the_same_version() -> None:
    """Wherever a folder for AWX names a version of three numbers, it is that of galaxy.yml, or that of AWX itself."""
    named = {path.name: set(re.findall(r"\b\d+\.\d+\.\d+\b", path.read_text())) - {"24.6.1"} for path in (ROOT / "awx").glob("*.*")}
    assert {name: versions for name, versions in named.items() if versions - {VERSION}} == {}
    assert {"defaults.yml", "execution-environment.yml", "README.md"} <= {name for name, versions in named.items() if versions}
    image = yaml.safe_load((ROOT / "awx/execution-environment.yml").read_text())
    versions = [one["version"] for one in image["dependencies"]["galaxy"]["collections"]]
    assert {*versions, yaml.safe_load((ROOT / "awx/defaults.yml").read_text())["awx_project_branch"]} == {f"v{VERSION}"}
