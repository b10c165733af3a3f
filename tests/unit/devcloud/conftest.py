# SPDX-License-Identifier: GPL-3.0-or-later
"""The control program of the embedded cloud is no part of the collection: it is imported from devcloud/."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "devcloud"))


@pytest.fixture
def settings(tmp_path):
    from control.settings import Settings

    settings = Settings(tmp_path / "state")
    settings.make_directories()
    return settings
