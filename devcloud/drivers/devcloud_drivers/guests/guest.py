"""One guest: its directory, its life."""
from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import signal
import subprocess
import time

from .. import state
from ..shell import run
from . import disks, hardware, network, rootfs
from .model import Disk, Interface, Record

SUPERVISE = pathlib.Path(__file__).with_name("supervise")
STARTS_WITHIN = 20.0   # s
DIES_WITHIN = 10.0     # s


class GuestError(Exception):
    """A guest did not do what it was told."""


def records() -> list[Record]:
    """Those of all guests there are."""
    found = []
    for path in sorted(state.guests().glob("*/guest.json")):
        with contextlib.suppress(FileNotFoundError):   # deleted meanwhile
            found.append(Guest(path.parent.name).load())
    return found


class Guest:
    def __init__(self, uuid: str):
        self.uuid = uuid
        self.directory = state.guests() / uuid

    # the record

    @property
    def exists(self) -> bool:
        return (self.directory / "guest.json").exists()

    def load(self) -> Record:
        return Record.from_dict(json.loads((self.directory / "guest.json").read_text()))

    def save(self, record: Record) -> None:
        state.write_json(self.directory / "guest.json", record.to_dict())

    # life

    @property
    def running(self) -> bool:
        """Whether a supervisor holds the lock. A pid could be another process's by now."""
        try:
            with open(self.directory / "lock") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def start(self) -> None:
        """Boot the guest from its record; returns as soon as its systemd runs."""
        self._release()
        record = self.load()
        rootfs.mount(self.directory, record.image)
        network.create_namespace(self.uuid)
        for index, interface in enumerate(record.interfaces):
            network.plug(self.uuid, index, interface)
        show = self.directory / "run"
        state.write(show / "disks", disks.listing(record.disks))
        state.write(show / "meminfo", hardware.meminfo(record.memory_mb))
        state.write(show / "cpuinfo", hardware.cpuinfo(record.vcpus))
        joins = hardware.create_cgroups(self.uuid, record.memory_mb)
        with open(self.directory / "console.log", "ab") as console:
            subprocess.run(
                ["setsid", "--fork", str(SUPERVISE), str(self.directory), *map(str, joins), "--", *self._nspawn(record)],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, check=True, cwd="/", env=self._environment(),
            )
        self._wait(lambda: self.leader() is not None, STARTS_WITHIN, "did not start")

    def _nspawn(self, record: Record) -> list[str]:
        return [
            "taskset", "--cpu-list", self._processors(record.vcpus),
            "systemd-nspawn", "--quiet", "--keep-unit", "--register=no", "--boot", "--console=read-only",
            f"--directory={self.directory / 'root'}", f"--machine=devcloud-{self.uuid}", f"--uuid={self.uuid}",
            f"--network-namespace-path=/run/netns/{network.namespace_name(self.uuid)}",
            f"--bind-ro={self.directory / 'run'}:/run/devcloud",
            "--capability=CAP_NET_ADMIN,CAP_IPC_LOCK",
            "--resolv-conf=off", "--timezone=off", "--link-journal=no",
            "--setenv=SYSTEMD_COLORS=0", "--", "--show-status=true",   # for the console
        ]

    def _processors(self, vcpus: int) -> str:
        """Those that the guest may run on. Several guests start at once, so each notes its own before the next one chooses."""
        with open(self.directory.parent / ".processors", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            taken = []
            for note in self.directory.parent.glob("*/processors"):
                with contextlib.suppress(FileNotFoundError):   # stopped meanwhile
                    taken += [note.read_text()] if note.parent != self.directory else []
            chosen = hardware.processors(vcpus, taken)
            state.write(self.directory / "processors", chosen)
        return chosen

    @staticmethod
    def _environment() -> dict[str, str]:
        return {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "UNIFIED_CGROUP_HIERARCHY": "1", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",   # newer systemds refuse cgroup v1
            "SYSTEMD_NSPAWN_TMPFS_TMP": "0",                                            # /tmp is on the disk, as on Debian 12
        }

    def stop(self, timeout: float = 0) -> None:
        """Shut the guest down, or pull the plug when it takes longer than `timeout` seconds."""
        if timeout and self._signal(signal.SIGTERM):   # nspawn asks the guest's systemd to power off
            with contextlib.suppress(GuestError):
                self._wait(lambda: not self.running, timeout, "did not shut down")
        deadline = time.monotonic() + DIES_WITHIN
        while self.running:
            if time.monotonic() > deadline:
                raise GuestError(f"guest {self.uuid} does not die")
            leader = self.leader()
            if leader:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(leader, signal.SIGKILL)
            else:
                self._signal(signal.SIGKILL)
            time.sleep(0.02)
        self._release()

    def remove(self) -> None:
        """Stop the guest and forget it, its disk included. Volumes stay."""
        self.stop()
        rootfs.remove(self.directory)

    def _release(self) -> None:
        """Give back what a guest that does not run holds of the host."""
        (self.directory / "processors").unlink(missing_ok=True)
        if not self.exists:
            return
        for disk in self.load().disks:
            disks.detach(disk.path)
        network.delete_namespace(self.uuid)
        rootfs.unmount(self.directory)
        hardware.remove_cgroups(self.uuid)

    # changes to a living guest

    def attach_disk(self, disk: Disk) -> None:
        record = self.load()
        self._change_disks(record, [other for other in record.disks if other.volume != disk.volume] + [disk])

    def detach_disk(self, volume: str) -> None:
        record = self.load()
        gone = [disk for disk in record.disks if disk.volume == volume]
        self._change_disks(record, [disk for disk in record.disks if disk.volume != volume])
        for disk in gone:
            disks.detach(disk.path)

    def _change_disks(self, record: Record, wanted: list[Disk]) -> None:
        if self.running:
            state.write(self.directory / "run" / "disks", disks.listing(wanted))
            self.enter("/usr/lib/devcloud/disks", "sync")
        record.disks = wanted
        self.save(record)

    def attach_interface(self, interface: Interface) -> None:
        record = self.load()
        record.interfaces.append(interface)
        self.save(record)
        if self.running:
            network.plug(self.uuid, network.free_index(self.uuid), interface)

    def detach_interface(self, port: str) -> None:
        record = self.load()
        for interface in record.interfaces:
            if interface.port == port:
                network.unplug(interface)
        record.interfaces = [interface for interface in record.interfaces if interface.port != port]
        self.save(record)

    @property
    def paused(self) -> bool:
        return self.running and hardware.freezer(self.uuid).read_text().strip() == "1"

    def pause(self) -> None:
        """Keep all of the guest's processes still, as a machine without a clock."""
        hardware.freezer(self.uuid).write_text("1")

    def unpause(self) -> None:
        hardware.freezer(self.uuid).write_text("0")

    @contextlib.contextmanager
    def still(self):
        """Paused for a moment, if it runs."""
        moving = self.running and not self.paused
        if moving:
            self.pause()
        try:
            yield
        finally:
            if moving:
                self.unpause()

    # processes

    def enter(self, *command: str) -> str:
        """Run a command among the guest's file systems and processes."""
        return run("nsenter", "--target", str(self.leader()), "--mount", "--pid", "--", *command)

    def leader(self) -> int | None:
        """The pid of the guest's systemd, or None before it runs."""
        for pid in _children(self._nspawn_pid()):
            with contextlib.suppress(OSError):
                if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "systemd":
                    return pid
        return None

    def _nspawn_pid(self) -> int | None:
        try:
            return int((self.directory / "nspawn.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _signal(self, number: int) -> bool:
        pid = self._nspawn_pid()
        if not pid or not self.running:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        return True

    def _wait(self, done, timeout: float, complaint: str) -> None:
        deadline = time.monotonic() + timeout
        while not done():
            if time.monotonic() > deadline:
                raise GuestError(f"guest {self.uuid} {complaint} within {timeout:.0f} s; see {self.directory / 'console.log'}")
            time.sleep(0.02)


def _children(pid: int | None) -> list[int]:
    try:
        return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
