# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings tried on a server of their own, in a directory of its own, beside the one that serves: what it refuses, and what it makes of them.

The server that is tried sees neither the network nor the data directory (it has namespaces of its own), and is the first that the kernel ends for want of
memory. It is killed when it has answered.
"""

from __future__ import annotations

import os
import pwd
import resource
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ...._guest.command import GuestError, run
from ..rules import catalogue
from ..rules.catalogue import Catalogue
from ..rules.option_file import Option
from . import connection
from .engines import Engine

# AppArmor's profiles let a database write here, and it is on a disk everywhere.
_PLACE = "/var/tmp"
_TIMEOUT = 90
_NOT_SET = "Error while setting value"
#: seconds in which a server that listens may turn everybody away
_TURNED_AWAY = 15
_POLL = 0.05
# What a server that serves nobody, and is new, must not or cannot do: it would take memory or disk, or ask the network. The command line has the last word.
_OVERRIDES = (
    "--skip-networking", "--loose-memlock=OFF", "--loose-large-pages=OFF", "--loose-mysqlx=OFF", "--loose-wsrep-on=OFF", "--loose-wsrep-provider=none",
    "--loose-wsrep-cluster-address=", "--loose-innodb-log-file-size=8M", "--loose-innodb-redo-log-capacity=8M",
)  # fmt: skip
_CLUSTER = {
    "wsrep_on", "wsrep_provider", "wsrep_cluster_address", "wsrep_cluster_name", "wsrep_node_name", "wsrep_node_address", "wsrep_provider_options",
    "wsrep_sst_method", "wsrep_sst_auth",
}  # fmt: skip
_LEFT_OUT = _CLUSTER | {
    "datadir", "socket", "pid_file", "log_error", "user", "bind_address", "port", "skip_networking", "memlock", "large_pages", "mysqlx", "read_only",
    "super_read_only", "innodb_log_file_size", "innodb_redo_log_capacity", "innodb_data_file_path", "innodb_force_recovery", "innodb_read_only",
    "innodb_buffer_pool_populate", "init_file", "ssl_ca", "ssl_cert", "ssl_key", "report_host",
}  # fmt: skip
_NAMESPACES = ["unshare", "--mount", "--net", "--"]
# Argument 1 is the number of files that may be open, or as many as can be had; those up to -- are hidden, the rest is run. Mounts go with their namespace.
_BEGIN = (
    'ulimit -n "$1" 2>/dev/null || ulimit -n "$(ulimit -Hn)"; shift;'
    ' while [ "$1" != -- ]; do [ ! -d "$1" ] || mount -t tmpfs -o mode=1777,size=64m hidden "$1" || exit; shift; done; shift; exec "$@"'
)


@dataclass(frozen=True)
class Answer:
    """:param variables: of a server that was started with the options, by name; None where it did not start
    :param log: what it wrote
    """

    variables: Mapping[str, str] | None
    log: list[str]


def theirs(engine: Engine, file: str) -> list[Option]:
    """What other files than ours say, in their order: the package's, and those of somebody else.

    :param file: ours, which is read in one piece
    """
    every, ours = _arguments(engine.settings_groups), _arguments((f"--defaults-file={file}", "mysqld"))
    begins = (at for at in range(len(every) - len(ours) + 1) if every[at : at + len(ours)] == ours)
    at = next(begins, 0) if ours else 0
    others = every[:at] + every[at + len(ours) :] if every[at : at + len(ours)] == ours else every
    pairs = (argument.lstrip("-").partition("=") for argument in others)
    return [Option(name.replace("-", "_").lower(), (value if equals else None,), spelling=name) for name, equals, value in pairs]


def _arguments(words: Sequence[str]) -> list[str]:
    return run(["my_print_defaults", *words], check=False).stdout.splitlines()


def known(engine: Engine, options: Mapping[str, Option]) -> Catalogue:
    """The options that the program and its plugins know.

    :param options: of which those that load plugins count
    """
    return as_read(engine, [option for name, option in options.items() if name.startswith("plugin_load")])


def as_read(engine: Engine, options: Iterable[Option]) -> Catalogue:
    """What the program makes of options when it has read them; nothing is started."""
    with _file((option for option in options if option.name not in _CLUSTER), _PLACE) as file:
        return catalogue.parse(run([*engine.program, f"--defaults-file={file}", *_as_user(engine), "--verbose", "--help"], check=False).stdout)


def read(engine: Engine, options: Iterable[Option]) -> tuple[bool, list[str]]:
    """Whether the program takes the options, and what it says of them; nothing is started."""
    # of who is in the cluster another file tells
    with _file((option for option in options if option.name not in _CLUSTER), _PLACE) as file:
        done = [run([*engine.program, f"--defaults-file={file}", *_as_user(engine), *arguments], check=False) for arguments in engine.checks]
    said = [line for one in done for line in one.stderr.splitlines()]
    # of some values MariaDB says that it is an error, and ends as if there were none
    return all(one.returncode == 0 for one in done) and not any(_NOT_SET in line for line in said), said


def start(engine: Engine, options: Iterable[Option], hidden: str) -> Answer:
    """A new server with these options.

    :param hidden: a directory that it must not see
    """
    options = list(options)
    place = tempfile.mkdtemp(prefix="stackdb-trove-", dir=_PLACE)
    try:
        _give(engine, place)
        data = os.path.join(place, "data")
        engine.fill_for_trial(data)
        with _file((option for option in options if option.name not in _LEFT_OUT), place) as file:
            return _answer(engine, file, place, data, [hidden, *_temporary(options, place)])
    finally:
        shutil.rmtree(place, ignore_errors=True)


def is_possible() -> bool:
    """Whether this host lets a server be started that sees neither the network nor the data; not in every container."""
    return run([*_NAMESPACES, "true"], check=False).returncode == 0


def is_tried(name: str) -> bool:
    """Whether a setting is among those that a new server can be tried with."""
    return name not in _LEFT_OUT


def _temporary(options: Iterable[Option], place: str) -> list[str]:
    """The directories of tmpdir: a server deletes at its start what lies there under a temporary table's name, also another server's."""
    found = next((option.text for option in options if option.name == "tmpdir"), None) or ""
    return [path for path in found.split(":") if path and not place.startswith(path.rstrip("/") + "/")]


def _answer(engine: Engine, file: str, place: str, data: str, hidden: Sequence[str]) -> Answer:
    log, listens_at = os.path.join(place, "log.err"), os.path.join(place, "socket")
    own = [f"--datadir={data}", f"--socket={listens_at}", f"--pid-file={place}/pid", f"--log-error={log}"]
    if len(hidden) == 1:
        own.append(f"--tmpdir={place}")
    words = [*engine.program, f"--defaults-file={file}", *own, *_as_user(engine), *_OVERRIDES, *engine.trial_options]
    argv = ["choom", "-n", "1000", "--", *_NAMESPACES, "sh", "-c", _BEGIN, "sh", _open_files(engine), *hidden, "--", *words]
    with open(os.path.join(place, "errors"), "w+", encoding="utf-8", errors="replace") as errors:
        # a server that is asked while it runs, for which run_command would wait
        # pylint: disable-next=ansible-bad-function
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=dict(os.environ, LC_ALL="C"))
        try:
            variables, said = _variables(engine, process, listens_at)
        finally:
            process.kill()
            process.wait()
    return Answer(variables, [*_lines(os.path.join(place, "errors")), *_lines(log), *said])


def _variables(engine: Engine, process: subprocess.Popen[bytes], listens_at: str) -> tuple[dict[str, str] | None, list[str]]:
    """What it shows, or None where it ends or refuses all connections, and what there is to say of that.

    :raises GuestError: where it does not answer in time: that may be the host's fault
    """
    begun = time.monotonic()
    last_silent = begun
    while process.poll() is None:
        try:
            (rows,) = connection.query(listens_at, "SHOW GLOBAL VARIABLES")
        except GuestError as error:
            now = time.monotonic()
            if not _turns_away(listens_at, error):
                last_silent = now
            if now - last_silent > _TURNED_AWAY:
                return None, [f"[ERROR] it starts, and refuses all connections: {error.message}"]
            if now - begun > _TIMEOUT:
                raise GuestError(f"{engine.daemon} did not answer within {_TIMEOUT} s when it was started to try the settings: {error.message}") from None
            time.sleep(_POLL)
        else:
            return {row[0].lower(): row[1] for row in rows}, []
    return None, []


def _turns_away(listens_at: str, error: GuestError) -> bool:
    """Whether a server listens and has ended a conversation, other than one that is not up yet, or is slow."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        return client.connect_ex(listens_at) == 0 and "timed out" not in error.message


def _open_files(engine: Engine) -> str:
    """Of the unit: a server lowers its settings to the open files that it may have."""
    found = run(["systemctl", "show", "--property=LimitNOFILE", "--value", engine.service.name], check=False).stdout.strip()
    # a shell ends over anything else
    return found if found.isdigit() else str(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _as_user(engine: Engine) -> list[str]:
    return [f"--user={engine.user}"] if os.geteuid() == 0 else []


def _give(engine: Engine, path: str) -> None:
    """To the user of the server, where there is one."""
    if os.geteuid() == 0 and engine.user != "root":
        owner = pwd.getpwnam(engine.user)
        os.chown(path, owner.pw_uid, owner.pw_gid)


@contextmanager
def _file(options: Iterable[Option], place: str) -> Iterator[str]:
    """An option file that a server can read, for the length of a block."""
    with tempfile.NamedTemporaryFile("w", suffix=".cnf", prefix="stackdb-trove-", dir=place, encoding="utf-8") as file:
        file.write("[mysqld]\n" + "".join(f"{line}\n" for option in options for line in option.lines()))
        file.flush()
        os.chmod(file.name, 0o644)
        yield file.name


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []
