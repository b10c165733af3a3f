# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a guest has of certificates, by openssl, and which of them a running server has not read yet."""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import certificate
from ansible_collections.stackdb.trove.plugins.module_utils._guest.command import GuestError
from ansible_collections.stackdb.trove.tests.unit.certificate_builders import ca, make
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption


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


ME = pwd.getpwuid(os.getuid()).pw_name


def keep(directory: Path, name: str, text: str, mode: int = 0o600) -> str:
    path = directory / name
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_what_is_there(tmp_path: Path) -> None:
    authority = ca()
    own = make("a", authority)
    keep(tmp_path, "ca.pem", authority.pem)
    keep(tmp_path, "server.pem", own.pem)
    keep(tmp_path, "server.key", own.key)
    kept, broken = keep(tmp_path, "ca.key", authority.key), keep(tmp_path, "broken.key", "no key")
    found = certificate.look(str(tmp_path), ME, [kept, broken, str(tmp_path / "missing.key")])
    assert abs(found.pop("now") - time.time()) < 60
    assert found == {"ca": authority.pem, "certificate": own.pem, "key": own.public, "key_problem": None,
                     "authority_keys": {kept: authority.public}, "note": {}}  # fmt: skip
    assert "PRIVATE" not in str(found)


def test_nothing_is_there(tmp_path: Path) -> None:
    found = certificate.look(str(tmp_path), ME)
    assert {found[name] for name in ("ca", "certificate", "key", "key_problem")} == {None}
    assert certificate.ends(str(tmp_path)) == {"certificate": None, "authorities": [], "days": None, "due": False}


@pytest.mark.parametrize(("owner", "mode", "problem"), [
    (ME, 0o640, "can be read by others"), (ME, 0o604, "can be read by others"), (ME, 0o610, "can be read by others"), (ME, 0o400, None),
    ("nobody", 0o400, "does not belong to nobody"), ("no-such-user", 0o400, "there is no user no-such-user yet"),
])  # fmt: skip
def test_a_key_that_cannot_stay_as_it_is(tmp_path: Path, owner: str, mode: int, problem: str | None) -> None:
    keep(tmp_path, "server.key", make("a").key, mode)
    assert (certificate.look(str(tmp_path), owner)["key_problem"] or "").endswith(problem or "")


def test_a_key_with_a_passphrase_asks_nobody(tmp_path: Path) -> None:
    keep(tmp_path, "server.key", make("a").key_text(BestAvailableEncryption(b"secret")))
    assert certificate.look(str(tmp_path), ME)["key"] is None


def test_when_certificate_and_cas_end(tmp_path: Path) -> None:
    old, new = ca("old", begins=-9, days=14), ca("new", begins=-1, days=101)
    own = make("a", old, begins=-1, days=4)
    keep(tmp_path, "ca.pem", new.pem + old.pem)
    keep(tmp_path, "server.pem", own.pem + old.pem)
    found = certificate.ends(str(tmp_path))
    assert [round((end - time.time()) / 86400, 1) for end in found["authorities"]] == [100.0, 5.0]
    assert (round(found["days"] or 0, 1), found["due"]) == (3.0, False)
    keep(tmp_path, "server.pem", make("a", new, days=300).pem)
    assert round(certificate.ends(str(tmp_path))["days"] or 0, 1) == 100.0
    keep(tmp_path, "server.pem", make("a", new, begins=-67, days=100).pem)
    assert certificate.ends(str(tmp_path))["due"]


def test_what_a_running_server_has_not_read(tmp_path: Path) -> None:
    stamp, paths = str(tmp_path / "stamp"), [keep(tmp_path, name, name) for name in ("ca.pem", "server.pem")]
    for path in paths:
        os.utime(path, (1000, 1000))
    everything = [*paths, str(tmp_path / "missing")]
    assert certificate.unread(everything, {"started": None}, stamp) == []
    assert certificate.unread(everything, {"started": 1000.0}, stamp) == []
    assert certificate.unread(everything, {"started": 999.0}, stamp) == paths
    certificate.note_read({path: certificate.digest(path) for path in paths}, stamp)
    assert certificate.unread(everything, {"started": 999.0}, stamp) == []
    (tmp_path / "ca.pem").write_text("put back, with its old date")
    os.utime(paths[0], (1, 1))
    assert certificate.unread(everything, {"started": 999.0}, stamp) == paths[:1]
    os.utime(stamp, (500, 500))
    assert certificate.unread(everything, {"started": 999.0}, stamp) == paths[1:], "what was read before the last start counts no more"


def test_a_chain_is_told_by_digests_as_the_controller_has_them(tmp_path: Path) -> None:
    authority, other = ca(), ca("other")
    own = make("a", authority)
    keep(tmp_path, "ca.pem", f"text of openssl\n{other.pem}\n{authority.pem}")
    keep(tmp_path, "server.pem", own.pem)
    note = keep(tmp_path, "rotation.json", '{"mark": "r1"}')
    found = certificate.chain(str(tmp_path), note)
    digests = [one.certificate.fingerprint(hashes.SHA256()).hex() for one in (own, authority, other)]
    assert found == {"own": digests[0], "issuer": digests[1], "trusted": [digests[2], digests[1]], "ca": other.pem + authority.pem, "note": {"mark": "r1"}}
    keep(tmp_path, "ca.pem", other.pem)
    assert certificate.chain(str(tmp_path), note)["issuer"] is None


def test_a_chain_of_nothing_and_of_damaged_files(tmp_path: Path) -> None:
    missing = str(tmp_path / "rotation.json")
    assert certificate.chain(str(tmp_path), missing) == {"own": None, "issuer": None, "trusted": [], "ca": "", "note": {}}
    keep(tmp_path, "server.pem", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")
    found = certificate.chain(str(tmp_path), missing)
    assert (len(found["own"] or ""), found["issuer"]) == (64, None)


def test_a_ca_below_another_one_is_enough_by_itself(tmp_path: Path) -> None:
    below = ca("below", issuer=ca("root"))
    keep(tmp_path, "ca.pem", below.pem)
    keep(tmp_path, "server.pem", make("a", below).pem)
    found = certificate.chain(str(tmp_path), str(tmp_path / "none"))
    assert [found["issuer"]] == found["trusted"]


def test_a_pair_is_put_in_place_together_or_not_at_all(tmp_path: Path) -> None:
    authority = ca()
    old, new, other = make("a", authority), make("a", authority), make("a", authority)
    keep(tmp_path, "server.pem", old.pem, 0o644)
    keep(tmp_path, "server.key", old.key, 0o400)
    keep(tmp_path, "server-new.pem", other.pem, 0o644)
    keep(tmp_path, "server-new.key", new.key, 0o400)
    with pytest.raises(GuestError, match="is no certificate of the key"):
        certificate.replace_pair(str(tmp_path), "server-new.key", "server-new.pem")
    assert (tmp_path / "server.key").read_text() == old.key
    keep(tmp_path, "server-new.pem", new.pem, 0o644)
    assert certificate.replace_pair(str(tmp_path), "server-new.key", "server-new.pem") == ["server.key", "server.pem"]
    assert [(tmp_path / name).read_text() for name in ("server.key", "server.pem")] == [new.key, new.pem]
    assert [oct((tmp_path / name).stat().st_mode & 0o777) for name in ("server.key", "server.pem")] == ["0o400", "0o644"]
    with pytest.raises(GuestError, match="is no certificate of the key"):
        certificate.replace_pair(str(tmp_path), "server-new.key", "server-new.pem")
