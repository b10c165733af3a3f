# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account by which the exporter of this guest asks its server: found by the user behind the socket, so without a password.

It may read status and variables, as every account may, and how replication goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...._guest.command import GuestError, run
from ...._model.metrics import USER
from .connection import SOCKET, Connection

_ACCOUNT = f"'{USER}'@'localhost'"
#: the plugin that asks a socket who comes, and what lets an account ask how replication goes, as SHOW GRANTS calls it
_WORDS = {"mariadb": ("unix_socket", "SLAVE MONITOR"), "mysql": ("auth_socket", "REPLICATION CLIENT")}
_NO_SUCH_GRANT = 1141
_RESTRICT = "SET GLOBAL super_read_only = ON"
#: of a server that knows the account, and that its exporter asks just now
_IN_USE = "max_user_connections"


class ExporterAccount:
    """:param logged: whether statements go to the other members, as Galera's have to. A replica has an account of its own, without a GTID"""

    def __init__(self, connection: Connection, engine: str, logged: bool) -> None:
        self.connection = connection
        self.engine = engine
        self.logged = logged
        self.plugin, self.privilege = _WORDS[engine]

    def missing(self) -> list[str]:
        """The statements that it takes until the account is as it shall be.

        :raises GuestError: for an account of that name that comes in otherwise
        """
        found = self._plugin()
        if found not in (None, self.plugin):
            raise GuestError(
                f"The account {USER}@localhost comes in by {found}, so it was not created by this collection, whose exporter comes in by {self.plugin}."
                " Rename it, or switch the exporters off."
            )
        via = f"IDENTIFIED {'VIA' if self.engine == 'mariadb' else 'WITH'} {self.plugin} WITH MAX_USER_CONNECTIONS 3"
        return [
            *([f"CREATE USER IF NOT EXISTS {_ACCOUNT} {via}"] if found is None else []),
            *([f"GRANT {self.privilege} ON *.* TO {_ACCOUNT}"] if found is None or not self._is_granted() else []),
            *self._lifted(),
        ]

    def surplus(self) -> list[str]:
        """The statements that remove it. One that comes in otherwise is another user's."""
        return [*([f"DROP USER IF EXISTS {_ACCOUNT}"] if self._plugin() == self.plugin else []), *self._lifted()]

    def run(self, statements: list[str]) -> None:
        with self._writing():
            self.connection.run(*(statement for statement in statements if statement != _RESTRICT))

    def prove(self) -> None:
        """Log in as the exporter does: as its user, by the socket.

        :raises GuestError: where the server does not let it in
        """
        # the client has the engine's name
        login = [self.engine, "--no-defaults", f"--user={USER}", f"--socket={SOCKET}", "--batch", "--execute=SELECT 1"]
        done = run(["runuser", "-u", USER, "--", *login], check=False)
        if done.returncode and _IN_USE not in done.stderr:
            raise GuestError(f"The account {USER}@localhost is there, and the exporter cannot log in by it: {done.stderr.strip()}")

    def _plugin(self) -> str | None:
        rows = self.connection.rows("SELECT plugin FROM mysql.user WHERE User = %s AND Host = 'localhost'", USER)
        return str(rows[0]["plugin"]) if rows else None

    def _is_granted(self) -> bool:
        try:
            rows = self.connection.rows(f"SHOW GRANTS FOR {_ACCOUNT}")
        except GuestError as error:
            if error.details.get("code") == _NO_SUCH_GRANT:
                return False
            raise
        return any(self.privilege in str(grant).partition(" ON *.* ")[0] for row in rows for grant in row.values())

    def _restricted(self) -> tuple[bool, bool]:
        """Whether super_read_only is on, and whether it has to be: a server of ours has both or none, and MySQL takes read_only away last."""
        if self.logged or self.engine != "mysql":
            return False, False
        found = self.connection.select(refuses="@@GLOBAL.super_read_only", due="@@GLOBAL.read_only")
        return bool(found["refuses"]), bool(found["due"])

    def _lifted(self) -> list[str]:
        """What a run that was killed between lifting it and setting it again has left to do."""
        on, due = self._restricted()
        return [_RESTRICT] if due and not on else []

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """super_read_only binds root, too; read_only, which binds everybody else, stays."""
        if self.logged:
            yield
            return
        on, due = self._restricted()
        self.connection.run("SET SESSION sql_log_bin = 0", *["SET GLOBAL super_read_only = OFF"] * on)
        try:
            yield
        finally:
            self.connection.run("SET SESSION sql_log_bin = 1", *[_RESTRICT] * due)
