# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients that connect anew all the time, verify CA and address, and count who was turned away."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path

import pymysql

_PAUSE = 0.05


class Clients:
    """One thread a member, each with a new connection every 50 ms.

    :param bundle: the CAs that the clients trust, a file that is read for each connection
    """

    def __init__(self, addresses: list[str], bundle: Path, user: str, password: str) -> None:
        self.bundle, self.user, self.password = bundle, user, password
        self.served: Counter[str] = Counter()
        self.refused: list[str] = []
        self.resting: set[str] = set()
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(address,), daemon=True) for address in addresses]

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(20)

    def _run(self, address: str) -> None:
        while not self._end.wait(_PAUSE):
            if address in self.resting:
                continue
            try:
                connection = pymysql.connect(
                    host=address, user=self.user, password=self.password, connect_timeout=10, ssl_ca=str(self.bundle), ssl_verify_cert=True,
                    ssl_verify_identity=True,
                )  # fmt: skip
                with connection, connection.cursor() as cursor:
                    cursor.execute("INSERT INTO trove_tls.t (at) VALUES (NOW(6))")
                    connection.commit()
                self.served[address] += 1
            except (pymysql.MySQLError, OSError) as error:
                if address not in self.resting:
                    self.refused.append(f"{time.strftime('%H:%M:%S')} {address}: {error}")
