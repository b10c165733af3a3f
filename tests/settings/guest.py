# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A guest in a directory: a real MariaDB or MySQL server, our modules run as Ansible runs them, and the settings file that the server starts with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pymysql

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(__file__).with_name("tools")
#: what the modules find at fixed places of a guest is in the directory
_MODULE = """
import sys
from ansible.module_utils import basic
basic._ANSIBLE_PROFILE = 'legacy'
_ours = 'ansible_collections.stackdb.trove.plugins.module_utils.'
from importlib import import_module
import_module(_ours + '_datastores.mysql.guest.connection').SOCKET = '{home}/socket'
import_module(_ours + '_guest.kept_options').DIRECTORY = '{home}/etc'
import_module(_ours + '_guest.lock')._DIRECTORY = '{home}'
_engine = import_module(_ours + '_datastores.mysql.guest.engines').ENGINES['{engine}']
_engine.program, _engine.user = ('{program}',), 'root'
_engine.settings_groups = ('--defaults-file={file}', 'mysqld')
import ansible_collections.stackdb.trove.plugins.modules.{module} as module
module.main()
"""


def collection_path() -> Path:
    """A place from which Python imports this checkout as ansible_collections.stackdb.trove."""
    tree = ROOT / ".cache" / "replication"
    checkout = tree / "ansible_collections" / "stackdb" / "trove"
    checkout.parent.mkdir(parents=True, exist_ok=True)
    if not checkout.is_symlink():
        checkout.symlink_to(ROOT)
    return tree


