# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between the two servers, MariaDB and MySQL, before they speak SQL."""

from __future__ import annotations

import os
import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from ...._guest.command import run
from ...._guest.systemd import Unit
from ..rules import settings, system_tables
from . import connection

_TIMEOUT = 300
# Root comes in by the local socket, and has no password. Source: MySQL Reference Manual, "Socket Peer-Credential Pluggable Authentication"
_MYSQL_ROOT = "INSTALL PLUGIN auth_socket SONAME 'auth_socket.so';\nALTER USER 'root'@'localhost' IDENTIFIED WITH auth_socket;\n"


class Engine(ABC):
    """A server program, as its distribution's package installs it."""

    name: ClassVar[str]
    service: ClassVar[Unit]
    daemon: ClassVar[str]
    #: the statement that has certificates read anew
    reload_tls: ClassVar[str]
    #: its settings that a running server does not take
    fixed: ClassVar[settings.Fixed]
    #: what my_print_defaults is asked for all that the server reads
    settings_groups: ClassVar[tuple[str, ...]]
    #: rows of name and value of each variable, and ``YES`` behind those that the server calls read-only, where it knows
    variables: ClassVar[str]
    #: statements that let root write on a server that started as a replica
    let_root_write: ClassVar[tuple[str, ...]] = ()

    def version(self) -> str | None:
        """The installed server's version, e.g. ``10.11.18``, or None."""
        found = re.search(r"Ver (\d+\.\d+\.\d+)", run([self.daemon, "--no-defaults", "--version"], check=False).stdout)
        return found.group(1) if found else None

    @abstractmethod
    def create_system_tables(self, datadir: str) -> None:
        """Create the system tables in a data directory that holds nothing but markers. Root comes in by the local socket alone."""

    @abstractmethod
    def upgrade_needed(self, tables: str | None, server: str | None) -> bool | None:
        """Whether somebody has to bring the system tables to the server's version; None where there is nothing to compare."""

    @abstractmethod
    def upgrade_tables(self, timeout: float) -> None:
        """Bring the system tables of the running server to its version, and note that version."""


class MariaDB(Engine):
    name = "mariadb"
    service = Unit("mariadb.service")
    daemon = "mariadbd"
    reload_tls = "FLUSH SSL"
    fixed = settings.MARIADB
    settings_groups = ("--mysqld",)
    # Source: MariaDB Server documentation, "Information Schema SYSTEM_VARIABLES Table"
    variables = "SELECT VARIABLE_NAME, GLOBAL_VALUE, READ_ONLY FROM information_schema.SYSTEM_VARIABLES WHERE GLOBAL_VALUE IS NOT NULL"

    def create_system_tables(self, datadir: str) -> None:
        """Source: MariaDB, "mariadb-install-db"."""
        options = ["--user=mysql", f"--datadir={datadir}", "--skip-test-db", "--auth-root-authentication-method=socket"]
        run(["mariadb-install-db", *options], timeout=_TIMEOUT)

    def upgrade_needed(self, tables: str | None, server: str | None) -> bool | None:
        return system_tables.upgrade_needed(tables, server)

    def upgrade_tables(self, timeout: float) -> None:
        """Nothing is applied meanwhile: a replica that applies the creation of an account, and the change of the tables of accounts, wait for each other
        for ever. A replica that is killed in between stays stopped, which its link says. Source: MariaDB, "mariadb-upgrade".
        """
        with connection.Connection(connection.local(connection.SOCKET)) as local:
            applies = any("Yes" in (row["Slave_IO_Running"], row["Slave_SQL_Running"]) for row in local.rows("SHOW ALL SLAVES STATUS"))
            if applies:
                local.run("STOP ALL SLAVES")
            run(["mariadb-upgrade", "--no-defaults", "--user=root", f"--socket={connection.SOCKET}", "--silent"], timeout=timeout)
            if applies:
                local.run("START ALL SLAVES")


class MySQL(Engine):
    """Its server upgrades its system tables by itself, before it answers."""

    name = "mysql"
    service = Unit("mysql.service")
    daemon = "mysqld"
    reload_tls = "ALTER INSTANCE RELOAD TLS"
    fixed = settings.MYSQL
    settings_groups = ("mysqld",)
    variables = "SHOW GLOBAL VARIABLES"
    let_root_write = ("SET GLOBAL super_read_only = OFF",)

    def create_system_tables(self, datadir: str) -> None:
        # mysqld wants an empty directory, so it gets one of its own beside the markers.
        created = os.path.join(datadir, ".made")
        with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="ascii") as file:
            file.write(_MYSQL_ROOT)
            file.flush()
            os.chmod(file.name, 0o644)
            options = ["--no-defaults", "--initialize-insecure", "--user=mysql", f"--datadir={created}", f"--init-file={file.name}"]
            run([self.daemon, *options], timeout=_TIMEOUT)
        for name in os.listdir(created):
            os.rename(os.path.join(created, name), os.path.join(datadir, name))
        os.rmdir(created)

    def upgrade_needed(self, tables: str | None, server: str | None) -> bool | None:
        return False

    def upgrade_tables(self, timeout: float) -> None:
        """There is nothing to do."""


MARIADB, MYSQL = MariaDB(), MySQL()
ENGINES: Mapping[str, Engine] = {engine.name: engine for engine in (MARIADB, MYSQL)}
