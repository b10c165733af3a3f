# SPDX-License-Identifier: GPL-3.0-or-later
"""The services' database: made once with all schemas, then copied whenever an empty cloud is wanted."""
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from . import processes
from .console import Failure, run, say
from .install import LOCK, digest
from .services import base_environment, mariadb
from .settings import HOST

DATABASES = ("keystone", "placement", "glance", "nova_api", "nova_cell0", "nova", "neutron", "cinder")


def make(settings, code):
    """Bring the database up with every schema. True when the cloud in it is a new one."""
    template = settings.state / "template"
    done = settings.data / "schemas"
    wanted = digest([LOCK])
    if done.exists() and done.read_text() == wanted:
        serve(settings, code)
        return False
    new = not done.exists()
    if new:  # also after an interrupted first time, whose server may still run over the files that are made anew
        processes.stop(settings, ["mariadb"])
    if new and (template / "schemas").exists() and (template / "schemas").read_text() == wanted:
        say("database from the template")
        copy(template, settings.data)
        serve(settings, code)
        return True
    if new:
        initialize(settings)
    serve(settings, code)
    if new:
        create_databases(settings)
    migrate(settings, new)
    done.write_text(wanted)
    if new:
        processes.stop(settings, ["mariadb"])
        shutil.rmtree(template, ignore_errors=True)
        template.mkdir(mode=0o700)
        copy(settings.data, template)
        serve(settings, code)
    return new


def copy(source, target):
    """The database, Keystone's keys and the mark that tells of which versions they are; the mark comes last."""
    for name in ("mariadb", "keystone", "schemas"):
        shutil.rmtree(target / name, ignore_errors=True)
        subprocess.run(["cp", "-a", "--reflink=auto", source / name, target / name], check=True)


def initialize(settings):
    shutil.rmtree(settings.data / "mariadb", ignore_errors=True)
    run(["mariadb-install-db", f"--defaults-file={settings.conf}/mariadb.cnf", "--skip-test-db",
         "--auth-root-authentication-method=socket", "--auth-root-socket-user=root"], settings.log / "schemas.log")


def serve(settings, code):
    processes.start(settings, [mariadb(settings)], code)
    processes.wait_for(settings, mariadb(settings))


def create_databases(settings):
    """Root is known by its socket; the services have one user with the password of this state directory."""
    statements = [f"CREATE DATABASE {name} CHARACTER SET utf8mb3;" for name in DATABASES]
    statements.append(f"GRANT ALL ON *.* TO devcloud@{HOST} IDENTIFIED BY '{settings.secrets['database']}';")
    client = subprocess.run(["mariadb", "--no-defaults", f"--socket={settings.run}/mariadb.sock", "--user=root"],
                            input="\n".join(statements), text=True, capture_output=True)
    if client.returncode:
        raise Failure(f"the databases could not be created: {client.stderr}")


def migrate(settings, new):
    """Every project's own migrations, in two chains of about the same length: there are two cores."""
    def chain(*commands):
        for program, conf, *arguments in commands:
            run([settings.bin(program), "--config-file", f"{settings.conf}/{conf}", *arguments],
                settings.log / "schemas.log", env=base_environment(settings) | {
                    "OS_BOOTSTRAP_PASSWORD": settings.secrets["admin"]})

    keystone_user = ("--keystone-user", "root", "--keystone-group", "root")
    url = settings.url("keystone", "/v3")
    first = (
        ("keystone-manage", "keystone.conf", "db_sync"),
        ("keystone-manage", "keystone.conf", "fernet_setup", *keystone_user),
        ("keystone-manage", "keystone.conf", "credential_setup", *keystone_user),
        ("keystone-manage", "keystone.conf", "bootstrap", "--bootstrap-region-id", "RegionOne",
         "--bootstrap-public-url", url, "--bootstrap-internal-url", url, "--bootstrap-admin-url", url),
        ("neutron-db-manage", "neutron.conf", "upgrade", "heads"),
        ("placement-manage", "placement.conf", "db", "sync"),
    )
    second = (
        ("nova-manage", "nova.conf", "api_db", "sync"),
        ("nova-manage", "nova.conf", "cell_v2", "map_cell0"),
        ("nova-manage", "nova.conf", "db", "sync"),
        ("nova-manage", "nova.conf", "cell_v2", "create_cell", "--name", "cell1"),
        ("glance-manage", "glance-api.conf", "db_sync"),
        ("cinder-manage", "cinder.conf", "db", "sync"),
    )
    if not new:  # a cell can be created only once
        second = tuple(command for command in second if "create_cell" not in command)
    say("making the schemas")
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda commands: chain(*commands), (first, second)))
    say("schemas are made")