class Program:
    """An engine's server program, as one path, and how system tables are made."""

    def __init__(self, engine: str, path: str, install: list[str], template: Path):
        self.engine, self.path, self.install, self.template = engine, path, install, template

    def fill(self, datadir: Path) -> None:
        """System tables, made once and copied then."""
        if not self.template.exists():
            done = subprocess.run([*self.install, f"--datadir={self.template}"], check=False, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        subprocess.run(["cp", "-a", str(self.template), str(datadir)], check=True)


_IMAGES = Path(os.environ.get("DEVCLOUD_STATE", "/var/lib/stackdb-devcloud")) / "images"


def mariadb(place: Path) -> Program | None:
    """This machine's, or else that of an image of devcloud."""
    found = shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin")
    if not found:
        return _mariadb_of("debian-12-mariadb-10.11", "usr/share/mysql", "mysql", place)
    return Program("mariadb", found, ["mariadb-install-db", "--no-defaults", "--user=root", "--skip-test-db"], place / "mariadb-data")


def mariadb_11(place: Path) -> Program | None:
    """MariaDB 11 out of an image of devcloud."""
    return _mariadb_of("debian-13-mariadb-11.8", "usr/share/mariadb", "mariadb", place)


def _mariadb_of(name: str, share: str, prefix: str, place: Path) -> Program | None:
    """Its own installer would start the programs of its root file system without their loader."""
    image = Image(name)
    program = image.program("mariadbd", share, place, "--character-sets-dir={}/charsets")
    if not program:
        return None
    scripts = " ".join(str(image.find(f"{share}/{prefix}_{part}.sql")) for part in ("system_tables", "performance_tables", "system_tables_data"))
    install = place / f"install-{name}"
    bootstrap = f"{program} --no-defaults --bootstrap --user=root --datadir=$data --max-allowed-packet=8M --net-buffer-length=16K"
    install.write_text(f"#!/bin/sh\nset -e\ndata=${{1#--datadir=}}\nmkdir -p $data/mysql\n(echo 'use mysql;'; cat {scripts}) | {bootstrap}\n")
    install.chmod(0o755)
    return Program("mariadb", str(program), [str(install)], place / f"{name}-data")


def mysql(place: Path) -> Program | None:
    """MySQL out of an image of devcloud."""
    program = Image("debian-sid-mysql-9").program("mysqld", "usr/share/mysql", place, "--secure-file-priv=")
    install = [str(program), "--no-defaults", "--initialize-insecure", "--user=root"]
    return Program("mysql", str(program), install, place / "mysql-data") if program else None


class Image:
    """The root file system of an image of devcloud, which may lie in layers; its programs are run by its own loader."""

    def __init__(self, name: str):
        self.layers: list[Path] = []
        description = _IMAGES / name / "image.json"
        if description.exists():
            self.layers = [_IMAGES / layer / "rootfs" for layer in json.loads(description.read_text()).get("layers", [name])]

    def find(self, path: str) -> Path | None:
        return next((layer / path for layer in self.layers if (layer / path).exists()), None)

    def program(self, name: str, share: str, place: Path, more: str) -> Path | None:
        """A server as one program; None where the image is not there."""
        binary, loader, shared = self.find(f"usr/sbin/{name}"), self.find("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"), self.find(share)
        if not (binary and loader and shared):
            return None
        libraries = ":".join(f"{layer}/usr/lib/x86_64-linux-gnu:{layer}/usr/lib/mysql/private" for layer in self.layers)
        root = shared.parents[1]
        own = f"--basedir={root} --plugin-dir={root}/lib/mysql/plugin --lc-messages-dir={shared} {more.format(shared)}"
        wrapper = place / f"{name}-{root.parents[1].name}"
        # the file of the defaults comes first
        wrapper.write_text(f'#!/bin/sh\nfirst=$1\nshift\nexec {loader} --library-path {libraries} {binary} "$first" {own} "$@"\n')
        wrapper.chmod(0o755)
        return wrapper


class Guest:
    """One guest, with a server that has data and runs."""

    def __init__(self, program: Program, home: Path, port: int, role: str = "mysql_replication"):
        self.program, self.home, self.port, self.role = program, home, port, role
        self.file = home / "ours.cnf"
        (home / "etc").mkdir(parents=True)
        program.fill(home / "data")
        if program.engine == "mariadb":
            # mariadb-upgrade of this machine refuses a server of another one
            version = subprocess.run([program.path, "--no-defaults", "--version"], check=True, capture_output=True, text=True).stdout
            (home / "data" / "mariadb_upgrade_info").write_text(version.split("Ver ")[1].split()[0])
        # What a role would own, and what keeps it on loopback, is on the command line, as if from the package.
        command = [
            program.path, f"--defaults-file={self.file}", "--user=root", f"--datadir={home}/data", f"--socket={home}/socket", f"--pid-file={home}/pidfile",
            f"--port={port}", "--bind-address=127.0.0.1", f"--log-error={home}/log",
        ]  # fmt: skip
        command += ["--loose-mysqlx=OFF"] if program.engine == "mysql" else ["--skip-grant-tables=OFF"]
        (home / "command").write_text(json.dumps(command))
        self.file.write_text("")

    def module(self, name: str, check: bool = False, **options: Any) -> dict:
        """Run a module to its end; its result, with `failed` where it failed."""
        code = _MODULE.format(home=self.home, engine=self.program.engine, program=self.program.path, file=self.file, module=name)
        environment = {**os.environ, "PYTHONPATH": str(collection_path()), "FAKE_UNIT": str(self.home), "PATH": f"{TOOLS}:{os.environ['PATH']}"}
        given = {"engine": self.program.engine, "datadir": str(self.home / "data"), **options, "_ansible_check_mode": check, "_ansible_diff": True}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, input=json.dumps({"ANSIBLE_MODULE_ARGS": given}), capture_output=True, text=True, timeout=600,
            check=False,
        )  # fmt: skip
        assert done.stdout.strip(), done.stderr
        return json.loads(done.stdout)

    def settings(self, settings: dict[str, Any], check: bool = False, **options: Any) -> dict:
        return self.module("trove_mysql_settings", check, role=self.role, path=str(self.file), settings=settings, **options)

    def server(self, check: bool = False, allow_restart: bool = False) -> dict:
        return self.module("trove_mysql_server", check, role=self.role, allow_restart=allow_restart, timeout=60)

    def serve(self, settings: dict[str, Any], allow_restart: bool = True) -> list[dict]:
        """What a role does, once: its settings are written, and its server has them. The results, up to the first that failed."""
        results = [self.settings(settings)]
        if not results[0].get("failed"):
            results.append(self.server(allow_restart=allow_restart))
        return results

    def sql(self, *statements: str) -> list[tuple]:
        with closing(pymysql.connect(unix_socket=str(self.home / "socket"), user="root", autocommit=True)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def live(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.sql("SHOW GLOBAL VARIABLES")}

    def pid(self) -> int | None:
        try:
            return int((self.home / "pid").read_text())
        except (OSError, ValueError):
            return None

    def restart(self) -> None:
        """As somebody does by hand."""
        for action in ("stop", "start"):
            subprocess.run([str(TOOLS / "systemctl"), action], env={**os.environ, "FAKE_UNIT": str(self.home)}, check=True)
        for _try in range(300):
            try:
                self.sql("SELECT 1")
                return
            except pymysql.MySQLError:
                time.sleep(0.2)
        raise AssertionError((self.home / "log").read_text()[-2000:])

    def remove(self) -> None:
        pid = self.pid()
        if pid and Path(f"/proc/{pid}").exists():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.home)
