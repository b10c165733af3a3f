"""Run a program and say well why it failed."""
from __future__ import annotations

import shlex
import subprocess


class CommandError(Exception):
    """A program said no. The message has the command and what it printed."""


def run(*command, stdin: str | None = None) -> str:
    """Run to the end and return what it printed on stdout. Raises CommandError."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, input=stdin, capture_output=True, text=True, errors="replace")
    except FileNotFoundError:
        raise CommandError(f"{words[0]} is not installed") from None
    if done.returncode:
        raise CommandError(f"{shlex.join(words)}: exit {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def attempt(*command, stdin: str | None = None) -> bool:
    """Run what may as well fail, as the removal of something that may be gone."""
    try:
        run(*command, stdin=stdin)
    except CommandError:
        return False
    return True
