# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of services: what is run, with which environment, on which port."""
import os
from dataclasses import dataclass, field

from .settings import COMPUTES, HOST

# Without these the machine's own settings leak in: no .pyc would ever be written, proxies would catch loopback.
DROPPED = ("PYTHONDONTWRITEBYTECODE", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "PYTHONPATH")
APIS = {  # name: (module, threads). Nova and Neutron serve most of what a deployment asks at the same time.
    "keystone": ("keystone.wsgi.api", 4),
    "placement": ("placement.wsgi.api", 4),
    "glance": ("glance.wsgi.api", 4),
    "neutron": ("neutron.wsgi.api", 8),
    "nova": ("nova.wsgi.osapi_compute", 8),
    "cinder": ("cinder.wsgi.api", 8),
}


@dataclass(frozen=True)
class Service:
    """A process of the cloud. `http` says that the port answers HTTP once the service is ready."""

    name: str
    command: tuple
    port: int = 0
    http: bool = False
    environment: dict = field(default_factory=dict)
    drivers: bool = False  # loads our drivers, so it is started anew when they change


def base_environment(settings):
    kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
    kept["PATH"] = f"{settings.venv}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return kept | {"DEVCLOUD_STATE": str(settings.state), "OS_CLIENT_CONFIG_FILE": str(settings.clouds_yaml)}


def mariadb(settings):
    return Service("mariadb", ("/usr/sbin/mariadbd", f"--defaults-file={settings.conf}/mariadb.cnf"),
                   settings.port("mariadb"))


def rabbitmq(settings):
    """/usr/sbin/rabbitmq-server changes the user; the script below it runs the broker where it is told."""
    home = settings.data / "rabbitmq"
    environment = {
        "HOME": str(home),
        "RABBITMQ_NODENAME": "devcloud@localhost",
        "RABBITMQ_DIST_PORT": str(settings.port("erlang")),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(settings.log),
        "RABBITMQ_CONFIG_FILE": str(settings.conf / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(settings.conf / "rabbitmq-plugins"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
        "RABBITMQ_PID_FILE": str(settings.run / "rabbitmq.pid"),
        # Listen on loopback alone, and don't spin on two cores while waiting.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
        "ERL_EPMD_PORT": str(settings.port("epmd")),
        "ERL_EPMD_ADDRESS": HOST,
    }
    return Service("rabbitmq", ("/usr/lib/rabbitmq/bin/rabbitmq-server",), settings.port("rabbitmq"),
                   environment=environment)


def epmd(settings):
    port = settings.port("epmd")
    return Service("epmd", ("/usr/bin/epmd", "-port", str(port), "-address", HOST), port)


def apis(settings):
    """The HTTP services. Their WSGI modules find their configuration through the environment."""
    environment = {}
    for project, files in {"keystone": "keystone.conf", "glance": "glance-api.conf", "neutron": "neutron.conf",
                           "placement": "placement.conf"}.items():
        environment[f"OS_{project.upper()}_CONFIG_DIR"] = str(settings.conf)
        environment[f"OS_{project.upper()}_CONFIG_FILES"] = files
    # Nova takes its paste file from the same list, as the first.
    environment["OS_NOVA_CONFIG_FILES"] = f"{settings.venv}/etc/nova/api-paste.ini;nova.conf"
    environment["OS_NOVA_CONFIG_DIR"] = str(settings.conf)
    for name, (module, threads) in APIS.items():
        command = (settings.bin("uwsgi"), "--http-socket", f"{HOST}:{settings.port(name)}",
                   "--module", f"{module}:application", "--enable-threads", "--threads", str(threads),
                   "--processes", "1", "--die-on-term", "--need-app", "--master",
                   "--lazy-apps", "--worker-reload-mercy", "3", "--buffer-size", "65535", "--socket-timeout", "120",
                   "--add-header", "Connection: close", "--disable-logging")
        if name == "cinder":
            command += ("--pyargv", f"--config-file {settings.conf}/cinder.conf")
        yield Service(f"{name}-api", command, settings.port(name), http=True, environment=environment,
                      drivers=name == "neutron")


def workers(settings):
    for name, conf in (("nova-conductor", "nova"), ("nova-scheduler", "nova"),
                       ("cinder-scheduler", "cinder"), ("cinder-volume", "cinder")):
        yield Service(name, (settings.bin(name), "--config-file", f"{settings.conf}/{conf}.conf"),
                      drivers=name in ("nova-scheduler", "cinder-volume"))
    for compute in COMPUTES:
        yield Service(f"nova-{compute}", (settings.bin("nova-compute"), "--config-file",
                                          f"{settings.conf}/{compute}.conf"), drivers=True)


def all_services(settings):
    """In the order in which they are started; the other way round they are stopped."""
    return [mariadb(settings), epmd(settings), rabbitmq(settings), *apis(settings), *workers(settings)]
