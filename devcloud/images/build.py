#!/usr/bin/env python3
"""Build the trees that guests boot from: ``build.py STATE_DIR [image ...]``, as root.

An image is a directory ``STATE_DIR/images/<name>-<hash>`` with ``rootfs/`` and ``image.json`` ({"layers": [...]}: the directories whose rootfs
an overlay puts together, uppermost first), and ``STATE_DIR/images/<name>`` links to the newest. The hash is of all that the image is made of:
one that has not changed is not built again, and guests keep the one that they were made from.
Packages come from the Debian mirror that this machine uses, with its certificates and proxy settings.
"""
from __future__ import annotations

import hashlib
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
FILES = HERE / "files"
CUSTOMIZE = HERE / "customize"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
LOCAL_CA = pathlib.Path("/usr/local/share/ca-certificates")
MASKED = ["systemd-networkd-wait-online.service", "e2scrub_reap.service", "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer"]
ENABLED = ["ssh.service", "devcloud-hardware.service", "devcloud-disks.service", "devcloud-user-data.service"]


def main(argv):
    if len(argv) < 2:
        sys.exit(__doc__.splitlines()[0])
    images = pathlib.Path(argv[1]) / "images"
    recipes = tomllib.loads((HERE / "recipes.toml").read_text())
    wanted = argv[2:] or [name for name, recipe in recipes.items() if not recipe.get("optional")]
    unknown = sorted(set(wanted) - set(recipes))
    if unknown:
        sys.exit(f"unknown image: {', '.join(unknown)} (there are: {', '.join(recipes)})")
    for name in wanted:
        ensure(images, recipes, name)


def ensure(images, recipes, name):
    """Build the image, after its parent, unless it is there as its recipe has it. Returns its layers."""
    recipe = recipes[name]
    parent = ensure(images, recipes, recipe["parent"]) if "parent" in recipe else []
    target = images / f"{name}-{digest(recipes, name)}"
    layers = [target.name, *parent]
    if not target.exists():
        started = time.monotonic()
        print(f"image {name}: building", flush=True)
        part = images / f"{name}.part"
        remove(part)
        (part / "rootfs").mkdir(parents=True)
        if parent:
            layer(images, part, parent, recipe)
        else:
            bootstrap(part / "rootfs", recipe)
        (part / "image.json").write_text(json.dumps({"layers": layers}) + "\n")
        part.rename(target)
        print(f"image {name}: {time.monotonic() - started:.0f} s", flush=True)
    link = images / f"{name}.new"
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    link.replace(images / name)
    return layers


def digest(recipes, name):
    """A hash over all that the image is made of, its parent included."""
    recipe = recipes[name]
    parts = [json.dumps(recipe, sort_keys=True), pathlib.Path(__file__).read_text(), CUSTOMIZE.read_text(), machine_apt_conf()]
    if "parent" in recipe:
        parts.append(digest(recipes, recipe["parent"]))
    parts += [path.read_text() for path in sorted(FILES.rglob("*")) if path.is_file()]
    parts += [path.read_text() for path in sorted(LOCAL_CA.glob("*.crt"))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def remove(directory):
    if directory.exists():
        shutil.rmtree(directory)


def bootstrap(rootfs, recipe):
    """A minimal Debian of its own."""
    sources = debian_sources(recipe["suite"])
    with tempfile.TemporaryDirectory() as scratch:
        extras = pathlib.Path(scratch, "extras")
        shutil.copytree(FILES, extras)
        put(extras / "etc/apt/apt.conf.d/machine", machine_apt_conf())
        for certificate in LOCAL_CA.glob("*.crt"):
            put(extras / LOCAL_CA.relative_to("/") / certificate.name, certificate.read_text())
        recipe_script = pathlib.Path(scratch, "recipe")
        put(recipe_script, recipe.get("script", ""))
        variables = f"ENABLED={shlex.quote(' '.join(ENABLED))} MASKED={shlex.quote(' '.join(MASKED))} RECIPE={recipe_script}"
        run(
            "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--keyring={KEYRING}",
            f"--include={','.join(recipe['packages'])}",
            *(f"--aptopt={line}" for line in machine_apt_conf().splitlines()),
            # A mirror's sid may be older than its Release file's Valid-Until says it may.
            *(['--aptopt=Acquire::Check-Valid-Until "false"'] if recipe["suite"] == "sid" else []),
            *(f"--dpkgopt={line}" for line in (FILES / "etc/dpkg/dpkg.cfg.d/devcloud").read_text().splitlines() if line[:1] != "#"),
            f'--customize-hook=cp -r --preserve=mode {extras}/. "$1"', f'--customize-hook={variables} {CUSTOMIZE} "$1"',
            recipe["suite"], str(rootfs), *sources,
        )


def layer(images, part, parent, recipe):
    """Packages over a parent image, given by its layers."""
    root, work = part / "root", part / "work"
    root.mkdir()
    work.mkdir()
    options = f"lowerdir={':'.join(str(images / name / 'rootfs') for name in parent)},upperdir={part / 'rootfs'},workdir={work}"
    run("mount", "-t", "overlay", "devcloud-image", "-o", options, str(root))
    try:
        put(root / "usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)   # packages start nothing here
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        in_container(root, "apt-get -qq update")
        in_container(root, f"DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends {' '.join(recipe['packages'])}")
        in_container(root, recipe.get("script", ""))
        in_container(root, "apt-get clean; rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/*.log /usr/sbin/policy-rc.d /etc/resolv.conf")
    finally:
        run("umount", str(root))
    root.rmdir()
    remove(work)


def in_container(root, script):
    run(
        "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--pipe", "--resolv-conf=off", "--timezone=off", "--link-journal=no",
        "-D", str(root), "/bin/sh", "-euc", script,
    )


def debian_sources(suite):
    """apt sources of a suite, from the mirrors that this machine uses."""
    text = "\n".join(path.read_text() for path in sorted(pathlib.Path("/etc/apt").glob("sources.list*")) if path.is_file())
    text += "\n".join(path.read_text() for path in sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*")) if path.is_file())
    main = re.search(r"https?://\S+/debian/?(?=\s)", text)
    security = re.search(r"https?://\S+/debian-security/?(?=\s)", text)
    main = main.group() if main else "http://deb.debian.org/debian"
    security = security.group() if security else "http://deb.debian.org/debian-security"
    lines = [f"deb {main} {suite} main"]
    if suite != "sid":
        lines += [f"deb {main} {suite}-updates main", f"deb {security} {suite}-security main"]
    return lines


def machine_apt_conf():
    """What this machine's apt needs to reach its mirror."""
    dump = subprocess.run(["apt-config", "dump"], check=True, capture_output=True, text=True).stdout
    wanted = re.compile(r'Acquire::(Check-\S+|https?::(Proxy|CaInfo|Verify)\S*|Retries) "[^"]+";')
    return "".join(f"{line}\n" for line in dump.splitlines() if wanted.fullmatch(line))


def put(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def run(*command):
    """Run a command quietly; what it said is shown when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode:
        sys.exit(f"{command[0]} failed ({done.returncode}):\n{done.stdout[-4000:]}")


if __name__ == "__main__":
    main(sys.argv)
