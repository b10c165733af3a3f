# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What befalls servers while a verb runs. Each is begun, says what is seen of it, so that it took effect, and is ended. Nothing here asks the collection."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import openstack
from world import CLOUD, PROJECT, Guest, World

_TABLE = "trove_test_chaos"
#: for which ssh is cut
_SECONDS = 30


class NoEffect(Exception):
    """The fault was begun, and nothing is seen of it: what was tested then is not what was meant."""


class Fault:
    """Of one guest.

    :param others: the other guests
    :param unit: of its database
    """

    def __init__(self, world: World, guest: Guest, others: list[Guest], unit: str):
        self.world, self.guest, self.others, self.unit = world, guest, others, unit

    def begin(self) -> str:
        """:returns: what is seen of it; :raises NoEffect:"""
        raise NotImplementedError

    def end(self) -> None:
        """What began it is taken back, also where it has ended by itself."""

    def seen(self, what: str, condition: Callable[[], object], timeout: float = 30) -> str:
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise NoEffect(f"{type(self).__name__} of {self.guest.name}: not {what}")
            time.sleep(0.2)
        return f"{type(self).__name__} of {self.guest.name}: {what}"

    def reaches(self, other: Guest, port: int) -> bool:
        """Whether the guest connects to another one."""
        done = self.guest.ssh(f"timeout 2 bash -c '</dev/tcp/{other.address}/{port}' 2>/dev/null && echo yes || echo no")
        return done == "yes"


class MemberKilled(Fault):
    """SIGKILL to the database's processes; systemd may start it again."""

    def begin(self) -> str:
        before = self._process()
        self.guest.ssh(f"sudo systemctl kill --signal=SIGKILL {self.unit}", check=False)
        return self.seen(f"the process {before} is gone", lambda: before != "0" and self._process() != before)

    def _process(self) -> str:
        return self.guest.ssh(f"systemctl show -p MainPID --value {self.unit}")

    def end(self) -> None:
        """One that systemd does not start after a kill is started as an operator would, unless somebody has stopped it in order."""
        self.guest.ssh(f"sudo systemctl is-enabled --quiet {self.unit} && sudo systemctl start {self.unit}", timeout=180, check=False)


class SshCut(Fault):
    """Nobody gets in by ssh, and sessions that are open hang, for a while: nobody could take it back."""

    def begin(self) -> str:
        rules = f"table inet {_TABLE} {{ chain in {{ type filter hook input priority -300; tcp dport 22 drop; }}; }}"
        self.guest.ssh(
            f"sudo systemd-run --quiet --collect --on-active={_SECONDS} nft delete table inet {_TABLE};"
            f" sudo systemd-run --quiet --collect --on-active=1 nft '{rules}'"
        )
        return self.seen("ssh is not answered", lambda: not _answers(self.guest))

    def end(self) -> None:
        self.seen("ssh is answered again", lambda: _answers(self.guest), 3 * _SECONDS)


class Partition(Fault):
    """The guest and the other members do not hear each other; clients and ssh do."""

    def begin(self) -> str:
        addresses = ", ".join(other.address for other in self.others)
        ways = (("input", "saddr"), ("output", "daddr"))
        chains = "".join(f" chain {hook} {{ type filter hook {hook} priority -300; ip {word} {{ {addresses} }} drop; }};" for hook, word in ways)
        self.guest.ssh(f"sudo nft 'table inet {_TABLE} {{{chains} }}'")
        return self.seen("no other member is reached", lambda: not any(self.reaches(other, 22) for other in self.others))

    def end(self) -> None:
        self.guest.ssh(f"sudo nft delete table inet {_TABLE}", check=False)
        # the verb may have deleted one of them
        there = {guest.address for guest in self.world.guests()}
        self.seen("the others are reached", lambda: all(self.reaches(other, 22) for other in self.others if other.address in there), 60)


