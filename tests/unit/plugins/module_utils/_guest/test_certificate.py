# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a member's certificate, of certificates that openssl makes."""

from __future__ import annotations

import os
import pwd
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


NAME, ADDRESS = "products-1", "10.0.0.1"
ME = pwd.getpwuid(os.getuid()).pw_name


def openssl(*argv: object) -> None:
    subprocess.run(["openssl", *map(str, argv)], check=True, capture_output=True)


def make(directory: Path, days: int = 365) -> Path:
    """A CA, and a certificate that it signed: ca.pem, server.pem and server.key."""
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    ca = [directory / "ca.pem", directory / "ca.key"]
    openssl("req", "-x509", *new_key, "-subj", "/CN=CA", "-days", 999, "-out", ca[0], "-keyout", ca[1])
    openssl("req", "-new", *new_key, "-subj", f"/CN={NAME}", "-out", directory / "request", "-keyout", directory / "server.key")
    (directory / "names").write_text(f"subjectAltName=DNS:{NAME},IP:{ADDRESS}")
    openssl(
        "x509", "-req", "-in", directory / "request", "-CA", ca[0], "-CAkey", ca[1], "-days", days, "-extfile", directory / "names",
        "-out", directory / "server.pem",
    )  # fmt: skip
    (directory / "server.key").chmod(0o600)
    return directory


def reason(directory: Path, owner: str = ME, names: tuple[str, ...] = (NAME,), addresses: tuple[str, ...] = (ADDRESS,), ca: str | None = None) -> str:
    """What is wrong, an empty text for nothing."""
    found = certificate.look(str(directory), owner, names, addresses, ca)
    assert found["valid"] is (found["reason"] is None)
    return found["reason"] or ""


def test_a_certificate_that_is_good(tmp_path: Path) -> None:
    make(tmp_path)
    text = (tmp_path / "ca.pem").read_text()
    assert certificate.look(str(tmp_path), ME, [NAME], [ADDRESS]) == {"valid": True, "reason": None, "ca": text}
    assert reason(tmp_path, ca=f"\n{text}\n") == ""


def test_nothing_is_there_yet(tmp_path: Path) -> None:
    found = certificate.look(str(tmp_path), ME, [NAME], [ADDRESS])
    assert found == {"valid": False, "reason": f"missing: {tmp_path}/ca.pem, {tmp_path}/server.pem, {tmp_path}/server.key", "ca": None}
    (tmp_path / "ca.pem").touch()
    assert reason(tmp_path) == f"missing: {tmp_path}/server.pem, {tmp_path}/server.key"


def test_what_is_wrong_with_it(tmp_path: Path) -> None:
    make(tmp_path)
    assert reason(tmp_path, ca="another one") == "ca.pem is not the CA that was given"
    assert reason(tmp_path, names=(NAME, "products-2")).startswith("server.pem is not good for products-2: ")
    assert reason(tmp_path, addresses=("10.0.0.2",)).startswith("server.pem is not good for 10.0.0.2: ")
    assert reason(tmp_path, owner="no-such-user") == "there is no user no-such-user yet"
    assert reason(tmp_path, owner="nobody") == f"{tmp_path}/server.key does not belong to nobody"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610])
def test_a_key_that_others_can_use(tmp_path: Path, mode: int) -> None:
    make(tmp_path)
    (tmp_path / "server.key").chmod(mode)
    assert reason(tmp_path) == f"{tmp_path}/server.key can be read by others"


@pytest.mark.parametrize(("days", "good"), [(29, False), (31, True)])
def test_it_is_renewed_a_month_before_its_end(tmp_path: Path, days: int, good: bool) -> None:
    assert reason(make(tmp_path, days)) == ("" if good else "server.pem has expired or soon will have")


def test_a_certificate_of_another_ca(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "ca.pem").write_text((make(tmp_path / "other") / "ca.pem").read_text())
    assert reason(tmp_path).startswith(f"server.pem is not good for {NAME}: ")


def test_another_key(tmp_path: Path) -> None:
    make(tmp_path)
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", tmp_path / "server.key")
    (tmp_path / "server.key").chmod(0o600)
    assert reason(tmp_path) == "server.key does not belong to server.pem"
    (tmp_path / "server.key").write_text("no key")
    assert reason(tmp_path) == "server.key does not belong to server.pem"
