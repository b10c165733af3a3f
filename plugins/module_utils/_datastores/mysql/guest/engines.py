# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between the two servers, MariaDB and MySQL, before they speak SQL."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import ClassVar

from ...._guest.command import GuestError, run
from ...._guest.systemd import Unit
from ..rules import system_tables
from . import connection

_TIMEOUT = 300
#: the code of an error where a variable cannot be set
_READ_ONLY = 1238
# Root comes in by the local socket, and has no password. Source: MySQL Reference Manual, "Socket Peer-Credential Pluggable Authentication"
_MYSQL_ROOT = "INSTALL PLUGIN auth_socket SONAME 'auth_socket.so';\nALTER USER 'root'@'localhost' IDENTIFIED WITH auth_socket;\n"


class Engine(ABC):
    """A server program, as its distribution's package installs it."""

    name: ClassVar[str]
    service: ClassVar[Unit]
    daemon: ClassVar[str]
    #: the statement that has certificates read anew
    reload_tls: ClassVar[str]
    #: the words of a command line before its options, and the user that it runs as
    program: tuple[str, ...]
    user: str = "mysql"
    #: what has the program check its options, and end: an exit code says whether it takes them, and stderr what it says of them
    checks: ClassVar[tuple[tuple[str, ...], ...]]
    #: what lets root into a server that settings are tried with
    trial_options: ClassVar[tuple[str, ...]] = ()
    #: the settings that replication cannot do without, and that a running server does not take
    required: ClassVar[tuple[str, ...]]
    #: what my_print_defaults is asked for all that the server reads
    settings_groups: ClassVar[tuple[str, ...]]
    #: statements that let root write on a server that started as a replica
    let_root_write: ClassVar[tuple[str, ...]] = ()

    def version(self) -> str | None:
        """The installed server's version, e.g. ``10.11.18``, or None."""
        found = re.search(r"Ver (\d+\.\d+\.\d+)", run([*self.program, "--no-defaults", "--version"], check=False).stdout)
        return found.group(1) if found else None

    @abstractmethod
    def at_start(self, local: connection.Connection, names: Collection[str]) -> set[str]:
        """Those of some variables that the running server does not take."""

    @abstractmethod
    def fill_for_trial(self, datadir: str) -> None:
        """A data directory that is there for one start, of a server that settings are tried with."""

    @abstractmethod
    def create_system_tables(self, datadir: str) -> None:
        """Create the system tables in a data directory that holds nothing but markers. Root comes in by the local socket alone."""

    @abstractmethod
    def upgrade_needed(self, tables: str | None, server: str | None) -> bool | None:
        """Whether somebody has to bring the system tables to the server's version; None where there is nothing to compare."""

    def not_applying(self) -> list[str]:
        """The connections whose thread that applies was stopped, as `upgrade_tables` does it for its time, and not by an error."""
        return []

    @abstractmethod
    def apply_again(self) -> None:
        """Start what does not run of the connections that do not apply, after an error, too: with the tables as they are now it may be over."""

    @abstractmethod
    def upgrade_tables(self, timeout: float, socket: str = connection.SOCKET) -> None:
        """Bring the system tables of the running server to its version, and note that version."""


