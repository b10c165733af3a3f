# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a replica's link is broken, by the server's own error number and text, and whether it can be healed without loss. Pure.

Sources: MySQL Reference Manual, "Server Error Message Reference", "Client Error Message Reference", "Checking Replication Status"; MariaDB, "MariaDB Error
Codes", "Global Transaction ID" (gtid_strict_mode); the texts as 10.11.19 and 9.7.4 write them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .info import Link

#: what heals it: it is started; first all that was received is thrown away and received again; nothing but a new copy of the source's data
START, REFETCH, REFILL = "start", "refetch", "refill"
#: nothing that this collection does: something beside the databases has to be put right first
NOTHING = "nothing"


@dataclass(frozen=True)
class Cause:
    """
    :param kind: one of KINDS
    :param why: in words, with the server's number and text
    :param remedy: START, REFETCH, REFILL or NOTHING
    """

    kind: str
    why: str
    remedy: str


#: every kind, in words, and what heals it
KINDS: dict[str, tuple[str, str]] = {
    "stopped": ("it was stopped, without an error", START),
    "connecting": ("it is connecting, and has no error yet", START),
    "unreachable": ("its source cannot be reached", START),
    "credentials": ("its source refuses the account", START),
    "tls": ("the connection fails at TLS or a certificate: one that is not trusted, of another name, or over", START),
    "purged": ("its source has purged the binary logs that it needs", REFILL),
    "diverged": ("it has transactions that its source does not have", REFILL),
    "rows": ("its rows are not those of its source", REFILL),
    "relay": ("what it has received cannot be read", REFETCH),
    "disk": ("its disk is full", NOTHING),
    "same_server": ("it and its source have the same id", NOTHING),
    "passing": ("it gave up on a lock or a limit that may have passed", START),
    "receiving": ("it does not receive", START),
    "applying": ("it does not apply", REFILL),
}
#: of the client's library, and of a server that does not talk
_UNREACHABLE = {2001, 2002, 2003, 2004, 2005, 2006, 2007, 2009, 2012, 2013, 2055, 1040, 1042, 1053, 1077, 1079, 1158, 1159, 1160, 1161, 1189, 1190, 1203}
_CREDENTIALS = {1044, 1045, 1129, 1130, 1131, 1132, 1133, 1142, 1143, 1227, 1250, 1251, 1275, 1396, 1524, 1698, 1699, 1820, 2049, 2059, 2061, 3118, 4151}
_TLS = {2026, 3159}
#: ER_KEY_NOT_FOUND, ER_DUP_ENTRY and its kin; objects that are there or are not; definitions that differ; GTIDs out of order (gtid_strict_mode)
_ROWS = {1007, 1008, 1022, 1032, 1049, 1050, 1051, 1054, 1060, 1061, 1062, 1091, 1136, 1146, 1169, 1216, 1217, 1291, 1304, 1305, 1360, 1396, 1410, 1451, 1452,
         1535, 1538, 1586, 1677, 1859, 1950, 3546, 13113}  # fmt: skip
#: what was received cannot be read or written, its metadata cannot be, events are corrupt, or several appliers have left gaps. Of MySQL 8 and later those from
#: 13000 on, of MariaDB and older ones the others
_RELAY = {1201, 1371, 1380, 1594, 1595, 1610, 1743, 1756, 1802, 1871, 1872, 13115, 13121, 13122, 13123, 13124}
#: ER_DISK_FULL, ER_RECORD_FILE_FULL, and errno ENOSPC in other errors
_DISK = {1021, 1114}
#: a lock's timeout, a deadlock, memory, a statement or a connection that was ended
_PASSING = {1037, 1038, 1041, 1158, 1205, 1213, 1317, 1927, 1964, 3024, 3101}
_FATAL_READ, _FATAL = (1236, 13114), (1593, 13117)
_NO_SPACE = re.compile(r"Errcode: 28\b|errno: 28\b|No space left|disk full", re.IGNORECASE)
_AHEAD = re.compile(r"more GTIDs than|not in the master's binlog|not in the source's binlog|is missing the GTID", re.IGNORECASE)
_PURGED = re.compile(r"purged|Could not find (first log file name|GTID state|old binlog)|too old|no longer available", re.IGNORECASE)
_TLS_TEXT = re.compile(r"\bSSL\b|\bTLS\b|certificate|X509|X\.509", re.IGNORECASE)
#: of a coordinator of several appliers that names no error of its own
_UNREADABLE = re.compile(r"relay log (read failure|structure)|could not parse relay log|Event crc check failed|event_read error|corrupt", re.IGNORECASE)


def of_link(link: Link) -> Cause | None:
    """Why a link does not run; None where both of its threads do, without an error. What does not apply comes before what does not receive."""
    if link["sql_running"] != "Yes" and (link["sql_errno"] or link["sql_error"]):
        return _said(_of_applying(link["sql_errno"], link["sql_error"]), link["sql_errno"], link["sql_error"])
    if link["io_running"] != "Yes" and (link["io_errno"] or link["io_error"]):
        return _said(_of_receiving(link["io_errno"], link["io_error"]), link["io_errno"], link["io_error"])
    if "No" in (link["io_running"], link["sql_running"]):
        stopped = [what for what, runs in (("receiving", link["io_running"]), ("applying", link["sql_running"])) if runs == "No"]
        return Cause("stopped", f"{KINDS['stopped'][0]}: {' and '.join(stopped)}", START)
    return _plain("connecting") if link["io_running"] != "Yes" else None


def _plain(kind: str) -> Cause:
    return Cause(kind, *KINDS[kind])


def _said(kind: str, number: int, text: str) -> Cause:
    """Texts of several lines, and with other replicas' hints, are shortened: the server's log has all of it."""
    short = " ".join(text.split())
    return Cause(kind, f"{KINDS[kind][0]} ({number or 'no number'}: {short if len(short) <= 400 else short[:400] + '…'})", KINDS[kind][1])


def _of_receiving(number: int, text: str) -> str:
    if number in _DISK or _NO_SPACE.search(text):
        return "disk"
    if number in _FATAL_READ:
        # one number for all that the source's dump thread cannot send
        return "diverged" if _AHEAD.search(text) else "purged" if _PURGED.search(text) else "receiving"
    if number in _FATAL:
        return "same_server" if re.search(r"equal .*server (ids|UUIDs)", text, re.IGNORECASE) else "receiving"
    if number in _TLS or (number in (*_UNREACHABLE, *_CREDENTIALS) and _TLS_TEXT.search(_without_account(text))):
        return "tls"
    for kind, numbers in (("credentials", _CREDENTIALS), ("unreachable", _UNREACHABLE), ("relay", _RELAY)):
        if number in numbers:
            return kind
    return "receiving"


def _without_account(text: str) -> str:
    """MariaDB's text ends with the server's own words; the account's name and the host before them are ours."""
    return re.sub(r"'[^']*'@'[^']*'|master '[^']*'|source '[^']*'", "", text)


def _of_applying(number: int, text: str) -> str:
    if number in _DISK or _NO_SPACE.search(text):
        return "disk"
    if number in _RELAY or _UNREADABLE.search(text):
        return "relay"
    for kind, numbers in (("rows", _ROWS), ("passing", _PASSING)):
        if number in numbers:
            return kind
    return "applying"