class FullDisk(Fault):
    """The volume of the data has no room left."""

    @property
    def directory(self) -> str:
        return "/var/lib/redis" if self.unit == "redis-server" else "/var/lib/mysql"

    def begin(self) -> str:
        """:raises NoEffect: also where the data are on the root disk, which is not filled: in the embedded cloud it is the machine's"""
        if self.guest.ssh(f"mountpoint -q {self.directory} && echo volume", check=False) != "volume":
            raise NoEffect(f"{self.guest.name} has no volume for its data")
        fill = f"sudo dd if=/dev/zero of={self._file} status=none oflag=append conv=notrunc"
        self.guest.ssh(f"{fill} bs=1M; {fill} bs=512", check=False)
        return self.seen("less than 1 MiB is free", lambda: int(self._free()) < 1024)

    def end(self) -> None:
        self.guest.ssh(f"sudo rm -f {self._file}", check=False)

    @property
    def _file(self) -> str:
        return f"{self.directory}/.trove-test-full"

    def _free(self) -> str:
        return self.guest.ssh(f"df --output=avail -k {self.directory} | tail -1")


class SlowLink(Fault):
    """1 Mbit/s for what the guest sends (TBF; this kernel has no netem)."""

    _device = "$(ip -o route show default | sed 's/.* dev \\([^ ]*\\).*/\\1/')"

    def begin(self) -> str:
        self.guest.ssh(f"sudo tc qdisc replace dev {self._device} root tbf rate 1mbit burst 16kbit latency 400ms")
        return self.seen("256 KiB take longer than a second", lambda: self._transfer() > 1)

    def _transfer(self) -> float:
        began = time.monotonic()
        self.guest.ssh("head -c 262144 /dev/urandom | base64")
        return time.monotonic() - began

    def end(self) -> None:
        self.guest.ssh(f"sudo tc qdisc del dev {self._device} root", check=False)


class ComputeDown(Fault):
    """Its compute is lost with all guests on it, as by a power cut, and comes back. Of an embedded cloud that nobody else uses: others' guests go, too."""

    def begin(self) -> str:
        # which compute a server is on only an admin sees
        (server,) = openstack.connect(cloud=f"{CLOUD}-admin").compute.servers(all_projects=True, name=f"^{self.guest.name}$")
        host = server.compute_host
        _devcloud("halt", host)
        return self.seen(f"{host} is down, and the guest with it", lambda: not _answers(self.guest))

    def end(self) -> None:
        _devcloud("up")
        self.seen("ssh is answered again", lambda: _answers(self.guest), 120)


class ClockJump(Fault):
    """The database's clock, never the machine's, is an hour ahead (libfaketime in its unit). It is started anew for it."""

    def begin(self) -> str:
        self.guest.ssh("(sudo apt-get update && sudo apt-get install -y libfaketime) >/dev/null", timeout=300)
        lines = "[Service]\nEnvironment=LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1 FAKETIME=+1h\n"
        self.guest.ssh(f"sudo mkdir -p $(dirname {self._file}); sudo tee {self._file} >/dev/null", lines)
        self.guest.ssh(f"sudo systemctl daemon-reload; sudo systemctl restart {self.unit}", timeout=300)
        return self.seen("its clock is an hour ahead", lambda: float(self._ahead()) > 3000, 60)

    def _ahead(self) -> str:
        return self.guest.ssh("sudo mariadb -BNe 'SELECT UNIX_TIMESTAMP()' | awk -v now=$(date +%s) '{print $1 - now}'", check=False) or "0"

    def end(self) -> None:
        self.guest.ssh(f"sudo rm -f {self._file}; sudo systemctl daemon-reload; sudo systemctl restart {self.unit}", timeout=300, check=False)

    @property
    def _file(self) -> str:
        return f"/run/systemd/system/{self.unit}.service.d/zz-trove-test-clock.conf"


FAULTS = {
    "member-killed": MemberKilled, "ssh-cut": SshCut, "partition": Partition, "full-disk": FullDisk, "slow-link": SlowLink, "compute-down": ComputeDown,
    "clock-jump": ClockJump,
}  # fmt: skip


def _answers(guest: Guest) -> bool:
    try:
        return guest.ssh("echo here", timeout=6) == "here"
    except (RuntimeError, subprocess.TimeoutExpired):
        return False


def _devcloud(*words: str) -> None:
    subprocess.run([sys.executable, str(PROJECT / "devcloud" / "devcloud"), *words], check=True, capture_output=True, timeout=300)
