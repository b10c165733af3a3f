# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets runs from this directory share what Ansible sends as modules, which else each run builds: a tenth of the CPU time of a verb that changes nothing.

Each has the bytecode of its sources beside them, which else each guest compiles in each task: that is a third to a half of what a module takes there. Python
takes it where it is of its version (PEP 3147, PEP 552), and the source where it is not. Users have neither, and benchmarks do without.
"""

from __future__ import annotations

import base64
import io
import os
import sys
import zipfile
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from importlib.util import MAGIC_NUMBER, source_hash
from marshal import dumps
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.executor import module_common
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__
from ansible.utils.collection_loader._collection_finder import _get_collection_path

ROOT = Path(__file__).resolve().parents[2]
#: by what modules differ beside the collection that runs: the tests' own, the other collections, and how they are built
SOURCES = ("tests/integration/targets/setup_trove/library/*.py", "requirements-dev.txt", "tests/callbacks/shared_modules.py")
#: of bytecode that is found by the source's hash, which nobody compares (PEP 552)
UNCHECKED = (1).to_bytes(4, "little")


def place() -> Path:
    """Where the built modules of this Ansible and of the collection that it finds are.

    :raises OSError: for a collection that was not installed of an artifact, which alone has the digests of its files
    :raises ValueError: where there is none
    """
    found = sha256(f"{__version__} {sys.version}".encode())
    for path in (Path(_get_collection_path("stackdb.trove")) / "FILES.json", *(path for pattern in SOURCES for path in sorted(ROOT.glob(pattern)))):
        found.update(path.read_bytes())
    return ROOT / ".cache" / "ansiballz" / found.hexdigest()[:16]


def with_bytecode(archive: bytes) -> bytes:
    """A zip with modules of Python, with the bytecode of each beside its source."""
    found = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as sources, zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as both:
        for entry in sources.infolist():
            text = sources.read(entry)
            both.writestr(entry, text)
            if entry.filename.endswith(".py"):
                code = compile(text, entry.filename, "exec", dont_inherit=True)
                both.writestr(f"{entry.filename}c", MAGIC_NUMBER + UNCHECKED + source_hash(text) + dumps(code))
    return found.getvalue()


def compiling(dump: Any) -> Any:
    """What keeps a built module, with bytecode in it."""

    def compiled(module: Any, path: str) -> None:
        dump(replace(module, zip_data=base64.b64encode(with_bytecode(base64.b64decode(module.zip_data)))), path)

    return compiled


class CallbackModule(CallbackBase):
    """Puts a link in the place of the run's own directory of built modules (ansible.executor.module_common). Ansible locks each file while it writes it."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "shared_modules"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        with suppress(OSError, ValueError):
            shared = place()
            shared.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.symlink(shared, os.path.join(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache"))
            module_common._CachedModule.dump = compiling(module_common._CachedModule.dump)
