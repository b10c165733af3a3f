# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders templates/ into the state directory. A template is the file itself, with $names to fill in."""
import string
import uuid
from pathlib import Path

from .settings import COMPUTES, HOST, PORTS, give_to_caller, write_private

TEMPLATES = Path(__file__).resolve().parent / "templates"
SERVICES = ("keystone.conf", "placement.conf", "glance-api.conf", "nova.conf", "neutron.conf", "cinder.conf",
            "rabbitmq.conf", "mariadb.cnf")


def render(name, values):
    """The text of a template. A name that is missing from the values is a KeyError."""
    return string.Template((TEMPLATES / name).read_text()).substitute(values)


def values(settings):
    """Every name that templates may use. The parts that files share are templates themselves, rendered first."""
    found = {"host": HOST, "state": settings.state, "venv": settings.venv, "run": settings.run,
             "data": settings.data, "ssh_key": settings.ssh_key}
    found |= {f"{service}_port": settings.port(service) for service in PORTS}
    found |= {f"{service}_url": settings.url(service) for service in PORTS}
    found |= {f"{name}_password": secret for name, secret in settings.secrets.items()}
    found["database_url"] = f"mysql+pymysql://devcloud:{found['database_password']}@{HOST}:{found['mariadb_port']}"
    for part in ("credentials", "common", "nova"):
        found[part] = render(f"_{part}.conf", found)
    return found


def render_all(settings):
    """Write every configuration file, and what the user needs to reach the cloud and its guests."""
    known = values(settings)
    for name in SERVICES:
        write_private(settings.conf / name, render(name, known))
    for compute in COMPUTES:
        write_private(settings.conf / f"{compute}.conf", render("nova-compute.conf", known | {"compute": compute}))
    (settings.conf / "rabbitmq-plugins").write_text("[].\n")
    for name in ("clouds.yaml", "ssh_config"):
        write_private(settings.state / name, render(name, known))
        give_to_caller(settings.state / name)


def prepare_data(settings):
    """Directories of the services, and the identities of the compute nodes.

    nova-compute refuses a second start when its node's uuid differs from the first: it is derived from the name.
    """
    for path in ("keystone", "glance", "nova", "neutron", "cinder/coordination", "rabbitmq", "mariadb", "mariadb-tmp"):
        (settings.data / path).mkdir(parents=True, exist_ok=True)
    (settings.run / "lock").mkdir(exist_ok=True)
    for compute in COMPUTES:
        (settings.data / compute).mkdir(exist_ok=True)
        (settings.data / compute / "compute_id").write_text(f"{uuid.uuid5(uuid.NAMESPACE_DNS, compute)}\n")
    cookie = settings.data / "rabbitmq" / ".erlang.cookie"
    if not cookie.exists():
        write_private(cookie, settings.secrets["erlang_cookie"])
        cookie.chmod(0o400)
