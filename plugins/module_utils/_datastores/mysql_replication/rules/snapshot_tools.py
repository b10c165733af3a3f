# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that copy a database while it serves, behind one interface: each writes one stream, and unpacks it elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from ...._model.errors import InvalidInput, Refused

_SOCKET = "/run/mysqld/mysqld.sock"
#: kinds of tables that stand beside the storage engines: those that keep their history, by time, and by transactions.
#: Source: MariaDB, "System-Versioned Tables", "Transaction-Precise History in InnoDB"
VERSIONED, VERSIONED_BY_TRANSACTION = "SYSTEM VERSIONED", "SYSTEM VERSIONED by transactions"
#: files that a copy may open at once: one for each table, and its partitions. systemd lowers it to what the system allows. It is no option of a tool:
#: mariadb-backup that is asked for more than the hard limit stays at the soft one.
OPEN_FILES = 262144
#: storage engines whose tables mariadb-backup copies. Source: MariaDB, "mariadb-backup Overview", "Supported storage engines"
_MARIADB_BACKUP_ENGINES = {"InnoDB", "Aria", "MyISAM", "MyRocks", "ROCKSDB", "CSV", "MRG_MyISAM", "SEQUENCE", VERSIONED, VERSIONED_BY_TRANSACTION}


class Tool(ABC):
    """One tool. Commands are lists of words; none holds a secret, since the tools come in by the socket as root.

    binlog_info names the file, one of those below the data directory, that says where in the binary log the copy stands: file, position and GTIDs in
    one line with tabs between. None where the server knows it by itself.
    """

    name: ClassVar[str]
    #: datastores that it copies
    engines: ClassVar[tuple[str, ...]]
    #: programs that it needs, of the source and of a replica
    source_programs: ClassVar[tuple[str, ...]]
    replica_programs: ClassVar[tuple[str, ...]]
    binlog_info: ClassVar[tuple[str, ...]] = ()
    #: storage engines that it copies consistently, while others write
    storage_engines: ClassVar[frozenset[str]] = frozenset({"InnoDB"})
    #: whether it is unpacked by a server that runs, instead of into its directory
    into_server: ClassVar[bool] = False

    @abstractmethod
    def send(self, workspace: str, storage_engines: Iterable[str]) -> list[str]:
        """The command that writes the stream to its output.

        :param workspace: an empty directory of its own, where it may keep what is gone afterwards
        :param storage_engines: names of the storage engines that have tables
        """

    @abstractmethod
    def unpack(self, datadir: str) -> list[str]:
        """The command that reads the stream and creates the files below the data directory."""

    def stage(self, workspace: str) -> list[str]:
        """The command that has to be run before `send`; empty for none."""
        return []

    def option(self, storage_engines: Iterable[str]) -> str | None:
        """An option of the first of `source_programs` that the copy cannot do without, and that older versions do not have."""
        return None

    def prepare(self, datadir: str) -> list[str]:
        """The command that prepares the unpacked files for a start; empty for none."""
        return []

    def check(self, storage_engines: Mapping[str, Sequence[str]]) -> None:
        """:raises Refused: when there are tables that it does not copy

        :param storage_engines: ``{name: [table]}``
        """
        other = {name: tables for name, tables in storage_engines.items() if name not in self.storage_engines}
        if other:
            text = "; ".join(f"{name}: {', '.join(tables)}" for name, tables in sorted(other.items()))
            raise Refused(f"{self.name} does not copy tables of all the storage engines that there are ({text}). The tool dump does.", engines=other)


class MariadbBackup(Tool):
    """Source: MariaDB, "mariadb-backup Options", "Streaming"."""

    name = "mariadb_backup"
    engines = ("mariadb",)
    source_programs = ("mariadb-backup", "zstd", "socat")
    replica_programs = ("mariadb-backup", "mbstream", "zstd", "socat")
    binlog_info = ("mariadb_backup_binlog_info", "xtrabackup_binlog_info")
    storage_engines = frozenset(_MARIADB_BACKUP_ENGINES)

    def send(self, workspace: str, storage_engines: Iterable[str]) -> list[str]:
        return [
            "mariadb-backup", "--backup", "--stream=mbstream", "--parallel=2", "--user=root", f"--socket={_SOCKET}", f"--target-dir={workspace}"
        ]

    def unpack(self, datadir: str) -> list[str]:
        return ["mbstream", "-x", "-C", datadir]

    def prepare(self, datadir: str) -> list[str]:
        return ["mariadb-backup", "--prepare", f"--target-dir={datadir}"]


