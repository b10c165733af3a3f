# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read from a host's programs: their answers are those of Debian 12."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import host
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import Refused
from ansible_collections.stackdb.trove.plugins.modules import trove_guest_info
from ansible_collections.stackdb.trove.tests.unit.fake_programs import GUEST_INFO_OF_NOTHING as NOTHING
from ansible_collections.stackdb.trove.tests.unit.fake_programs import FakePrograms

CHRONY = "Id=chrony.service\nLoadState=loaded\nActiveState=active\n"
TIMESYNCD = "Id=systemd-timesyncd.service\nLoadState=loaded\nActiveState=inactive\n"
ABSENT = "Id=ntp.service\nLoadState=not-found\nActiveState=inactive\n"
LOCKED = """
import fcntl, sys, time
file = open(sys.argv[1], "r+")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> FakePrograms:
    return FakePrograms().install(monkeypatch, host)


@pytest.fixture
def dpkg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory in the place of /var/lib/dpkg."""
    (tmp_path / "updates").mkdir()
    monkeypatch.setattr(host, "_DPKG", str(tmp_path))
    return tmp_path


def test_missing_packages(programs: FakePrograms, dpkg: Path) -> None:
    programs.answers["dpkg-query"] = "mariadb-server=installed\nmariadb-backup=config-files\n"
    assert host.packages(["mariadb-server", "mariadb-backup", "socat"]) == {"missing": ["mariadb-backup", "socat"], "interrupted": False}


def test_no_packages_are_asked_for(programs: FakePrograms, dpkg: Path) -> None:
    assert host.packages([]) == {"missing": [], "interrupted": False}
    assert programs.ran == []


def test_a_journal_of_dpkg_that_nobody_goes_on_with(programs: FakePrograms, dpkg: Path) -> None:
    (dpkg / "updates" / "tmp.i").touch()
    assert not host.packages([])["interrupted"]
    (dpkg / "updates" / "0001").touch()
    assert host.packages([])["interrupted"]
    (dpkg / "lock-frontend").touch()
    assert host.packages([])["interrupted"]


