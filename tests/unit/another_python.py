# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another Python, which has imported nothing yet, and can import this collection."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

UNITS = Path(__file__).resolve().parents[2] / ".cache" / "units"


def run(code: str, check: bool = True, **options: object) -> subprocess.CompletedProcess:
    """Run code to its end, with its output as text.

    :raises subprocess.CalledProcessError: with `check`, for an exit code other than 0
    """
    finder = (
        "from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder as finder\n"
        f"finder(paths={[str(UNITS)]!r})._install()\n"
    )
    command = [sys.executable, "-c", finder + code]
    return subprocess.run(command, capture_output=True, text=True, check=check, timeout=120, **options)  # type: ignore[call-overload]