class Xtrabackup(Tool):
    """Source: Percona XtraBackup 8.0, "Take a streaming backup", "Prepare a full backup"."""

    name = "xtrabackup"
    engines = ("mysql",)
    source_programs = ("xtrabackup", "zstd", "socat")
    replica_programs = ("xtrabackup", "xbstream", "zstd", "socat")
    binlog_info = ("xtrabackup_binlog_info",)
    storage_engines = frozenset({"InnoDB", "MyISAM", "CSV", "MRG_MYISAM", "ROCKSDB"})

    def send(self, workspace: str, storage_engines: Iterable[str]) -> list[str]:
        return [
            "xtrabackup", "--backup", "--stream=xbstream", "--parallel=2", "--lock-ddl=ON", "--user=root", f"--socket={_SOCKET}",
            f"--target-dir={workspace}",
        ]

    def unpack(self, datadir: str) -> list[str]:
        return ["xbstream", "-x", "-C", datadir]

    def prepare(self, datadir: str) -> list[str]:
        return ["xtrabackup", "--prepare", f"--target-dir={datadir}"]


class Clone(Tool):
    """A copy beside the data, by MySQL's own plugin, which then goes the same way.

    Source: MySQL Reference Manual, "The Clone Plugin". Only InnoDB's tables are copied; those of other engines would arrive empty.
    """

    name = "clone"
    engines = ("mysql",)
    source_programs = ("mysql", "tar", "zstd", "socat")
    replica_programs = ("tar", "zstd", "socat")

    def stage(self, workspace: str) -> list[str]:
        return ["mysql", "--no-defaults", "--user=root", f"--socket={_SOCKET}", f"--execute=CLONE LOCAL DATA DIRECTORY = '{workspace}/copy'"]

    def send(self, workspace: str, storage_engines: Iterable[str]) -> list[str]:
        return ["tar", "--create", f"--directory={workspace}/copy", "--sparse", "."]

    def unpack(self, datadir: str) -> list[str]:
        return ["tar", "--extract", f"--directory={datadir}", "--no-same-owner"]


class Dump(Tool):
    """All databases as SQL: slow, and good for every storage engine.

    Source: MariaDB, "mariadb-dump"; MySQL Reference Manual, "mysqldump". Tables that know no transactions are locked while they are read.
    """

    name = "dump"
    into_server = True
    program: ClassVar[str]
    client: ClassVar[str]
    #: options by which the dump says where in the binary log it stands
    position: ClassVar[tuple[str, ...]]

    def check(self, storage_engines: Mapping[str, Sequence[str]]) -> None:
        """It reads every table by SQL, and of those with a history by transactions not the history."""
        tables = storage_engines.get(VERSIONED_BY_TRANSACTION)
        if tables:
            message = f"{self.name} does not copy the history of tables that keep it by transactions ({', '.join(tables)}). The tool mariadb_backup does."
            raise Refused(message, engines={VERSIONED_BY_TRANSACTION: tables})

    def option(self, storage_engines: Iterable[str]) -> str | None:
        return "--dump-history" if VERSIONED in storage_engines else None

    def send(self, workspace: str, storage_engines: Iterable[str]) -> list[str]:
        engines = set(storage_engines)
        consistent = "--single-transaction" if engines <= {"InnoDB", VERSIONED} else "--lock-all-tables"
        # Accounts are written into tables, of which a server that runs knows nothing until it is told.
        return [
            self.program, "--no-defaults", "--user=root", f"--socket={_SOCKET}", "--all-databases", "--triggers", "--routines", "--events", "--hex-blob",
            "--quick", "--flush-privileges", consistent, *filter(None, [self.option(engines)]), *self.position,
        ]

    def unpack(self, datadir: str) -> list[str]:
        return [self.client, "--no-defaults", "--user=root", f"--socket={_SOCKET}", "--init-command=SET SESSION sql_log_bin = 0"]


class MariaDbDump(Dump):
    engines = ("mariadb",)
    program, client = "mariadb-dump", "mariadb"
    source_programs = (program, "zstd", "socat")
    replica_programs = (client, "zstd", "socat")
    position = ("--gtid", "--master-data=1")


class MySqlDump(Dump):
    engines = ("mysql",)
    program, client = "mysqldump", "mysql"
    source_programs = (program, "zstd", "socat")
    replica_programs = (client, "zstd", "socat")
    position = ("--set-gtid-purged=ON",)


#: by datastore, its own tool first
_TOOLS: dict[str, tuple[Tool, ...]] = {"mariadb": (MariadbBackup(), MariaDbDump()), "mysql": (Clone(), Xtrabackup(), MySqlDump())}


def choose(name: str, engine: str) -> Tool:
    """The tool of a name, ``auto`` for the datastore's own.

    :raises InvalidInput: for a tool that does not copy this datastore
    """
    tools = _TOOLS[engine]
    for tool in tools:
        if name in ("auto", tool.name):
            return tool
    raise InvalidInput("tool", name, ["auto", *(tool.name for tool in tools)])
