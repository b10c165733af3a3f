# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packages by apt and dpkg."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import packages
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms

LIST = """galera-4\t26.4.23\tgalera-4\tinstalled
libmariadb3\t1:10.11.18\tmariadb\tinstalled
mariadb-server\t1:10.11.19\tmariadb\thalf-configured
mariadb-client\t1:10.11.18\tmariadb\tconfig-files
xz-utils\t5.4\txz\tunpacked
"""
POLICY = """mariadb-server:
  Installed: 1:10.11.18
  Candidate: 1:10.11.19
  Version table:
"""
MADISON = """mariadb-server | 1:10.11.19 | http://deb.debian.org bookworm-security/main amd64 Packages
mariadb-server | 1:10.11.18 | http://deb.debian.org bookworm/main amd64 Packages
mariadb-server | 1:10.11.18 | http://deb.debian.org other/main amd64 Packages
mariadb | 1:10.11.20 | http://deb.debian.org bookworm/main Sources
"""
SIMULATED = """Reading package lists...
Inst libssl3t64 (3.5.9 Debian:13 [amd64])
Inst mariadb-server [1:10.11.18] (1:11.8.9 Debian:13 [amd64]) []
Remv libssl3 [3.0.1]
Conf mariadb-server (1:11.8.9 Debian:13 [amd64])
"""


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> FakePrograms:
    return FakePrograms().install(monkeypatch, packages)


def test_what_is_built_from_the_same_source_belongs_together(programs: FakePrograms) -> None:
    programs.answers["dpkg-query"] = LIST
    assert packages.installed("mariadb-server") == {
        "versions": {"libmariadb3": "1:10.11.18", "mariadb-server": "1:10.11.19"},
        "unfinished": ["mariadb-server"],
        "others": ["xz-utils"],
    }


def test_what_dpkg_has_not_written_down_is_unfinished(programs: FakePrograms, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packages, "_UPDATES", str(tmp_path))
    programs.answers["dpkg-query"] = LIST.replace("half-configured", "installed")
    (tmp_path / "tmp.i").mkdir()
    assert packages.installed("mariadb-server")["unfinished"] == []
    (tmp_path / "0001").write_text("")
    assert packages.installed("mariadb-server")["unfinished"] == [str(tmp_path)]


def test_what_sources_have(programs: FakePrograms) -> None:
    programs.answers.update({"apt-cache policy": POLICY, "apt-cache madison": MADISON})
    assert packages.Apt().candidate("mariadb-server") == "1:10.11.19"
    assert packages.Apt().versions(["mariadb-server", "b"]) == {"mariadb-server": ["1:10.11.19", "1:10.11.18"], "b": []}
    programs.answers["apt-cache policy"] = POLICY.replace("1:10.11.19", "(none)")
    assert packages.Apt().candidate("mariadb-server") is None


def test_what_would_be_done(programs: FakePrograms) -> None:
    programs.answers["env DEBIAN_FRONTEND"] = SIMULATED
    assert packages.Apt(["--option=a"]).changes({"mariadb-server": "1:11.8.9"}) == {
        "come": {"libssl3t64": [None, "3.5.9"], "mariadb-server": ["1:10.11.18", "1:11.8.9"]},
        "gone": ["libssl3"],
    }
    (line,) = programs.ran
    assert line.endswith("--option=a --no-install-recommends --fix-broken install mariadb-server=1:11.8.9 --simulate")


def test_an_installation_keeps_files_that_were_changed_and_waits_for_another_one(programs: FakePrograms) -> None:
    programs.answers["env DEBIAN_FRONTEND"] = ""
    packages.Apt().install({"a": "1"})
    (line,) = programs.ran
    assert "noninteractive" in line
    assert "DPkg::Lock::Timeout=300" in line
    assert "--force-confold" in line


def test_what_is_only_asked_leaves_the_guests_own_sources(programs: FakePrograms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {name: tmp_path / name for name in ("lists", "sources", "pins")}
    for path in own.values():
        path.mkdir()
    (own["sources"] / "debian.sources").write_text("Types: deb\n")
    (own["lists"] / "lock").write_text("")
    for name, path in {"_LISTS": own["lists"], "_SOURCES": own["sources"], "_PINS": own["pins"], "_PLACE": tmp_path}.items():
        monkeypatch.setattr(packages, name, str(path))
    repository = {"name": "mariadb", "types": ["deb"], "uris": "http://a", "suites": ["b"]}
    with packages.proposed(repository, [{"packages": "src:mariadb", "pin": "release n=b", "priority": 1}]) as apt:
        place = Path(apt.place)
        assert sorted(os.listdir(place / "sources")) == ["debian.sources", "mariadb.sources"]
        assert (place / "preferences" / "stackdb-trove").read_text().startswith("Package: src:mariadb\n")
        assert os.listdir(place / "lists") == ["partial"]
        assert f"--option=Dir::Etc::sourceparts={place}/sources" in apt.options
    assert not place.exists()
    assert os.listdir(own["sources"]) == ["debian.sources"]
    assert os.listdir(own["pins"]) == []


def test_a_key_that_has_an_address_is_fetched(programs: FakePrograms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_LISTS", "_SOURCES", "_PINS", "_PLACE"):
        monkeypatch.setattr(packages, name, str(tmp_path))
    programs.answers["/usr/lib/apt/apt-helper"] = GuestError("404  Not Found")
    with pytest.raises(GuestError, match="404"), packages.proposed({"name": "a", "signed_by": "https://a/key.gpg"}, None):
        pass
    assert not list(tmp_path.glob("stackdb-trove-apt-*"))


def test_a_program_runs_with_the_libraries_that_came_with_it(tmp_path: Path) -> None:
    libraries = tmp_path / "usr/lib/x86_64-linux-gnu"
    libraries.mkdir(parents=True)
    (tmp_path / "usr/sbin").mkdir()
    (tmp_path / "usr/sbin/mariadbd").write_text("")
    (libraries / "libssl.so.3").write_text("")
    places = ("usr/bin/mariadbd", "usr/sbin/mariadbd")
    assert packages.program(str(tmp_path), *places) == ["env", f"LD_LIBRARY_PATH={libraries}", f"{tmp_path}/usr/sbin/mariadbd"]
    (libraries / "ld-linux-x86-64.so.2").write_text("")
    assert packages.program(str(tmp_path), *places)[:3] == [f"{libraries}/ld-linux-x86-64.so.2", "--library-path", str(libraries)]
    with pytest.raises(GuestError):
        packages.program(str(tmp_path), "usr/bin/mysqld")


def test_what_is_asked_takes_no_lock_of_the_guest(programs: FakePrograms, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With it apt refuses everything where dpkg was killed."""
    monkeypatch.setattr(packages, "_PLACE", str(tmp_path))
    programs.answers["env DEBIAN_FRONTEND"] = ""
    stale, mine = tmp_path / "stackdb-trove-apt-1", tmp_path / "stackdb-trove-apt-2"
    for path in (stale, mine):
        path.mkdir()
    os.utime(stale, (1, 1))
    with packages.proposed({}, None) as apt:
        apt.download({"a": "1"})
    assert "--option=Debug::NoLocking=true" in programs.ran[-1]
    assert [path.name for path in tmp_path.iterdir()] == [mine.name]
    programs.answers["env DEBIAN_FRONTEND"] = ""
    packages.Apt().install({"a": "1"})
    assert "NoLocking" not in programs.ran[-1]
