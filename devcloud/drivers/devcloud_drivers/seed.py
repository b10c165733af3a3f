"""What Nova gives a server at its birth, put into its file system as cloud-init would have done."""
from __future__ import annotations

import base64
import os
import pathlib

from nova.api.metadata import base as metadata
from nova.virt import configdrive

from . import state
from .shell import run

USER_ID = 1000   # `debian`, the first user of every image


def plant(upper: pathlib.Path, instance, injected_files, network_info) -> None:
    """Write host name, keys, user data and the config drive's files below `upper`, which is the guest's own layer."""
    hostname = instance.hostname or instance.uuid
    state.write(upper / "etc/hostname", f"{hostname}\n")
    state.write(upper / "etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {hostname}\n::1 localhost ip6-localhost ip6-loopback\n")
    state.write(upper / "etc/machine-id", instance.uuid.replace("-", "") + "\n", 0o444)
    state.write(upper / "etc/resolv.conf", pathlib.Path("/etc/resolv.conf").read_text())
    _host_key(upper / "etc/ssh/ssh_host_ed25519_key", hostname)
    if instance.key_data:
        _authorize(upper / "home/debian/.ssh", instance.key_data)
    user_data = base64.b64decode(instance.user_data or "")
    if user_data.startswith(b"#!"):
        state.write(upper / "var/lib/devcloud/user-data", user_data, 0o700)
    if configdrive.required_by(instance):
        _config_drive(upper / "var/lib/cloud/seed/config_drive", instance, injected_files, network_info)


def _config_drive(drive: pathlib.Path, instance, injected_files, network_info) -> None:
    """The files of the config drive; only for who asked for one, as they need several of Neutron's answers."""
    described = metadata.InstanceMetadata(instance, content=injected_files, extra_md={}, network_info=network_info)
    with configdrive.ConfigDriveBuilder(instance_md=described) as builder:
        for path, data in builder.mdfiles:
            state.write(drive / path, data)
    drive.chmod(0o700)


def _host_key(path: pathlib.Path, hostname: str) -> None:
    path.unlink(missing_ok=True)   # a rebuilt server, or one from a snapshot, has keys of its own
    path.parent.mkdir(parents=True, exist_ok=True)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", hostname, "-f", path)


def _authorize(directory: pathlib.Path, key: str) -> None:
    state.write(directory / "authorized_keys", key.rstrip("\n") + "\n", 0o600)
    directory.chmod(0o700)
    for path in (directory.parent, directory, directory / "authorized_keys"):
        os.chown(path, USER_ID, USER_ID)
