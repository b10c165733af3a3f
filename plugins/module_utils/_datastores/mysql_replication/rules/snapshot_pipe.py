# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell scripts that send a snapshot to all replicas at once, and receive it: pure text."""

from __future__ import annotations

import shlex

#: A skippable frame (Zstandard format, RFC 8878, 3.1.2), which zstd reads over: the last bytes of a stream that is complete. Without it a stream that
#: the tool has left early could not be told from one that has ended.
END = b"\x50\x2a\x4d\x18\x08\x00\x00\x00complete"
_END = "".join(f"\\x{byte:02x}" for byte in END)

#: Seconds after which a peer that takes nothing any more counts as dead: TCP_USER_TIMEOUT, option 18 of level 6 (tcp(7)), in milliseconds.
DEAD_AFTER = 60
_KEEPALIVE = "keepalive,keepidle=15,keepintvl=5,keepcnt=6"


def _tls(directory, peer):
    """Both ends show a certificate, and verify the other's against the replication topology's CA and by its name. Source: socat(1), OPENSSL"""
    return f"cert={directory}/server.pem,key={directory}/server.key,cafile={directory}/ca.pem,verify=1,commonname={peer}"


def sender(tool, storage_engines, workspace, streams, port, tls_directory):
    """The same data to several replicas. A stream that breaks ends by itself, and its code is kept as ``<number>.code``; the other streams go on.

    :param streams: (name, address) of each replica
    """
    numbers = range(len(streams))
    socats = [
        f"socat -u STDIN OPENSSL:{_bracketed(address)}:{port},{_tls(tls_directory, name)},{_KEEPALIVE},connect-timeout=30,"
        f"setsockopt-int=6:18:{DEAD_AFTER * 1000}"
        for name, address in streams
    ]
    stage = tool.stage(workspace)
    *others, last = (f"{number}.pipe" for number in numbers)
    return "\n".join(
        [
            "set -u -o pipefail",
            'cd "$RUNTIME_DIRECTORY"',
            f"mkfifo {' '.join(f'{number}.pipe' for number in numbers)}",
            # Nothing stays on the source, however this ends.
            f"trap {shlex.quote(f'rm -rf {workspace}')} EXIT",
            *([f"{shlex.join(stage)} || exit"] if stage else []),
            *(f"{{ {socat} < {number}.pipe; echo $? > {number}.code; }} &" for number, socat in zip(numbers, socats)),
            f"{{ {shlex.join(tool.send(workspace, storage_engines))} | zstd -q -1 -T0 && printf '{_END}'; }} "
            f"| tee --output-error=warn {' '.join(others)} > {last}",
            "code=${PIPESTATUS[0]}",
            "wait",
            "exit $code",
        ]
    )


def receiver(tool, datadir, port, tls_directory, peer, patience, finish):
    """Listen for one stream, unpack it, see that it is complete, and prepare what it has brought.

    :param peer: the name in the sender's certificate
    :param patience: seconds to wait for it
    :param finish: (from, to): the marker of a directory that is being received, and of one that is complete
    """
    prepare = tool.prepare(datadir)
    return "\n".join(
        [
            "set -u -o pipefail",
            'cd "$RUNTIME_DIRECTORY"',
            "mkfifo copy.pipe",
            f"tail -c {len(END)} < copy.pipe > end &",
            f"socat -u OPENSSL-LISTEN:{port},reuseaddr,accept-timeout={patience},{_KEEPALIVE},{_tls(tls_directory, peer)} STDOUT "
            f"| tee copy.pipe | zstd -q -d | {shlex.join(tool.unpack(datadir))} || exit",
            "wait",
            f"cmp -s end <(printf '{_END}') || {{ echo 'The stream ended before it was complete.' >&2; exit 1; }}",
            *([f"{shlex.join(prepare)} || exit"] if prepare else []),
            shlex.join(["mv", *finish]),
        ]
    )


def _bracketed(address):
    return f"[{address}]" if ":" in address else address
