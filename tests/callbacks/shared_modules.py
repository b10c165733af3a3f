# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets runs from this directory share what Ansible sends as modules, which else each run builds: a tenth of the CPU time of a verb that changes nothing."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from ansible import constants
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__
from ansible.utils.collection_loader._collection_finder import _get_collection_path

ROOT = Path(__file__).resolve().parents[2]
#: by what modules differ beside the collection that runs: the tests' own, and the other collections
SOURCES = ("tests/integration/targets/setup_trove/library/*.py", "requirements-dev.txt")


def place() -> Path:
    """Where the built modules of this Ansible and of the collection that it finds are.

    :raises OSError: for a collection that was not installed of an artifact, which alone has the digests of its files
    :raises ValueError: where there is none
    """
    found = sha256(f"{__version__} {sys.version}".encode())
    for path in (Path(_get_collection_path("stackdb.trove")) / "FILES.json", *(path for pattern in SOURCES for path in sorted(ROOT.glob(pattern)))):
        found.update(path.read_bytes())
    return ROOT / ".cache" / "ansiballz" / found.hexdigest()[:16]


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
