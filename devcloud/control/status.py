# SPDX-License-Identifier: GPL-3.0-or-later
"""How the cloud is: its processes, its ports, and what Nova and Cinder say of their workers."""
import contextlib
import datetime
import json
import subprocess
import time

from . import processes, services
from .settings import COMPUTES, SOURCE

# What has to report itself: (binary, host). None stands for any host.
EXPECTED = [("nova-scheduler", None), ("nova-conductor", None), ("cinder-scheduler", None), ("cinder-volume", None),
            *(("nova-compute", name) for name in COMPUTES), *(("hypervisor", name) for name in COMPUTES)]


def reports(settings):
    """What the workers report, asked again for every item taken. The process that asks ends with the generator."""
    command = [settings.bin("python"), "-m", "control.cloud.health"]
    with subprocess.Popen(command, cwd=SOURCE, env=services.base_environment(settings), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            yield from map(json.loads, process.stdout)
        finally:
            process.terminate()


def process_of(binary, host):
    return f"nova-{host}" if binary in ("nova-compute", "hypervisor") else binary


def judge(found, since):
    """What is wrong, as a list of sentences.

    found: the reports; since: process name → start in seconds since the epoch. A report older than the start
    of its process is from the run before.
    """
    problems = []
    for binary, host in EXPECTED:
        begun = datetime.datetime.fromtimestamp(since.get(process_of(binary, host), 0), datetime.UTC)
        mine = [report for report in found if report["name"] == binary and host in (None, report["host"])]
        up = [report for report in mine if report["state"] == "up"]
        if any(not report["seen"] or report["seen"][:19] >= begun.strftime("%Y-%m-%dT%H:%M:%S") for report in up):
            continue
        state = "has not reported since its start" if up else f"is {mine[0]['state']}" if mine else "has not reported"
        problems.append(f"{binary}{f' on {host}' if host else ''} {state}")
    return problems


def local_problems(settings):
    """(sentences about processes and ports, process name → its start in seconds since the epoch)"""
    problems, since = [], {}
    for service in services.all_services(settings):
        known = processes.record(settings, service.name)
        if not known:
            problems.append(f"{service.name} does not run")
            continue
        since[service.name] = known["since"]
        if service.port and not processes.answers(service):
            problems.append(f"{service.name} does not answer on port {service.port}")
    return problems, since


def watch(settings):
    """Yield everything that is wrong with the cloud, as sentences, again and again; an empty list when all is well."""
    for found in reports(settings):
        problems, since = local_problems(settings)
        yield problems or judge(found, since)


def unwell(settings):
    """What is wrong with the cloud now. Its APIs are asked only if everything runs here."""
    problems, _since = local_problems(settings)
    if problems:
        return problems
    with contextlib.closing(watch(settings)) as answers:
        return next(answers, ["the cloud's APIs can't be asked"])


def show(settings):
    """Print the table; 0 when all is well."""
    if not settings.exists:
        print(f"there is no cloud in {settings.state}: devcloud up makes one")
        return 1
    print(f"{'service':<18}{'state':<10}{'pid':>8}{'memory':>10}{'up for':>10}  address")
    for service in services.all_services(settings):
        known = processes.record(settings, service.name)
        address = f"127.0.0.1:{service.port}" if service.port else ""
        if known:
            state = "up" if not service.port or processes.answers(service) else "silent"
            age = datetime.timedelta(seconds=int(time.time()) - known["since"])
            print(f"{service.name:<18}{state:<10}{known['pid']:>8}{memory(known['pid']):>7} MB{age!s:>10}  {address}")
        else:
            print(f"{service.name:<18}{'down':<10}{'':>28}  {address}")
    problems = unwell(settings)
    print("\nall is well" if not problems else "\nnot well:\n  " + "\n  ".join(problems))
    return 1 if problems else 0


def memory(pid):
    """Resident MiB of a process and its children."""
    listing = subprocess.run(["ps", "-o", "rss=", "-g", str(pid)], capture_output=True, text=True).stdout
    return sum(int(line) for line in listing.split()) // 1024
