# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real Redis servers on loopback, and our modules run against them as Ansible runs them: one process each, arguments on stdin."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "only for loopback"
_MODULE = "import sys; from ansible.module_utils import basic; basic._ANSIBLE_PROFILE = 'legacy'; import {name} as module; module.main()"


def collection_path(directory: Path) -> Path:
    """A place from which Python imports this checkout as ansible_collections.stackdb.trove."""
    checkout = directory / "ansible_collections" / "stackdb" / "trove"
    checkout.parent.mkdir(parents=True, exist_ok=True)
    if not checkout.is_symlink():
        checkout.symlink_to(ROOT)
    return directory


def certificate(directory: Path) -> dict[str, str]:
    """A certificate for 127.0.0.1, signed by itself: {ca, cert, key}."""
    directory.mkdir(parents=True, exist_ok=True)
    key, cert = directory / "server.key", directory / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=redis test",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", str(key), "-out", str(cert)],
        check=True, capture_output=True,
    )
    return {"ca": str(cert), "cert": str(cert), "key": str(key)}


class Servers:
    """Redis servers in cluster mode, on ports from `first` on; each bus is at its port plus 10000.

    :param tls: what `certificate` made, or None for plain text
    """

    def __init__(self, directory: Path, first: int, tls: dict | None = None, hosts: int = 3, program: str = "redis-server"):
        self.directory, self.first, self.tls, self.hosts, self.program = directory, first, tls, hosts, program
        self.processes: dict[str, subprocess.Popen] = {}
        #: when those that were killed were, by the monotonic clock
        self.ended: dict[str, float] = {}
        #: of those that are at another one than 127.0.0.1
        self.addresses: dict[str, str] = {}
        self.tree = collection_path(directory / "collections")

    def start(self, *names: str, **settings: str) -> None:
        """Start servers by name, e.g. "m4", and wait until they answer."""
        for name in names:
            self._spawn(name, settings)
        for name in names:
            self._await(name)

    def _spawn(self, name: str, settings: dict) -> None:
        home = self.directory / name
        home.mkdir(parents=True, exist_ok=True)
        port = self.port(name)
        options = {
            "bind": self.address(name), "port": port, "dir": home, "cluster-enabled": "yes", "cluster-config-file": "nodes.conf",
            "save": '""', "appendonly": "no",
            "requirepass": f'"{PASSWORD}"', "masterauth": f'"{PASSWORD}"', "logfile": home / "log", "repl-diskless-sync-delay": 0,
        }
        if self.tls:
            options.update({
                "port": 0, "tls-port": port, "tls-cluster": "yes", "tls-replication": "yes", "tls-auth-clients": "no",
                "tls-cert-file": self.tls["cert"], "tls-key-file": self.tls["key"], "tls-ca-cert-file": self.tls["ca"],
            })
        options.update({key.replace("_", "-"): value for key, value in settings.items()})
        config = home / "redis.conf"
        config.write_text("".join(f"{key} {value}\n" for key, value in options.items()))
        self.processes[name] = subprocess.Popen([self.program, str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _await(self, name: str) -> None:
        deadline = time.monotonic() + 10
        while True:
            try:
                with socket.create_connection((self.address(name), self.port(name)), timeout=1):
                    return
            except OSError:
                assert time.monotonic() < deadline, (self.directory / name / "log").read_text()
                time.sleep(0.05)

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait()
        self.processes.clear()

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        process.wait()
        self.ended[name] = time.monotonic()

    def port(self, name: str) -> int:
        return self.first + int(name[1:])

    def address(self, name: str) -> str:
        return self.addresses.get(name, "127.0.0.1")

    def node(self, name: str) -> dict:
        return {"name": name, "address": self.address(name), "port": self.port(name), "host": f"host{int(name[1:]) % self.hosts}"}

    def arguments(self, names: list[str] | tuple[str, ...], **options) -> dict:
        found = {"nodes": [self.node(name) for name in names], "password": PASSWORD, "tls": bool(self.tls), **options}
        return {**found, "ca_cert": self.tls["ca"]} if self.tls else found

    def command(self, module: str = "trove_redis_cluster") -> tuple[list[str], dict]:
        """(argv, environment) of a process that runs the module with its arguments on stdin."""
        name = f"ansible_collections.stackdb.trove.plugins.modules.{module}"
        return [sys.executable, "-c", _MODULE.format(name=name)], {**os.environ, "PYTHONPATH": str(self.tree)}

    def run(self, names: list[str] | tuple[str, ...], *, module: str = "trove_redis_cluster", check: bool = False, **options) -> dict:
        """Run the module to its end; its result, with `failed` where it failed."""
        process = self.popen(names, module=module, check=check, **options)
        out, err = process.communicate()
        assert PASSWORD not in out + err
        assert out.strip(), err
        return json.loads(out)

    def popen(self, names: list[str] | tuple[str, ...], *, module: str = "trove_redis_cluster", check: bool = False, **options) -> subprocess.Popen:
        """Start the module and return at once."""
        argv, environment = self.command(module)
        arguments = {"ANSIBLE_MODULE_ARGS": {**self.arguments(names, **options), "_ansible_check_mode": check, "_ansible_diff": True}}
        process = subprocess.Popen(argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdin
        process.stdin.write(json.dumps(arguments))
        process.stdin.close()
        process.stdin = None
        return process

    def client_options(self) -> dict:
        """What redis-py needs to reach these servers."""
        found: dict = {"password": PASSWORD}
        return {**found, "ssl": True, "ssl_ca_certs": self.tls["ca"]} if self.tls else found
