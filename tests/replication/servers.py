# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real MariaDB and MySQL servers on loopback, and our modules run against them as Ansible runs them: one process each, arguments on stdin."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from functools import cached_property
from pathlib import Path

import pymysql

ROOT = Path(__file__).resolve().parents[2]
_MODULE = "import sys; from ansible.module_utils import basic; basic._ANSIBLE_PROFILE = 'legacy'; import {name} as module; module.main()"
#: where replicas' connections come from when everything is on loopback
ADDRESS = "127.0.0.1"


def collection_path() -> Path:
    """A place from which Python imports this checkout as ansible_collections.stackdb.trove."""
    tree = ROOT / ".cache" / "replication"
    checkout = tree / "ansible_collections" / "stackdb" / "trove"
    checkout.parent.mkdir(parents=True, exist_ok=True)
    if not checkout.is_symlink():
        checkout.symlink_to(ROOT)
    return tree


class Family:
    """A certificate authority and the servers that trust it. Servers are made by name and stopped at the end."""

    def __init__(self, engine: Engine, directory: Path, first_port: int):
        self.engine, self.directory, self.port = engine, directory, first_port
        self.servers: dict[str, Server] = {}
        directory.mkdir(parents=True, exist_ok=True)
        self.ca = directory / "ca.pem"
        _openssl("req", "-x509", *_EC, "-days", "2", "-subj", "/CN=family", "-keyout", directory / "ca.key", "-out", self.ca)

    def start(self, *names: str, **settings: object) -> list[Server]:
        """Blank servers with a binary log, GTIDs and certificates, answering."""
        return [self._start(name, settings) for name in names]

    def _start(self, name: str, settings: dict) -> Server:
        self.port += 1
        server = Server(self, name, self.port, settings)
        self.servers[name] = server
        server.initialise()
        server.start()
        return server

    def stop(self) -> None:
        for server in self.servers.values():
            server.kill()

    def accounts(self, *names: str, promoter: str | None = None) -> dict:
        """What state=source takes of the named replicas."""
        replicas = [{"server_id": self.servers[name].port, "address": ADDRESS, "subject": f"/CN={name}"} for name in names]
        return {"replicas": replicas, "promoter": {"address": ADDRESS, "subject": f"/CN={promoter}"} if promoter else None}


