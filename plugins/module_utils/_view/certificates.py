# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the ends of a member's certificates mean, as `_guest.certificate.ends` reports them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from .table import Data

#: days before its end from which on a certificate is an error
SOON = 7


def judge(tls: Data | None, days: int, verb: str | None = None) -> Iterator[tuple[str, str]]:
    """``(sentence, severity)`` of a certificate or CA that has ended, or ends soon. Without the number of days, so that it is the same tomorrow.

    :param verb: that replaces it, where there is one
    """
    left = (tls or {}).get("days")
    if tls is None or left is None or (left > 0 and left >= days):
        return
    own, authorities = tls.get("certificate"), tls.get("authorities") or []
    ends = min([*([own] if own else []), *([max(authorities)] if authorities else [])], default=None)
    at = f" on {datetime.fromtimestamp(ends, timezone.utc):%Y-%m-%d}" if ends else ""
    ended = "has ended" if left <= 0 else "ends"
    way = f": stackdb.trove.{verb} replaces it" if verb else ""
    yield f"TLS {ended}{at}, with its certificate or CA{way}", "error" if left <= 0 or left < min(SOON, days) else "warning"


def authorities(tls: Data | None) -> str:
    """The CAs that a member trusts, by when they end; ``none`` where it speaks no TLS."""
    ends = sorted((tls or {}).get("authorities") or [])
    return " and ".join(f"one until {datetime.fromtimestamp(end, timezone.utc):%Y-%m-%d %H:%M}" for end in ends) or "none"
