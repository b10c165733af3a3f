# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line."""
import argparse
import os
import shutil
import sys

from . import lifecycle, status
from .console import Failure, fail
from .settings import COMPUTES, DEFAULT_STATE, Settings

COMMANDS = {
    "up": (lifecycle.up, "install what is missing and start what does not run"),
    "down": (lifecycle.down, "stop the cloud and its guests; their data stays"),
    "status": (status.show, "show every service; the exit code is 0 when all are well"),
    "image": (lifecycle.image, "build an image that `up` does not, and have it in the cloud"),
    "halt": (lifecycle.halt, "lose computes with their guests, as by a power cut; `up` brings them back"),
    "reset": (lifecycle.reset, "stop, and destroy all servers, volumes, images and users; installations stay"),
}
NAMES = {"image": "as in images/recipes.toml", "halt": f"one of {', '.join(COMPUTES)}"}   # commands that are given some
# What sudo would drop, and the installation needs.
KEPT = ("DEVCLOUD_STATE", "DEVCLOUD_PORT_BASE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT",
        "PIP_CONFIG_FILE", "SSL_CERT_FILE", "http_proxy", "https_proxy", "no_proxy")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="devcloud", description="An embedded OpenStack for demonstrations and tests.")
    parser.add_argument("--state", metavar="DIR", help="where everything is kept: $DEVCLOUD_STATE, else " + DEFAULT_STATE)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_function, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name in NAMES:
            command.add_argument("names", nargs="+", metavar="NAME", help=NAMES[name])
    return parser.parse_args(arguments)


def become_root(arguments):
    if not shutil.which("sudo"):
        raise Failure("devcloud has to be run by root, and there is no sudo")
    os.execvp("sudo", ["sudo", f"--preserve-env={','.join(KEPT)}", sys.executable, sys.argv[0], *arguments])


def main(arguments=None):
    arguments = sys.argv[1:] if arguments is None else arguments
    options = parse(arguments)
    try:
        if os.geteuid() != 0:
            become_root(arguments)
        settings = Settings.load(options.state)
        arguments = [settings, options.names] if options.command in NAMES else [settings]
        return COMMANDS[options.command][0](*arguments) or 0
    except Failure as error:
        return fail(error)
    except KeyboardInterrupt:
        return fail("interrupted; run the same command again to go on")
