# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a role asks for its own server."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import for_server, host, systemd
from ansible_collections.stackdb.trove.plugins.modules import trove_guest_info
from ansible_collections.stackdb.trove.tests.unit.fake_programs import GUEST_INFO_OF_NOTHING as NOTHING
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> FakePrograms:
    return FakePrograms().install(monkeypatch, host, for_server, systemd)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A kernel's settings, of which the host of a container may not set one: that file is missing here, since root may write any that is there."""
    for name, value in {"vm/overcommit_memory": "1", "net/core/somaxconn": "128"}.items():
        path = tmp_path / "proc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{value}\n")
    return tmp_path / "proc"


@pytest.mark.parametrize(
    ("kept", "due"),
    [("vm.overcommit_memory=1\nnet.core.somaxconn=128\n", []), ("vm.overcommit_memory = 1\n net.core.somaxconn =128", []),
     ("# vm.overcommit_memory=1\n;vm.overcommit_memory=1\nnet.core.somaxconn=128", ["vm.overcommit_memory"]),
     ("vm.overcommit_memory=0\nnet.core.somaxconn=128\n", ["vm.overcommit_memory"]), ("", ["vm.overcommit_memory", "net.core.somaxconn"]),
     (None, ["vm.overcommit_memory", "net.core.somaxconn"]), ("nonsense\n", ["vm.overcommit_memory", "net.core.somaxconn"])],
)  # fmt: skip
def test_settings_of_the_kernel_are_due_that_a_boot_would_change(proc: Path, tmp_path: Path, kept: str | None, due: list[str]) -> None:
    file = tmp_path / "90-redis.conf"
    if kept is not None:
        file.write_text(kept)
    wanted = {"vm.overcommit_memory": 1, "net.core.somaxconn": "128"}
    assert for_server.kernel(wanted, str(file), str(proc)) == due
    # one that this host cannot set is none of its own
    assert for_server.kernel({**wanted, "vm.other": 2}, str(file), str(proc)) == due


def test_settings_of_the_kernel_are_due_that_were_changed_since_the_boot(proc: Path, tmp_path: Path) -> None:
    (tmp_path / "90-redis.conf").write_text("net.core.somaxconn=4096\n")
    assert for_server.kernel({"net.core.somaxconn": 4096}, str(tmp_path / "90-redis.conf"), str(proc)) == ["net.core.somaxconn"]
    (proc / "net/core/somaxconn").write_text("4096\n")
    assert for_server.kernel({"net.core.somaxconn": 4096}, str(tmp_path / "90-redis.conf"), str(proc)) == []


def test_data_are_found_by_name_and_not_below(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").mkdir()
    for name in ("dump.rdb", "nodes.conf", "lost+found", "appendonlydir/base.rdb"):
        (tmp_path / name).touch()
    patterns = ["*.rdb", "nodes.conf", "appendonlydir"]
    assert for_server.data(str(tmp_path), patterns) == [str(tmp_path / name) for name in ("appendonlydir", "dump.rdb", "nodes.conf")]
    assert for_server.data(str(tmp_path / "missing"), patterns) == []


def test_of_a_secret_the_digest_is_read(tmp_path: Path) -> None:
    (tmp_path / "acl").write_text("user default on #abc\n")
    (tmp_path / "acl").chmod(0o640)
    seen = trove_guest_info.look({**NOTHING, "digests": [str(tmp_path / "acl"), str(tmp_path / "none")]}, False)["digests"]
    owner, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid((tmp_path / "acl").stat().st_gid).gr_name
    assert seen == {
        str(tmp_path / "acl"): {"sha256": hashlib.sha256(b"user default on #abc\n").hexdigest(), "owner": owner, "group": group, "mode": "0640"},
        str(tmp_path / "none"): None,
    }  # fmt: skip


DROP_IN = "/etc/systemd/system/redis-server.service.d/stackdb-trove.conf"


@pytest.mark.parametrize(
    ("found", "expected"),
    [({}, (True, True, True)), ({"ActiveState": "inactive"}, (False, True, True)), ({"UnitFileState": "disabled"}, (True, False, True)),
     ({"NeedDaemonReload": "yes"}, (True, True, False)), ({"DropInPaths": ""}, (True, True, False)),
     ({"DropInPaths": f"/run/other.conf {DROP_IN}"}, (True, True, True)), ({"ActiveState": "failed", "FragmentPath": ""}, (False, True, True))],
)  # fmt: skip
def test_a_unit_runs_starts_at_boot_and_has_read_its_files(programs: FakePrograms, found: dict, expected: tuple) -> None:
    unit = {"ActiveState": "active", "UnitFileState": "enabled", "NeedDaemonReload": "no", "DropInPaths": DROP_IN, "FragmentPath": "/lib/a", **found}
    programs.answers["systemctl show --property=LoadState"] = ""
    programs.answers["systemctl show"] = "".join(f"{name}={value}\n" for name, value in unit.items())
    seen = trove_guest_info.look({**NOTHING, "units": [{"name": "redis-server.service", "files": [DROP_IN]}]}, False)["units"]
    assert seen == {"redis-server.service": dict(zip(("active", "enabled", "read"), expected, strict=True))}


def test_what_a_directory_of_data_and_the_kernel_have_is_told(programs: FakePrograms, tmp_path: Path) -> None:
    kernel = {"settings": {"no.such.setting": 1}, "file": str(tmp_path / "none")}
    seen = trove_guest_info.look({**NOTHING, "kernel": kernel, "data": {"directory": str(tmp_path), "patterns": ["*"]}}, False)
    assert (seen["kernel"], seen["data"]) == ([], [])
    assert not {"units", "digests", "volume", "certificate", "metrics"} & seen.keys()
