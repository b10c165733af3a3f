# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether bus ports can be reached from where this runs."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

_TIMEOUT = 3


def probe(targets: Mapping[str, tuple[str, int]]) -> dict[str, str]:
    """``{name: "open", "refused" or "no answer"}``, all tried at the same time.

    :param targets: ``{name: (address, port)}``
    """
    with ThreadPoolExecutor(max_workers=16) as pool:
        return dict(zip(targets, pool.map(_probe, targets.values())))


def _probe(target: tuple[str, int]) -> str:
    try:
        with socket.create_connection(target, timeout=_TIMEOUT):
            return "open"
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "no answer"
