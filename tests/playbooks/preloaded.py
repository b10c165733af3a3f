# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs ansible-playbook in forks of a process that has imported it, and modules in forks of Ansible's own: most of a run's time are interpreters that start.

Reads ``{arguments, directory, environment, output}`` as JSON from stdin, one a line, and answers each with the exit code. All else is as ever: the same
command line, the same plugins, the same modules with their arguments and results as text. `make playbook-test` without QUICK starts real processes instead.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import re
import sys
import threading

from ansible.cli.playbook import PlaybookCLI
from ansible.plugins.connection import local

# the modules' own, imported once
importlib.import_module("ansible.module_utils.basic")

#: a pipelined module, for this Python, without becoming another user
_PYTHON = re.compile(rf"(?:TROVE_MEMBER=(?P<member>\S+) )?/bin/sh -c '{re.escape(sys.executable)} && sleep 0'")
_as_ever = local.Connection.exec_command


def _exec_command(self, cmd, in_data=None, sudoable=True):
    found = _PYTHON.fullmatch(cmd)
    if not found or b"_ANSIBALLZ_WRAPPER" not in (in_data or b""):
        return _as_ever(self, cmd, in_data, sudoable)
    return _forked(in_data, found["member"])


def _forked(source, member):
    """(exit code, stdout, stderr) of a module."""
    pipes = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        _run_module(source, member, [write for _read, write in pipes])
    for _read, write in pipes:
        os.close(write)
    texts = ["", ""]
    readers = [threading.Thread(target=_read_all, args=(pipes[number][0], texts, number)) for number in (0, 1)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), *texts


def _read_all(descriptor, texts, number):
    with os.fdopen(descriptor, "rb") as file:
        texts[number] = file.read()


def _run_module(source, member, outputs):
    code = 1
    try:
        # what Ansible has to do at its end is not the module's
        atexit._clear()
        for number, output in enumerate(outputs, 1):
            os.dup2(output, number)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        if member:
            os.environ["TROVE_MEMBER"] = member
        exec(compile(source, "<module>", "exec"), {"__name__": "__main__"})
        code = 0
    except SystemExit as end:
        code = end.code or 0
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _run_playbook(order):
    with open(order["output"], "w", encoding="utf-8") as output, open(os.devnull, encoding="utf-8") as nothing:
        for number, file in enumerate((nothing, output, output)):
            os.dup2(file.fileno(), number)
    os.chdir(order["directory"])
    os.environ.update(order["environment"])
    code = 250
    try:
        PlaybookCLI.cli_executor(order["arguments"])
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main():
    local.Connection.exec_command = _exec_command
    # else the first collection of each fork copies all of it
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run_playbook(json.loads(line))
        _child, status, used = os.wait4(child, 0)
        print(os.waitstatus_to_exitcode(status), round(used.ru_utime + used.ru_stime, 2), flush=True)


if __name__ == "__main__":
    main()
