# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets the machine up: Debian packages, the venv with OpenStack, our drivers in it."""
import hashlib
import os
import shlex
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .console import Failure, run, say
from .services import base_environment
from .settings import SOURCE

# The machine's own interpreter: Debian brings its venv module, and it stays when a pyenv version goes.
PYTHON = "/usr/bin/python3"
VENV_PACKAGES = ("python3-venv",)
PACKAGES = (
    "mariadb-server-core", "mariadb-client-core", "rabbitmq-server",          # the services' own
    "systemd-container", "mmdebstrap", "zstd", "xfsprogs", "e2fsprogs",       # guests, their images and volumes
    "iproute2", "nftables", "iptables", "kmod", "openssh-client", "util-linux", "ca-certificates",
)
DRIVERS = SOURCE / "drivers"
LOCK = SOURCE / "requirements.lock"
SHIM = '"""Nova loads a virt driver only from below nova.virt."""\nfrom devcloud_drivers.virt import DevcloudDriver  # noqa\n'


def packages(settings, names):
    """Install the Debian packages that are missing, without letting any of them start a service."""
    if not shutil.which("dpkg-query"):
        raise Failure("this machine is not a Debian: devcloud sets itself up with apt-get")
    query = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n", *names],
                           capture_output=True, text=True)
    present = {line.split()[1] for line in query.stdout.splitlines() if line.startswith("installed ")}
    missing = [name for name in names if name not in present]
    if not missing:
        return
    say(f"installing Debian packages: {' '.join(missing)}")
    log = settings.log / "apt.log"
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", *missing]
    with services_kept_down("rabbitmq-server" in missing):
        try:
            run(install, log, env=environment)
        except Failure:  # a machine that has never looked, or looked too long ago
            run(["apt-get", "update", "-q"], log, env=environment)
            run(install, log, env=environment)


@contextmanager
def services_kept_down(new_rabbitmq):
    """Debian starts a service when it installs it: ours run from the state directory instead."""
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            policy.unlink()
        if new_rabbitmq and shutil.which("systemctl"):  # not at the next boot either
            subprocess.run(["systemctl", "disable", "rabbitmq-server", "epmd.socket", "epmd.service"],
                           capture_output=True)


def uv_environment(listing):
    """uv's environment from the lines of `pip config list`: global.index-url='…', :env:.find-links='…'."""
    found = {}
    for line in listing.splitlines():
        name, _, value = line.partition("=")
        found[name.rpartition(".")[2]] = " ".join(shlex.split(value))
    names = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS",
             "cert": "SSL_CERT_FILE", "timeout": "UV_HTTP_TIMEOUT"}
    # pip takes the best version of any index; uv by default only looks at the first that has the name.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match"} | {
        names[key]: value.replace(" ", ",") if key == "find-links" else value
        for key, value in found.items() if key in names}


def uv(settings):
    """The command line of uv, from a little venv of its own. (pip would take four times as long.)"""
    home = settings.cache / "uv-venv"
    if not (home / "bin" / "uv").exists():
        log = settings.log / "uv.log"
        run([PYTHON, "-m", "venv", "--clear", str(home)], log)
        run([str(home / "bin" / "pip"), "install", "--quiet", "uv"], log)
    listing = subprocess.run([str(home / "bin" / "pip"), "config", "list"], capture_output=True, text=True).stdout
    return [str(home / "bin" / "uv")], base_environment(settings) | uv_environment(listing)


def venv(settings):
    """Make the venv of the locked versions, anew when the lock changed. Returns the lock's digest."""
    stamp, wanted = settings.venv / "devcloud.lock", digest([LOCK])
    if stamp.exists() and stamp.read_text() == wanted:
        return wanted
    say("installing OpenStack from PyPI")
    command, environment = uv(settings)
    log = settings.log / "uv.log"
    run([PYTHON, "-m", "venv", "--without-pip", "--clear", str(settings.venv)], log)
    run([*command, "pip", "install", "--python", settings.bin("python"), "--cache-dir", str(settings.cache / "uv"),
         "--compile-bytecode", "-r", str(LOCK)], log, env=environment)
    stamp.write_text(wanted)
    say("OpenStack is installed")
    return wanted


class Code(NamedTuple):
    """What is installed: digests of the lock file and of our drivers' source."""

    lock: str
    drivers: str


def code(settings):
    """Install OpenStack and our drivers where they are missing or out of date. Returns what is there now."""
    return Code(venv(settings), drivers(settings))


def drivers(settings):
    """Install our drivers package, again when its files changed. Returns their digest."""
    wanted = digest([DRIVERS / "pyproject.toml", *DRIVERS.glob("devcloud_drivers/**/*.py")])
    stamp = settings.venv / "devcloud.drivers"
    if not (stamp.exists() and stamp.read_text() == wanted):
        say("installing the drivers")
        command, environment = uv(settings)
        copy = settings.cache / "drivers"  # setuptools leaves its traces beside the source that it builds from
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(DRIVERS, copy)
        run([*command, "pip", "install", "--python", settings.bin("python"), "--cache-dir", str(settings.cache / "uv"),
             "--no-deps", "--reinstall", "--compile-bytecode", str(copy)], settings.log / "uv.log", env=environment)
        site, = settings.venv.glob("lib/python3*/site-packages")
        (site / "nova" / "virt" / "devcloud.py").write_text(SHIM)
        stamp.write_text(wanted)
    return wanted


def digest(paths):
    """One name for the content of some files."""
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()
