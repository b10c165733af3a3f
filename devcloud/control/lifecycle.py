# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that change something. Each converges: what is already so is left alone."""
import fcntl
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

from . import config, database, install, processes, services, status
from .console import Failure, follow, run, say
from .settings import COMPUTES, SOURCE, give_to_caller


def up(settings):
    settings.make_directories()
    with alone(settings), ThreadPoolExecutor() as pool:
        code = set_up(settings, pool)
        images = pool.submit(build_images, settings)
        started = start(settings, pool, code)
        wanted = install.digest([SOURCE / "control" / "cloud" / "content.py", SOURCE / "images" / "recipes.toml"])
        furnished = settings.data / "furnished"
        if started or not furnished.exists() or furnished.read_text() != wanted:
            in_cloud(settings, "content")
            furnished.write_text(wanted)
            say("flavors, images, networks, key and quotas are there")
        wait_for_workers(settings)
        images.result()
    say(f"the cloud is up: export OS_CLIENT_CONFIG_FILE={settings.clouds_yaml} OS_CLOUD=devcloud")


def set_up(settings, pool):
    """Install and configure. Returns what the services run, as install.Code."""
    install.packages(settings, install.VENV_PACKAGES)
    packages = pool.submit(install.packages, settings, install.PACKAGES)
    code = install.code(settings)
    packages.result()
    make_ssh_key(settings)
    config.render_all(settings)
    config.prepare_data(settings)
    return code


def start(settings, pool, code):
    """Start what does not run, in the order of need. True if something was started."""
    begun = processes.start(settings, [services.epmd(settings), services.rabbitmq(settings)], code)
    new = database.make(settings, code)
    apis = list(services.apis(settings))
    begun |= processes.start(settings, apis, code)
    processes.wait_for(settings, apis[0])
    if new or not (settings.data / "registered").exists():
        in_cloud(settings, "identity")
        (settings.data / "registered").touch()
        say("services and users are registered")
    processes.wait_for(settings, services.rabbitmq(settings))
    begun |= processes.start(settings, list(services.workers(settings)), code)
    for service in apis:
        processes.wait_for(settings, service)
    if begun:
        say("all APIs answer")
    return begun


def wait_for_workers(settings, patience=120):
    """Until every worker reports itself, with a report newer than this start: Nova believes an old one for 60 s."""
    end = time.monotonic() + patience
    with closing(status.watch(settings)) as answers:
        for problems in answers:
            if not problems:
                return
            for service in services.workers(settings):
                processes.check_runs(settings, service)
            if time.monotonic() > end:
                raise Failure("not well: " + "; ".join(problems))
    raise Failure("the cloud's APIs can't be asked")


def down(settings):
    if not settings.exists:
        say(f"there is no cloud in {settings.state}")
        return
    with alone(settings):
        stop(settings)
    say("the cloud is down")


def halt(settings, names):
    """Lose these computes and all that runs on them. Nova finds out after a minute, unless `up` is quicker."""
    unknown = sorted(set(names) - set(COMPUTES))
    if unknown:
        raise Failure(f"no such compute: {', '.join(unknown)} (there are: {', '.join(COMPUTES)})")
    if not settings.exists:
        raise Failure("there is no cloud yet: devcloud up makes one")
    with alone(settings):
        processes.stop(settings, [f"nova-{name}" for name in names], patience=0)
        clean_up(settings, "--power-cut", *names)
    say(f"halted: {', '.join(names)}")


def stop(settings, *cleanup_options):
    """Computes and volumes first, so that nobody restarts the guests which the drivers' cleanup then ends."""
    say("stopping the services")
    names = [service.name for service in services.all_services(settings)]
    processes.stop(settings, names[3:])
    if (settings.venv / "devcloud.drivers").exists():
        say("stopping the guests")
        clean_up(settings, *cleanup_options)
    processes.stop(settings, names[:3])


def clean_up(settings, *options):
    """Run the drivers' cleanup, which ends guests."""
    run([settings.bin("python"), "-m", "devcloud_drivers.cleanup", str(settings.state), *options],
        settings.log / "cleanup.log", env=services.base_environment(settings))


def reset(settings):
    if not settings.exists:
        say(f"there is no cloud in {settings.state}")
        return
    with alone(settings):
        stop(settings, "--purge")
        say(f"destroying {settings.data}, guests and volumes")
        for path in (settings.data, settings.state / "guests", settings.state / "volumes"):
            shutil.rmtree(path, ignore_errors=True)
    say("the cloud is empty")


@contextmanager
def alone(settings):
    """One command at a time in a state directory; a second waits for the first."""
    with open(settings.state / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another devcloud command")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def image(settings, names):
    """Build images that `up` does not, and have them in the cloud that runs."""
    if not settings.exists:
        raise Failure("there is no cloud yet: devcloud up makes one")
    with alone(settings):
        build_images(settings, *names)
        in_cloud(settings, "content")
    say(f"in the cloud: {', '.join(names)}")


def build_images(settings, *names):
    """Those that are named, or all but the optional ones."""
    follow([settings.bin("python"), str(SOURCE / "images" / "build.py"), str(settings.state), *names], "images",
           env=services.base_environment(settings))


def make_ssh_key(settings):
    if not settings.ssh_key.exists():
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "devcloud", "-f", str(settings.ssh_key)],
            settings.log / "ssh-keygen.log")
    for path in (settings.ssh_key, settings.ssh_key.with_suffix(".pub")):
        give_to_caller(path)


def in_cloud(settings, module):
    """Run a module of control/cloud, which uses openstacksdk, in the cloud's venv."""
    run([settings.bin("python"), "-m", f"control.cloud.{module}"], settings.log / f"{module}.log", cwd=SOURCE,
        env=services.base_environment(settings))