class Engine:
    """How an engine's server is initialised and started.

    :param program: the words of a command line before its options
    :param options: those that only this engine has
    """

    def __init__(self, name: str, program: list[str], options: dict, template: Path):
        self.name, self.program, self.options, self.template = name, program, options, template

    def fill(self, datadir: Path) -> None:
        """System tables, made once and copied then."""
        if not self.template.exists():
            unfinished = self.template.with_suffix(".unfinished")
            self._initialise(unfinished)
            unfinished.rename(self.template)
        subprocess.run(["cp", "-a", str(self.template), str(datadir)], check=True)
        # A copy with the original's identity would be told off as the same server.
        (datadir / "auto.cnf").unlink(missing_ok=True)

    def _initialise(self, datadir: Path) -> None:
        if self.name == "mariadb":
            command = ["mariadb-install-db", "--no-defaults", "--user=root", "--skip-test-db", f"--datadir={datadir}"]
        else:
            command = [*self.program, "--no-defaults", "--initialize-insecure", "--user=root", f"--datadir={datadir}", *_flags(self.options)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    @classmethod
    def mariadb(cls, place: Path) -> Engine:
        options = {"gtid-strict-mode": "ON", "log-slave-updates": "ON", "slave-parallel-threads": 4, "character-set-server": "utf8mb4"}
        return cls("mariadb", [shutil.which("mariadbd") or "/usr/sbin/mariadbd"], options, place / "mariadb")

    @classmethod
    def mysql(cls, place: Path) -> Engine | None:
        """MySQL out of a root file system that is not this machine's: by that system's own loader. None where there is none."""
        root = Path(os.environ.get("MYSQL_ROOTFS", "/var/lib/stackdb-devcloud/images/debian-sid-mysql-9/rootfs"))
        libraries = root / "usr/lib/x86_64-linux-gnu"
        if not (root / "usr/sbin/mysqld").exists():
            return None
        program = [str(libraries / "ld-linux-x86-64.so.2"), "--library-path", f"{libraries}:{root}/usr/lib/mysql/private", f"{root}/usr/sbin/mysqld"]
        options = {"basedir": root / "usr", "plugin-dir": root / "usr/lib/mysql/plugin", "lc-messages-dir": root / "usr/share/mysql", "secure-file-priv": ""}
        running = {"gtid-mode": "ON", "enforce-gtid-consistency": "ON", "mysqlx": "OFF"}
        return cls("mysql", program, {**options, **running}, place / "mysql")


class Server:
    """One server; its server_id is its port."""

    def __init__(self, family: Family, name: str, port: int, settings: dict):
        self.family, self.name, self.port, self.settings = family, name, port, settings
        self.home = family.directory / name
        self.socket = self.home / "socket"
        self.process: subprocess.Popen | None = None
        #: settings that are read from a file, which MySQL's persisted ones override, as they do not override a command line
        self.option_file: Path | None = None

    @cached_property
    def tls(self) -> dict[str, str]:
        key, request, cert = self.home / "server.key", self.home / "server.csr", self.home / "server.pem"
        names = self.home / "names"
        names.write_text(f"subjectAltName=IP:{ADDRESS},DNS:{self.name}\nextendedKeyUsage=serverAuth,clientAuth\n")
        _openssl("req", *_EC, "-subj", f"/CN={self.name}", "-keyout", key, "-out", request)
        ca = ("-CA", self.family.ca, "-CAkey", self.family.directory / "ca.key", "-CAcreateserial")
        _openssl("x509", "-req", "-days", "2", *ca, "-extfile", names, "-in", request, "-out", cert)
        return {"ca_cert": str(self.family.ca), "client_cert": str(cert), "client_key": str(key)}

    def initialise(self) -> None:
        self.home.mkdir()
        self.family.engine.fill(self.home / "data")

    def start(self) -> None:
        tls = self.tls
        options = {
            "user": "root", "datadir": self.home / "data", "socket": self.socket, "port": self.port, "bind-address": ADDRESS,
            "pid-file": self.home / "pid", "log-error": self.home / "log", "server-id": self.port,
            "log-bin": "bin", "relay-log": "relay", "binlog-format": "ROW", "skip-name-resolve": "ON", "innodb-buffer-pool-size": "64M",
            "innodb-flush-log-at-trx-commit": 1, "sync-binlog": 1, "performance-schema": "ON",
            "ssl-ca": tls["ca_cert"], "ssl-cert": tls["client_cert"], "ssl-key": tls["client_key"],
            **self.family.engine.options, **{key.replace("_", "-"): value for key, value in self.settings.items()},
        }
        defaults = f"--defaults-file={self.option_file}" if self.option_file else "--no-defaults"
        argv = [*self.family.engine.program, defaults, *_flags(options)]
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=(self.home / "log").open("a"))
        deadline = time.monotonic() + 60
        while True:
            try:
                self.sql("SELECT 1")
                return
            except pymysql.MySQLError:
                assert self.process.poll() is None, self.log()
                assert time.monotonic() < deadline, self.log()
                time.sleep(0.1)

    def log(self) -> str:
        return (self.home / "log").read_text()[-3000:]

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def connect(self, **options) -> pymysql.Connection:
        return pymysql.connect(unix_socket=str(self.socket), user="root", autocommit=True, **options)

    def sql(self, *statements: str) -> list[tuple]:
        """The rows of the last of the statements."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def value(self, expression: str) -> object:
        return self.sql(f"SELECT {expression}")[0][0]

    def copy_to(self, *replicas: Server) -> str:
        """Make the replicas' data this server's, by copying files while all are down; the GTID of the copy."""
        variable = "@@gtid_binlog_pos" if self.family.engine.name == "mariadb" else "@@gtid_executed"
        gtid = str(self.value(variable)).replace("\n", "")
        for server in (self, *replicas):
            server.sql("SHUTDOWN")
            assert server.process
            server.process.wait(timeout=30)
        ignored = shutil.ignore_patterns("bin.*", "relay*", "auto.cnf", "mysqld-auto.cnf")
        for replica in replicas:
            shutil.rmtree(replica.home / "data")
            shutil.copytree(self.home / "data", replica.home / "data", ignore=ignored)
        for server in (self, *replicas):
            server.start()
        return gtid

    def run(self, module: str = "trove_mysql_replication", *, check: bool = False, **options) -> dict:
        """Run a module on this server to its end; its result, with `failed` where it failed."""
        process = self.popen(module, check=check, **options)
        out, err = process.communicate(timeout=120)
        assert out.strip(), err
        return json.loads(out)

    def popen(self, module: str = "trove_mysql_replication", *, check: bool = False, **options) -> subprocess.Popen:
        """Start a module and return at once."""
        name = f"ansible_collections.stackdb.trove.plugins.modules.{module}"
        environment = {**os.environ, "PYTHONPATH": str(collection_path())}
        given = {"socket": str(self.socket), **options, "_ansible_check_mode": check, "_ansible_diff": True}
        process = subprocess.Popen(
            [sys.executable, "-c", _MODULE.format(name=name)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdin
        process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": given}))
        process.stdin.close()
        process.stdin = None
        return process

    def attach(self, source: Server, **options) -> dict:
        return self.run(state="attached", source_host=ADDRESS, source_port=source.port, **{**self.tls, "timeout": 20, **options})

    def info(self, **options) -> dict:
        done = self.run("trove_mysql_replication_info", **options)
        assert "replication" in done, done
        return done["replication"]


_EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def _openssl(*argv: object) -> None:
    subprocess.run(["openssl", *map(str, argv)], check=True, capture_output=True)


def _flags(options: dict) -> list[str]:
    return [f"--{key}={value}" for key, value in options.items()]