def test_dpkg_is_at_work(programs: FakePrograms, dpkg: Path) -> None:
    (dpkg / "updates" / "0001").touch()
    (dpkg / "lock-frontend").touch()
    with subprocess.Popen([sys.executable, "-c", LOCKED, str(dpkg / "lock-frontend")], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert not host.packages([])["interrupted"]
        other.kill()
    assert host.packages([])["interrupted"]


@pytest.mark.parametrize(
    ("units", "found"),
    [
        ([CHRONY, TIMESYNCD, ABSENT], {"service": "chrony.service", "active": True}),
        ([TIMESYNCD, CHRONY], {"service": "chrony.service", "active": True}),
        ([TIMESYNCD, ABSENT], {"service": "systemd-timesyncd.service", "active": False}),
        ([ABSENT], {"service": None, "active": False}),
        ([], {"service": None, "active": False}),
    ],
)
def test_the_service_that_keeps_the_clock(programs: FakePrograms, units: list[str], found: Any) -> None:
    programs.answers["systemctl show"] = "\n".join(units)
    assert host.time_service() == found


def test_a_container_has_its_hosts_clock(programs: FakePrograms) -> None:
    programs.answers["systemd-detect-virt"] = ""
    assert host.time_service() == {"service": "host", "active": True}


def test_addresses(programs: FakePrograms) -> None:
    programs.answers["ip "] = '[{"ifname": "eth0", "addr_info": [{"local": "10.0.0.1"}, {"local": "2001:db8::1"}]}, {}, {"addr_info": [{"x": 1}]}]'
    assert host.addresses() == ["10.0.0.1", "2001:db8::1"]
    programs.answers["ip "] = ""
    assert host.addresses() == []


@pytest.mark.parametrize(
    ("blkid", "wipefs", "filesystem"),
    [("xfs\n", "0x0 xfs", "xfs"), ("", "0x218 LVM2_member", "unknown"), ("", "", None)],
)
def test_what_is_on_a_device(programs: FakePrograms, tmp_path: Path, blkid: str, wipefs: str, filesystem: str | None) -> None:
    device = tmp_path / "vdb"
    with device.open("wb") as file:
        file.truncate(3 << 29)
    programs.answers.update({"blkid": blkid, "wipefs": wipefs, "findmnt": ""})
    found = host.volume(str(device), "/no/such/place")
    assert found == {"device": str(device), "exists": True, "filesystem": filesystem, "size": 1.5, "mounted": False, "occupied": None, "owner": None}


def test_where_a_device_is_mounted(programs: FakePrograms, tmp_path: Path) -> None:
    device, other = tmp_path / "vdb", tmp_path / "by-id"
    device.touch()
    other.symlink_to(device)
    programs.answers.update({"blkid": "xfs", "findmnt": f'{{"filesystems": [{{"source": "below"}}, {{"source": "{device}"}}]}}'})
    found = host.volume(str(other), str(tmp_path))
    assert (found["mounted"], found["occupied"], found["owner"]) == (True, None, tmp_path.owner())
    programs.answers["findmnt"] = '{"filesystems": [{"source": "/dev/vdz"}]}'
    found = host.volume(str(other), str(tmp_path))
    assert (found["mounted"], found["occupied"]) == (False, "/dev/vdz")


ID = "965ef811-7c1d-47fc-89f2-a89dfdd23ef2"
ASKED = f"virtio-{ID[:20]}"


@pytest.mark.parametrize(
    "links",
    [
        [ASKED, "scsi-0QEMU_QEMU_HARDDISK_965ef811-7c1d-47fc-8"],
        [f"virtio-{ID}"],
        ["scsi-0QEMU_QEMU_HARDDISK_965ef811-7c1d-47fc-8", "scsi-0QEMU_QEMU_HARDDISK_965ef811-7c1d-47fc-8-part1"],
        [f"scsi-0QEMU_QEMU_HARDDISK_{ID}", f"scsi-SQEMU_QEMU_HARDDISK_{ID}"],
        ["wwn-0x965ef8117c1d47fc89f2a89dfdd23ef2"],
        ["nvme-QEMU_NVMe_Ctrl_965ef811-7c1d-47fc-8"],
    ],
)
def test_a_disk_is_known_by_the_volumes_id_whatever_its_bus(programs: FakePrograms, tmp_path: Path, monkeypatch, links: list[str]) -> None:
    monkeypatch.setattr(host, "BY_ID", str(tmp_path))
    (tmp_path / "sdb").touch()
    for link in links:
        (tmp_path / link).symlink_to(tmp_path / "sdb")
    (tmp_path / "virtio-11111111-7c1d-47fc-8").symlink_to(tmp_path / "other")
    programs.answers.update({"blkid": "xfs", "findmnt": ""})
    found = host.volume(f"{tmp_path}/{ASKED}", "/no/such/place")
    assert (found["device"], found["exists"]) == (f"{tmp_path}/{links[0]}", True)


@pytest.mark.parametrize("asked", [ASKED, "virtio-22222222-7c1d-47fc-8", "../sdb9"])
def test_two_disks_or_none_are_not_it(tmp_path: Path, monkeypatch, asked: str) -> None:
    monkeypatch.setattr(host, "BY_ID", str(tmp_path))
    for name in ("sdb", "sdc"):
        (tmp_path / f"scsi-0{name}_{ID}").symlink_to(tmp_path / name)
    assert host.find_disk(f"{tmp_path}/{asked}") == f"{tmp_path}/{asked}"


def test_a_device_that_is_not_there(programs: FakePrograms) -> None:
    programs.answers["findmnt"] = '{"filesystems": [{"source": "/dev/vda1"}]}'
    found = host.volume("/dev/no-such-device", "/")
    assert (found["exists"], found["filesystem"], found["mounted"], found["occupied"]) == (False, None, False, "/dev/vda1")
    assert found["size"] is None


def test_a_device_that_cannot_be_read_has_no_size(programs: FakePrograms, tmp_path: Path) -> None:
    programs.answers.update({"blkid": "", "wipefs": "", "findmnt": ""})
    assert host.volume(str(tmp_path), "/no/such/place")["size"] is None


def test_the_module_says_what_it_is_asked(programs: FakePrograms, dpkg: Path, tmp_path: Path) -> None:
    here, other = ({"path": str(tmp_path / name), "content": "a", "mode": "0644"} for name in ("here", "other"))
    (tmp_path / "here").write_text("a")
    (tmp_path / "here").chmod(0o644)
    params = {**NOTHING, "files": [here, other]}
    seen = trove_guest_info.look(params, False)
    assert set(seen) == {"changed", "packages", "time", "firewall", "outdated"}
    assert seen["outdated"] == [other["path"]]
    wanted = {"directory": str(tmp_path), "owner": "mysql", "authority_keys": [str(tmp_path / "ca.key")]}
    asked = {**params, "volume": {"device": "/dev/vdb", "mount_point": "/", "refused": False}, "certificate": wanted}
    assert trove_guest_info.look(asked, False)["certificate"]["authority_keys"] == {}
    assert trove_guest_info.look(asked, False)["volume"]["device"] == "/dev/vdb"


FOUND = {"device": "/dev/vdb", "exists": True, "filesystem": None, "size": 1.0, "mounted": False, "occupied": None, "owner": "root"}


@pytest.mark.parametrize(
    ("found", "fits"),
    [({}, True), ({"filesystem": "xfs"}, True), ({"filesystem": "xfs", "mounted": True}, True), ({"filesystem": "ext4"}, False),
     ({"filesystem": "unknown"}, False), ({"exists": False}, False), ({"occupied": "/dev/vda1"}, False)],
)  # fmt: skip
def test_a_volume_that_cannot_be_used_is_refused_with_what_was_found(found: dict, fits: bool) -> None:
    if fits:
        host.check_volume({**FOUND, **found}, "/var/lib/mysql")
        return
    with pytest.raises(Refused, match="an existing block device, blank or with an XFS, and nothing else may be mounted on /var/lib/mysql. Found: ") as refused:
        host.check_volume({**FOUND, **found}, "/var/lib/mysql")
    assert str(next(iter(found.values()))) in refused.value.message


def test_the_module_refuses_a_volume_where_it_is_asked_to(programs: FakePrograms, dpkg: Path) -> None:
    programs.answers["findmnt"] = ""
    volume = {"device": "/dev/no-such-device", "mount_point": "/no/such/place", "refused": True}
    params = {**NOTHING, "volume": volume}
    with pytest.raises(Refused, match="The data volume /dev/no-such-device must be"):
        trove_guest_info.look(params, False)
