# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exporters of this guest: their files, and whether what runs is what the files say."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import pwd
import re
import secrets
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from typing import Any

from .._model import metrics as model
from .._model.errors import InvalidInput
from .._model.metrics import Exporter, Member
from . import text_file
from .command import GuestError, run
from .kept_options import DIRECTORY
from .systemd import Unit

UNITS = "/etc/systemd/system"
CREDENTIALS = "/run/credentials"
#: by which the user that exporters run as is known as ours; the same in roles/common/vars/main.yml
COMMENT = "Prometheus exporters of stackdb.trove"
#: how modules are given exporters
SPEC = {
    "name": {"type": "str", "choices": ["node", "mysqld", "redis"], "required": True},
    "service": {"type": "str", "required": True},
    "program": {"type": "path", "required": True},
}


def check_authority(option: str, text: str) -> None:
    """:raises InvalidInput: for a text that is no CA's certificate in PEM"""
    if not text:
        return
    if "PRIVATE KEY" in text:
        # and nothing of it is repeated
        raise InvalidInput(option, "a text with a private key", "the certificate of a CA, in PEM, without its key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=text)
        authorities = context.cert_store_stats()["x509_ca"]
    except (ssl.SSLError, ValueError, TypeError):
        # the last one for text beside the PEM that is not ASCII
        authorities = 0
    if not authorities:
        raise InvalidInput(option, f"{len(text)} characters", "the certificate of a CA, in PEM and ASCII alone")


def password(directory: str, create: bool = False) -> str | None:
    """The password of Redis' account, None where there is none yet. It is this member's own, and leaves it for nowhere."""
    path = os.path.join(directory, "redis.password")
    found = text_file.text(path)
    if found is None and create:
        found = secrets.token_urlsafe(32)
        write(path, found, 0o600)
    return found


def digest(found: str | None) -> str:
    """As ACL lists have it; empty for none."""
    return hashlib.sha256(found.encode()).hexdigest() if found else ""


def files(
    exporters: list[Exporter], member: Member, authority: str, secret: str | None, directory: str = model.DIRECTORY, units: str = UNITS
) -> dict[str, str]:
    """What has to be on the disk: ``{path: text}``."""
    names = {exporter.name for exporter in exporters}
    own = {model.WEB: model.web(member.scrapers)}
    if member.scrapers:
        own[model.SCRAPERS] = authority.strip() + "\n"
    if "mysqld" in names:
        own[model.MY_CNF] = model.my_cnf(member.socket)
    if "redis" in names:
        scheme, _to, place = member.url.partition("://")
        own[model.REDIS] = json.dumps({f"{scheme}://{model.USER}@{place}": secret, member.url: secret}) + "\n"
    return {
        **{os.path.join(directory, name): text for name, text in own.items()},
        **{drop_in(exporter, units): model.drop_in(exporter, member, directory) for exporter in exporters},
    }


def drop_in(exporter: Exporter, units: str = UNITS) -> str:
    return os.path.join(units, f"{exporter.service}.d", "stackdb-trove.conf")


def stale(exporter: Exporter, member: Member, directory: str = model.DIRECTORY) -> str | None:
    """Why what runs is not what the files say, None where it is."""
    shown = Unit(exporter.service).show()
    if shown["state"] != "active":
        return "it does not run"
    if not shown["enabled"]:
        return "it does not start at boot"
    # systemd forgets that its files are newer when anybody has it read all files again
    if shown["outdated"] or (shown["started"] or 0) < _written_at(drop_in(exporter)) <= time.time():
        return "its unit's files are newer"
    own = os.path.join(CREDENTIALS, exporter.service)
    if _command_line(exporter.service) != model.arguments(exporter, member, own):
        return "it runs with other options"
    for name, path in model.credentials(exporter, member, directory).items():
        if _bytes(os.path.join(own, name)) != _bytes(path):
            return f"it has not read {path} as it is now"
    return None


def is_set_up(exporter: Exporter) -> bool:
    """Whether its settings and its package are there."""
    return os.path.exists(drop_in(exporter)) and Unit(exporter.service).is_installed()


def restart(exporter: Exporter, member: Member, wait: float = 30) -> None:
    """Start it, or start it again, and wait until it presents the member's certificate.

    :raises GuestError: where it does not, with its last words
    """
    unit = Unit(exporter.service)
    unit.reload_files()
    unit.enable()
    unit.forget_failure()
    begun = time.time()
    run(["systemctl", "restart", exporter.service], timeout=wait)
    deadline = time.monotonic() + wait
    why = presents(exporter, member)
    while why and time.monotonic() < deadline:
        time.sleep(0.5)
        why = presents(exporter, member)
    if why:
        raise GuestError(f"{exporter.service} does not serve: {why}. Its last words: {' / '.join(unit.log(5, begun))}")


def presents(exporter: Exporter, member: Member) -> str | None:
    """Why it does not present the certificate on the member's disk, None where it does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # That it is the file's is proof enough. By its CA Python refuses more than others do (VERIFY_X509_STRICT since 3.13, an intermediate CA alone before).
    context.verify_mode = ssl.CERT_NONE
    try:
        with socket.create_connection(("localhost", model.PORTS[exporter.name]), timeout=5) as plain, context.wrap_socket(plain) as tls:
            shown = tls.getpeercert(binary_form=True)
    except OSError as error:
        return str(error)
    path = os.path.join(member.certificate, model.CERTIFICATE[0])
    own = re.search("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text_file.text(path) or "", re.DOTALL)
    if own is None:
        return f"{path} has no certificate"
    return None if shown == ssl.PEM_cert_to_DER_cert(own[0] + "\n") else "it presents another certificate"


def left(exporters: list[Exporter], directory: str = model.DIRECTORY, units: str = UNITS) -> list[str]:
    """The files of what was set up by us."""
    own = [os.path.join(directory, name) for name in sorted(os.listdir(directory))] if os.path.isdir(directory) else []
    return [*own, *(path for exporter in exporters for path in [drop_in(exporter, units)] if os.path.exists(path))]


def rules(directory: str = DIRECTORY, units: str = UNITS) -> list[str]:
    """The files of the firewall of exporters, also where a removal was killed between them."""
    patterns = [
        os.path.join(directory, "metrics_*.nft"),
        os.path.join(units, "stackdb-trove-firewall-metrics_*.service"),
        os.path.join(units, "nftables.service.d", "stackdb-trove-metrics_*.conf"),
    ]
    return [path for pattern in patterns for path in sorted(glob.glob(pattern))]


def has_user(ours: bool = True) -> bool:
    """Whether there is the user that exporters run as.

    :param ours: False asks for one of that name that somebody else has created
    """
    try:
        found = pwd.getpwnam(model.USER)
    except KeyError:
        return False
    return (found.pw_gecos.partition(",")[0] == COMMENT) is ours


def remove(exporters: list[Exporter], directory: str = model.DIRECTORY, units: str = UNITS) -> None:
    """Stop what was set up by us, and delete its files. The files of a unit go after it was stopped, so that a run which was killed finds what is left."""
    for exporter in exporters:
        path = drop_in(exporter, units)
        if not os.path.exists(path):
            continue
        if Unit(exporter.service).is_installed():
            Unit(exporter.service).disable()
        os.unlink(path)
        if not os.listdir(os.path.dirname(path)):
            os.rmdir(os.path.dirname(path))
    if os.path.isdir(directory):
        for name in os.listdir(directory):
            os.unlink(os.path.join(directory, name))
        os.rmdir(directory)
    run(["systemctl", "daemon-reload"])


def is_private(path: str) -> bool:
    return os.stat(path).st_mode & 0o077 == 0


def write(path: str, text: str, mode: int) -> None:
    """With directories above it that are missing, as private as the file."""
    os.makedirs(os.path.dirname(path), mode=0o755 if mode & 0o044 else 0o700, exist_ok=True)
    text_file.replace(path, text, mode)


def look(exporters: list[Exporter]) -> dict[str, Any]:
    """What is there, as the modules return it: ``ports`` for the firewall, ``digest`` of Redis' account, the files ``left``, ``user`` and ``foreign_user``."""
    return {
        "ports": model.firewall_ports([exporter.name for exporter in exporters]),
        "digest": digest(password(model.DIRECTORY)),
        "left": left(exporters) + rules(),
        "user": has_user(),
        "foreign_user": has_user(ours=False),
    }


def check_user(option: str, found: Mapping[str, Any]) -> None:
    """Refuse exporters where their user was not created by the role.

    :param option: the option by which they are wanted
    :param found: what `look` has returned
    :raises InvalidInput: with that option
    """
    if found["foreign_user"]:
        allowed = "false, where the host has a user trove_metrics that was not created by this role. Exporters run as a user of that name"
        raise InvalidInput(option, True, allowed)


def exporters_of(listed: Iterable[Mapping[str, str]]) -> list[Exporter]:
    """As a module's option lists them."""
    return [Exporter(one["name"], one["service"], one["program"]) for one in listed]


def of(params: Mapping[str, Any]) -> tuple[list[Exporter], Member]:
    """What a module's options say."""
    exporters = exporters_of(params["exporters"])
    member = Member(params["certificate"] or "", bool(params["ca"]), params["socket"] or "", params["url"] or "", params["firewall"] or "")
    return exporters, member


def _command_line(service: str) -> list[str]:
    process = run(["systemctl", "show", "--property=MainPID", "--value", service]).stdout.strip()
    found = _bytes(f"/proc/{process}/cmdline") or b""
    return found.decode(errors="replace").split("\0")[:-1]


def _written_at(path: str) -> float:
    """In seconds since the epoch, 0 for a file that is not there."""
    try:
        return os.stat(path).st_mtime
    except FileNotFoundError:
        return 0


def _bytes(path: str) -> bytes | None:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