class MariaDB(Engine):
    name = "mariadb"
    service = Unit("mariadb.service")
    daemon = "mariadbd"
    # LOCAL: else it is a transaction of its own in the binary log, which stops a replica in strict mode, and in Galera it goes to every member.
    reload_tls = "FLUSH LOCAL SSL"
    program = ("mariadbd",)
    checks = (("--verbose", "--help"),)
    trial_options = ("--skip-grant-tables",)
    required = ("log_bin", "log_slave_updates", "ssl_ca", "ssl_cert", "ssl_key")
    settings_groups = ("--mysqld",)

    def at_start(self, local: connection.Connection, names: Collection[str]) -> set[str]:
        """Source: MariaDB, "Information Schema SYSTEM_VARIABLES Table"."""
        rows = local.rows("SELECT VARIABLE_NAME AS name FROM information_schema.SYSTEM_VARIABLES WHERE READ_ONLY = 'YES'")
        return {row["name"].lower() for row in rows} & set(names)

    def fill_for_trial(self, datadir: str) -> None:
        """An empty one: it starts without tables of accounts."""
        os.mkdir(datadir, 0o700)
        _chown(self.user, datadir)

    def create_system_tables(self, datadir: str) -> None:
        """Source: MariaDB, "mariadb-install-db"."""
        options = ["--user=mysql", f"--datadir={datadir}", "--skip-test-db", "--auth-root-authentication-method=socket"]
        run(["mariadb-install-db", *options], timeout=_TIMEOUT)

    def upgrade_needed(self, tables: str | None, server: str | None) -> bool | None:
        return system_tables.upgrade_needed(tables, server)

    def upgrade_tables(self, timeout: float, socket: str = connection.SOCKET) -> None:
        """Nothing is applied meanwhile: a replica that applies the creation of an account, and the change of the tables of accounts, wait for each other
        for ever. A replica that is killed in between stays stopped, which its link says. Source: MariaDB, "mariadb-upgrade".

        It goes on receiving: with both threads stopped, a start deletes what was received and not applied, which a dead source cannot send again.
        """
        with connection.Connection(connection.local(socket)) as local:
            applying = [row["Connection_name"] for row in local.rows("SHOW ALL SLAVES STATUS") if row["Slave_SQL_Running"] == "Yes"]
            for name in applying:
                local.rows("STOP SLAVE %s SQL_THREAD", name)
            options = ["--no-defaults", "--user=root", f"--socket={socket}", "--silent", "--skip-write-binlog"]
            run(["mariadb-upgrade", *options], timeout=timeout)
            for name in applying:
                local.rows("START SLAVE %s SQL_THREAD", name)

    def not_applying(self) -> list[str]:
        with connection.Connection(connection.local(connection.SOCKET)) as local:
            rows = local.rows("SHOW ALL SLAVES STATUS")
        return [row["Connection_name"] for row in rows if row["Slave_SQL_Running"] == "No" and not row["Last_SQL_Error"]]

    def apply_again(self) -> None:
        with connection.Connection(connection.local(connection.SOCKET)) as local:
            for row in local.rows("SHOW ALL SLAVES STATUS"):
                if row["Slave_SQL_Running"] == "No":
                    local.rows("START SLAVE %s", row["Connection_name"])


class MySQL(Engine):
    """Its server upgrades its system tables by itself, before it answers."""

    name = "mysql"
    service = Unit("mysql.service")
    daemon = "mysqld"
    reload_tls = "ALTER INSTANCE RELOAD TLS"
    program = ("mysqld",)
    # Help says which values it changes, and leaves out which options it does not know.
    checks = (("--validate-config",), ("--verbose", "--help"))
    required = ("log_bin", "log_replica_updates", "gtid_mode", "enforce_gtid_consistency")
    settings_groups = ("mysqld",)
    let_root_write = ("SET GLOBAL super_read_only = OFF",)

    def at_start(self, local: connection.Connection, names: Collection[str]) -> set[str]:
        """The server looks up all variables of a statement before it looks at any value, and sets none where one value is refused. So a statement with a
        value that nothing has says whether the other variable can be set at all. Source: sql/set_var.cc, sql_set_variables().
        """
        found = set()
        for name in names:
            try:
                local.run(f"SET GLOBAL `{name}` = @@GLOBAL.`{name}`, GLOBAL max_connections = 'none'")
            except GuestError as error:
                found |= {name} if error.details.get("code") == _READ_ONLY else set()
        return found

    def fill_for_trial(self, datadir: str) -> None:
        """As `create_system_tables` does it, so what does not fit to such tables is noticed."""
        small = ["--innodb-redo-log-capacity=8M", "--innodb-flush-method=nosync", "--innodb-doublewrite=OFF", "--skip-log-bin"]
        run([*self.program, "--no-defaults", "--initialize-insecure", f"--user={self.user}", f"--datadir={datadir}", *small], timeout=_TIMEOUT)

    def create_system_tables(self, datadir: str) -> None:
        # mysqld wants an empty directory, so it gets one of its own beside the markers.
        created = os.path.join(datadir, ".made")
        with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="ascii") as file:
            file.write(_MYSQL_ROOT)
            file.flush()
            os.chmod(file.name, 0o644)
            options = ["--no-defaults", "--initialize-insecure", "--user=mysql", f"--datadir={created}", f"--init-file={file.name}"]
            run([*self.program, *options], timeout=_TIMEOUT)
        for name in os.listdir(created):
            os.rename(os.path.join(created, name), os.path.join(datadir, name))
        os.rmdir(created)

    def apply_again(self) -> None:
        """There is none that was stopped."""

    def upgrade_needed(self, tables: str | None, server: str | None) -> bool | None:
        return False

    def upgrade_tables(self, timeout: float, socket: str = connection.SOCKET) -> None:
        """There is nothing to do."""


def _chown(user: str, path: str) -> None:
    if user != "root":
        shutil.chown(path, user, user)


MARIADB, MYSQL = MariaDB(), MySQL()
ENGINES: Mapping[str, Engine] = {engine.name: engine for engine in (MARIADB, MYSQL)}
