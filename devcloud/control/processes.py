# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts, finds and stops the processes of services. A record in run/ tells which process is whose."""
import contextlib
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time

from .console import Failure
from .services import base_environment
from .settings import HOST


def _stat(pid):
    """(state, start time in clock ticks since boot) of a process, or None. See proc(5), /proc/pid/stat."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0], int(fields[19])


def record(settings, name):
    """What is known of a service's living process: pid, started, fingerprint. None when it does not run.

    The start time tells the process from another that got its pid later.
    """
    try:
        known = json.loads((settings.run / f"{name}.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    stat = _stat(known["pid"])
    return known if stat and stat[0] != "Z" and stat[1] == known["started"] else None


def fingerprint(settings, service, code):
    """Differs when a running service is out of date: other command, settings or installed code."""
    known = json.dumps([service.command, service.environment, code.lock, service.drivers and code.drivers])
    digest = hashlib.sha256(known.encode())
    for path in sorted(settings.conf.iterdir()):
        if path.name in known:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def start(settings, wanted, code):
    """Start those of the wanted services that don't run as they should. True if something was started.

    code: what is installed, as install.Code.
    """
    marks = {service.name: fingerprint(settings, service, code) for service in wanted}
    known = {service.name: record(settings, service.name) for service in wanted}
    late = [service for service in wanted
            if not known[service.name] or known[service.name]["fingerprint"] != marks[service.name]]
    stop(settings, [service.name for service in late])
    for service in late:
        _launch(settings, service, marks[service.name])
    return bool(late)


def _launch(settings, service, mark):
    with open(settings.log / f"{service.name}.log", "ab") as log:
        process = subprocess.Popen(service.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=settings.data,
                                   env=base_environment(settings) | service.environment, start_new_session=True)
    known = {"pid": process.pid, "started": _stat(process.pid)[1], "fingerprint": mark, "since": int(time.time())}
    (settings.run / f"{service.name}.json").write_text(json.dumps(known))


def stop(settings, names, patience=10):
    """End services together: TERM to each process group, KILL to what is left after `patience` seconds."""
    living = {name: known["pid"] for name in names if (known := record(settings, name))}
    for pid in living.values():
        _signal(pid, signal.SIGTERM)
    end = time.monotonic() + patience
    while any(record(settings, name) for name in living) and time.monotonic() < end:
        time.sleep(0.05)
    for pid in living.values():
        _signal(pid, signal.SIGKILL)  # children that outlived their parent, too
    for name in names:
        (settings.run / f"{name}.json").unlink(missing_ok=True)


def _signal(group, number):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def wait_for(settings, service, patience=120):
    """Wait until the service answers on its port; fail at once when its process has ended."""
    end = time.monotonic() + patience
    while not answers(service):
        check_runs(settings, service)
        if time.monotonic() > end:
            raise Failure(f"{service.name} did not answer on port {service.port} within {patience} s: "
                          f"see {settings.log}/{service.name}.log")
        time.sleep(0.1)


def check_runs(settings, service):
    if record(settings, service.name) is None:
        raise Failure(f"{service.name} has ended: see {settings.log}/{service.name}.log")


def answers(service, timeout=5):
    """Whether the service accepts a connection, or for an API whether it answers a request at all."""
    try:
        if not service.http:
            socket.create_connection((HOST, service.port), timeout).close()
            return True
        connection = http.client.HTTPConnection(HOST, service.port, timeout=timeout)
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
