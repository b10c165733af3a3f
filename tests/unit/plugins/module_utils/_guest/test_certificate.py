# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate's names, of certificates that openssl makes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import certificate


@pytest.mark.parametrize("subject", ["/CN=products-1", "/C=DE/O=Shop and Sons/CN=products-1"])
def test_identity_is_spelled_as_the_servers_spell_it(tmp_path: Path, subject: str) -> None:
    path = tmp_path / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", subject,
         "-keyout", "/dev/null", "-out", str(path)],
        check=True, capture_output=True,
    )  # fmt: skip
    assert certificate.identity(str(path)) == {"subject": subject, "issuer": subject}


def test_no_certificate_has_no_identity(tmp_path: Path) -> None:
    assert certificate.identity(str(tmp_path / "missing.pem")) is None
