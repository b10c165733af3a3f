# SPDX-License-Identifier: GPL-3.0-or-later
"""Where everything is: paths, ports and secrets of one embedded cloud."""
import json
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .console import Failure

SOURCE = Path(__file__).resolve().parent.parent
DEFAULT_STATE = "/var/lib/stackdb-devcloud"
DEFAULT_PORT_BASE = "15000"
MARK = "port-base"  # the file that tells a state directory from any other
HOST = "127.0.0.1"
# Hypervisors by availability zone. Nova's own default has one more than a cluster of three with strict anti-affinity needs, so that
# a resize or a migration finds room.
ZONES = {"nova": ("compute1", "compute2", "compute3", "compute4"), "second": ("compute5",)}
COMPUTES = tuple(compute for computes in ZONES.values() for compute in computes)

# Added to the port base. $DEVCLOUD_PORT_BASE at the first `up` lets a second cloud run beside the first.
PORTS = {
    "keystone": 0, "placement": 3, "glance": 292, "neutron": 696, "nova": 774, "cinder": 776,
    "mariadb": 306, "epmd": 369, "rabbitmq": 672, "erlang": 674,
}
SECRETS = ("database", "messaging", "service", "admin", "demo", "erlang_cookie")


@dataclass(frozen=True)
class Settings:
    """One state directory and what follows from it. Only `secrets` touches the disk."""

    state: Path
    port_base: int = 15000

    @classmethod
    def load(cls, state=None):
        """The ports are chosen by the first `up` and stay: the database holds addresses with them."""
        path = Path(state or os.environ.get("DEVCLOUD_STATE") or DEFAULT_STATE).absolute()
        chosen = path / MARK
        base = chosen.read_text() if chosen.exists() else os.environ.get("DEVCLOUD_PORT_BASE", DEFAULT_PORT_BASE)
        if not base.isdecimal() or not 1024 <= int(base) <= 64000:
            raise Failure(f"DEVCLOUD_PORT_BASE is {base!r}: it has to be a number from 1024 to 64000")
        return cls(path, int(base))

    @property
    def exists(self):
        return (self.state / MARK).exists()

    def port(self, service):
        return self.port_base + PORTS[service]

    def url(self, service, path=""):
        return f"http://{HOST}:{self.port(service)}{path}"

    @property
    def venv(self):
        return self.state / "venv"

    def bin(self, program):
        return str(self.venv / "bin" / program)

    @property
    def conf(self):
        return self.state / "conf"

    @property
    def log(self):
        return self.state / "log"

    @property
    def run(self):
        return self.state / "run"

    @property
    def data(self):
        """The cloud's content: database, messages, images, keys of the token provider."""
        return self.state / "data"

    @property
    def cache(self):
        return self.state / "cache"

    @property
    def clouds_yaml(self):
        return self.state / "clouds.yaml"

    @property
    def ssh_key(self):
        return self.state / "id_ed25519"

    @cached_property
    def secrets(self):
        """Passwords of this state directory, made at the first use. They outlive a reset: installs know them."""
        path = self.state / "secrets.json"
        if path.exists():
            return json.loads(path.read_text())
        made = {name: secrets.token_hex(16) for name in SECRETS}
        write_private(path, json.dumps(made, indent=2))
        return made

    def make_directories(self):
        if not self.exists and self.state.exists() and any(self.state.iterdir()):
            raise Failure(f"{self.state} is neither empty nor a state directory of devcloud")
        self.state.mkdir(parents=True, exist_ok=True)
        (self.state / MARK).write_text(str(self.port_base))
        for path in (self.log, self.run, self.cache):
            path.mkdir(exist_ok=True)
        for path in (self.conf, self.data):
            path.mkdir(mode=0o700, exist_ok=True)


def write_private(path, text):
    """Write a file that nobody else may read, whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    temporary.replace(path)


def give_to_caller(path):
    """Whoever called sudo owns what is made for use outside the cloud."""
    uid, gid = os.environ.get("SUDO_UID"), os.environ.get("SUDO_GID")
    if uid and gid:
        os.chown(path, int(uid), int(gid))
