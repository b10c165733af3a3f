# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress for people: every line carries the seconds since the command began."""
import subprocess
import sys
import time

BEGIN = time.monotonic()


class Failure(Exception):
    """What the user is told, without a traceback."""


def say(text):
    print(f"{time.monotonic() - BEGIN:6.1f}s  {text}", flush=True)


def run(command, log, **options):
    """Run a command whose output goes to a log file; its end is quoted if the command fails."""
    with open(log, "ab") as file:
        start = file.tell()
        code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, **options).returncode
    if code:
        with open(log, "rb") as file:
            file.seek(start)
            tail = file.read().decode(errors="replace").splitlines()[-12:]
        raise Failure(f"{' '.join(map(str, command[:4]))} … ended with code {code}. From {log}:\n  " + "\n  ".join(tail))


def follow(command, label, **options):
    """Run a command and repeat each line that it prints as progress."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, **options) as process:
        for line in process.stdout:
            say(f"{label}: {line.rstrip()}")
    if process.returncode:
        raise Failure(f"{label} failed with code {process.returncode}")


def fail(error):
    print(f"devcloud: {error}", file=sys.stderr, flush=True)
    return 1
