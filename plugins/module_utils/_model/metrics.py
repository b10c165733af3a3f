# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus exporters on a member: how each is called, and by which files. Pure.

Nothing listens without TLS. The exporters of hosts and of MySQL are told by a file (exporter-toolkit, web-configuration.md), the one of Redis by options.
All files are credentials of the unit: systemd reads them as root, and shows the exporter's user copies below ``%d`` (systemd.exec(5), LoadCredential=).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import accounts

#: by exporter, where Prometheus expects it (its wiki, "Default port allocations")
PORTS: Mapping[str, int] = {"node": 9100, "mysqld": 9104, "redis": 9121}
#: the exporter of a datastore, by its type
OF_DATASTORE: Mapping[str, str] = {"mariadb": "mysqld", "mysql": "mysqld", "redis": "redis", "valkey": "redis"}
USER = accounts.EXPORTER
#: where the units find what they show; all of it is root's
DIRECTORY = "/etc/stackdb-trove/metrics"

WEB, MY_CNF, SCRAPERS, REDIS = "web.yml", "my.cnf", "scrapers.pem", "redis.json"
CERTIFICATE = ("server.pem", "server.key")

_HEAD = "# Written by stackdb.trove.\n"
_UNIT = """\
[Unit]
# However long the database is down.
StartLimitIntervalSec=0
{guard}
[Service]
User={user}
Restart=always
RestartSec=5
EnvironmentFile=
{environment}ExecStart=
ExecStart={command}
{credentials}"""


@dataclass(frozen=True)
class Exporter:
    """One exporter, as the distribution has it.

    :param name: node, mysqld or redis
    :param service: its unit
    :param program: its path
    """

    name: str
    service: str
    program: str


@dataclass(frozen=True)
class Member:
    """What exporters are told of their member.

    :param certificate: the directory of ``ca.pem``, ``server.pem`` and ``server.key``
    :param scrapers: whether there is a CA of whose certificates scrapers must show one
    :param socket: of MySQL
    :param url: of Redis
    :param firewall: the unit that closes the exporters' ports; empty for none
    """

    certificate: str
    scrapers: bool
    socket: str = ""
    url: str = ""
    firewall: str = ""


def web(scrapers: bool) -> str:
    """Paths are relative to the file, so to the unit's credentials."""
    verified = f"  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: {SCRAPERS}\n" if scrapers else ""
    cert, key = CERTIFICATE
    return f"{_HEAD}tls_server_config:\n  cert_file: {cert}\n  key_file: {key}\n  min_version: TLS12\n{verified}"


def my_cnf(socket: str) -> str:
    """The socket says who comes, so there is no password."""
    return f"{_HEAD}[client]\nuser = {USER}\nsocket = {socket}\n"


def arguments(exporter: Exporter, member: Member, credentials: str = "%d") -> list[str]:
    """The command line; no secret is in it.

    :param credentials: where the unit finds its credentials
    """
    return [exporter.program, *(option.format(credentials) for option in _options(exporter.name, member))]


def _options(name: str, member: Member) -> list[str]:
    cert, key = CERTIFICATE
    if name == "redis":
        return [
            f"-web.listen-address=:{PORTS[name]}",
            f"-tls-server-cert-file={{0}}/{cert}",
            f"-tls-server-key-file={{0}}/{key}",
            *([f"-tls-server-ca-cert-file={{0}}/{SCRAPERS}"] if member.scrapers else []),
            f"-redis.addr={member.url}",
            f"-redis.user={USER}",
            # a password that is given by an option goes to whatever address a scraper names
            f"-redis.password-file={{0}}/{REDIS}",
            "-tls-ca-cert-file={0}/ca.pem",
        ]
    listen = [f"--web.listen-address=:{PORTS[name]}", f"--web.config.file={{0}}/{WEB}"]
    # These two would need PROCESS, by which the account could read everybody's statements.
    spared = ["--no-collect.info_schema.innodb_cmp", "--no-collect.info_schema.innodb_cmpmem"]
    return [*listen, f"--config.my-cnf={{0}}/{MY_CNF}", *spared] if name == "mysqld" else listen


def credentials(exporter: Exporter, member: Member, directory: str = DIRECTORY) -> dict[str, str]:
    """What the unit shows its exporter: ``{name: path}``."""
    found = {name: f"{member.certificate}/{name}" for name in CERTIFICATE}
    own = {"node": [WEB], "mysqld": [WEB, MY_CNF], "redis": [REDIS]}[exporter.name] + ([SCRAPERS] if member.scrapers else [])
    found.update({name: f"{directory}/{name}" for name in own})
    if exporter.name == "redis":
        found["ca.pem"] = f"{member.certificate}/ca.pem"
    return found


def drop_in(exporter: Exporter, member: Member, directory: str = DIRECTORY) -> str:
    """What the unit of the distribution's package is told beside its own words."""
    shown = "".join(f"LoadCredential={name}:{path}\n" for name, path in credentials(exporter, member, directory).items())
    # The exporter of Debian 12 takes no file without a password, and later ones no variable.
    environment = f"Environment=DATA_SOURCE_NAME={USER}@unix({member.socket})/\n" if exporter.name == "mysqld" else ""
    # No rules, no exporter: also at boot, and after a run that was killed between packages and rules.
    guard = f"Requires={member.firewall}\nAfter={member.firewall}\n" if member.firewall else ""
    return _HEAD + _UNIT.format(user=USER, guard=guard, environment=environment, command=" ".join(arguments(exporter, member)), credentials=shown)


def firewall_ports(names: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """As M(stackdb.trove.trove_firewall) takes them: scrapers are its clients, and there are no members."""
    return {"client": [{"protocol": "tcp", "ports": str(PORTS[name])} for name in names], "member": []}


def targets(hosts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What Prometheus reads by ``file_sd_configs``: a group of targets for each exporter of each member.

    :param hosts: the hostvars of members; one without trove_instance or without an address is left out
    """
    found = []
    for host in hosts:
        instance = host.get("trove_instance") or {}
        address = instance.get("ip")
        if not address:
            continue
        cluster = instance.get("cluster") or {}
        datastore, topology = ((instance.get("datastore") or {}).get(key) or "" for key in ("type", "topology"))
        labels = {"cluster": cluster.get("name") or instance["name"], "member": instance["name"], "datastore": datastore, "topology": topology}
        names = ["node", OF_DATASTORE[datastore]] if datastore in OF_DATASTORE else ["node"]
        host_part = f"[{address}]" if ":" in address else address
        found += [{"targets": [f"{host_part}:{PORTS[name]}"], "labels": {**labels, "exporter": name}} for name in names]
    return found


def jobs(clusters: Sequence[str], directory: str, certificate: str = "", key: str = "") -> list[dict[str, Any]]:
    """Prometheus' ``scrape_configs``: a job for each cluster, since each has a CA of its own.

    :param directory: of ``<cluster>.json``, its targets, and ``<cluster>.pem``, its CA
    :param certificate: the file that Prometheus shows, with its key; empty for none
    """
    shown = {"cert_file": certificate, "key_file": key} if certificate else {}
    return [
        {
            "job_name": name,
            "scheme": "https",
            "tls_config": {"ca_file": f"{directory}/{name}.pem", **shown},
            "file_sd_configs": [{"files": [f"{directory}/{name}.json"]}],
        }
        for name in clusters
    ]
