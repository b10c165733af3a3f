# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages of a guest, by apt and dpkg: what is installed, what package sources offer, and those of one server brought to one version.

What is only asked is asked in a directory of its own, with the sources and pins that a run would add: the guest's own lists, sources and pins stay as they are.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from .._model import package_sources
from .._model.upgrade import Changes, Installed
from .command import GuestError, run

_PLACE, _PREFIX = "/var/tmp", "stackdb-trove-apt-"
_LISTS = "/var/lib/apt/lists"
_SOURCES, _PINS = "/etc/apt/sources.list.d", "/etc/apt/preferences.d"
_UPDATES = "/var/lib/dpkg/updates"
#: seconds
_TIMEOUT = 1800
#: seconds after which nobody works in a directory that is left
_STALE = 6 * 3600
_FIELDS = ("Package", "Version", "source:Package", "db:Status-Status")
_LIBRARIES = re.compile(r"/lib(64)?(/[^/]*-linux-gnu[^/]*)?$")
_GONE = ("not-installed", "config-files")
_QUIET = ["env", "DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_MODE=l", "apt-get", "--yes", "--quiet", "--option=DPkg::Lock::Timeout=300"]
#: a file that somebody has changed stays as it is. Source: dpkg(1), --force-confdef, --force-confold
_KEEP = ["--option=Dpkg::Options::=--force-confdef", "--option=Dpkg::Options::=--force-confold"]


def installed(package: str) -> Installed:
    """The packages of a server, those that are built from the same source as `package`, and what dpkg has not finished, of them and of others."""
    fields = "\\t".join(f"${{{field}}}" for field in _FIELDS)
    rows = [line.split("\t") for line in run(["dpkg-query", "--show", f"--showformat={fields}\\n"], check=False).stdout.splitlines()]
    there = [row for row in rows if len(row) == len(_FIELDS) and row[3] not in _GONE]
    source = next((row[2] for row in there if row[0] == package), None)
    mine = [row for row in there if row[2] == source]
    unfinished, own = sorted(row[0] for row in there if row[3] != "installed"), {row[0] for row in mine}
    return {
        "versions": {row[0]: row[1] for row in mine},
        "unfinished": [*(name for name in unfinished if name in own), *([_UPDATES] if _was_killed() else [])],
        "others": [name for name in unfinished if name not in own],
    }


def _was_killed() -> bool:
    """Whether dpkg was killed while it wrote down what it did: apt then takes no lock before it is configured. Source: apt, debsystem.cc, CheckUpdates()."""
    return os.path.isdir(_UPDATES) and any(name.isdigit() for name in os.listdir(_UPDATES))


def is_older(one: str, other: str) -> bool:
    """By dpkg's order of versions."""
    return run(["dpkg", "--compare-versions", one, "lt", other], check=False).returncode == 0


def configure() -> None:
    """Let dpkg finish what it was interrupted in, as far as it can: the rest is for apt, which asks for this first. Source: dpkg(1), --configure."""
    run(["env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--configure", "--pending", "--force-confdef", "--force-confold"], timeout=_TIMEOUT, check=False)


@dataclass(frozen=True)
class Apt:
    """apt with its sources.

    :param options: of its command line
    """

    options: Sequence[str] = ()

    def update(self) -> None:
        """:raises GuestError: where a source cannot be read: what the old lists say may not be so any more"""
        run([*_QUIET, *self.options, "--error-on=any", "update"], timeout=_TIMEOUT)

    def candidate(self, package: str) -> str | None:
        found = re.search(r"^  Candidate: (\S+)$", self._cache("policy", package), re.MULTILINE)
        return found.group(1) if found and found.group(1) != "(none)" else None

    def versions(self, names: Iterable[str]) -> dict[str, list[str]]:
        """All that the sources have of each package, each once, newest first."""
        found: dict[str, list[str]] = {name: [] for name in names}
        for row in [line.split("|") for line in self._cache("madison", *found).splitlines()]:
            there = found.get(row[0].strip(), [])
            if len(row) > 2 and "Packages" in row[2] and row[1].strip() not in there:
                there.append(row[1].strip())
        return found

    def _cache(self, *words: str) -> str:
        return run(["apt-cache", *self.options, *words]).stdout

    def changes(self, wanted: Mapping[str, str]) -> Changes:
        """What would be installed, upgraded and removed for these versions.

        :raises GuestError: with apt's words, where it is not possible
        """
        out = run([*_QUIET, *self.options, *_install(wanted), "--simulate"], timeout=_TIMEOUT).stdout
        come = re.findall(r"^Inst (\S+) (?:\[(\S+)\] )?\((\S+)", out, re.MULTILINE)
        gone = re.findall(r"^Remv (\S+)", out, re.MULTILINE)
        return {"come": {name: [before or None, after] for name, before, after in come}, "gone": gone}

    def download(self, wanted: Mapping[str, str]) -> None:
        run([*_QUIET, *self.options, *_install(wanted), "--download-only"], timeout=_TIMEOUT)

    def install(self, wanted: Mapping[str, str]) -> None:
        run([*_QUIET, *self.options, *_KEEP, *_install(wanted)], timeout=_TIMEOUT)


def _install(wanted: Mapping[str, str]) -> list[str]:
    return ["--no-install-recommends", "--fix-broken", "install", *(f"{name}={version}" for name, version in wanted.items())]


@dataclass(frozen=True)
class Proposed(Apt):
    """apt with sources and pins that are not the guest's yet.

    :param place: the directory of its own
    """

    place: str = ""

    def archives(self) -> list[str]:
        """The packages that were downloaded, as paths."""
        directory = os.path.join(self.place, "cache", "archives")
        return sorted(os.path.join(directory, name) for name in os.listdir(directory) if name.endswith(".deb"))


@contextmanager
def proposed(repository: Mapping[str, Any], pins: Sequence[Mapping[str, Any]] | None) -> Iterator[Proposed]:
    """apt as it would be with a repository and pins, in a directory that is deleted afterwards.

    :param repository: options of deb822_repository, empty for none
    :param pins: see package_sources.preferences; None for those that there are
    """
    _delete_stale()
    place = tempfile.mkdtemp(prefix=_PREFIX, dir=_PLACE)
    try:
        os.chmod(place, 0o755)
        for name in ("cache/archives/partial", "sources", "preferences", "lists/partial"):
            os.makedirs(os.path.join(place, name))
        # what it has is not downloaded once more
        _copy(_LISTS, os.path.join(place, "lists"))
        _copy(_SOURCES, os.path.join(place, "sources"))
        _copy(_PINS, os.path.join(place, "preferences"))
        if repository:
            _write(os.path.join(place, "sources", f"{package_sources.slug(repository)}.sources"), _source(repository, place))
        if pins is not None:
            _write(os.path.join(place, "preferences", package_sources.PINS), package_sources.preferences(pins))
        yield _of(place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _delete_stale() -> None:
    """What a run has left that was killed: hundreds of MB each."""
    for path in glob.glob(os.path.join(_PLACE, f"{_PREFIX}*")):
        with suppress(FileNotFoundError):
            if os.stat(path).st_mtime < time.time() - _STALE:
                shutil.rmtree(path, ignore_errors=True)


def _of(place: str) -> Proposed:
    where = {"Dir::State::lists": "lists", "Dir::Cache": "cache", "Dir::Etc::sourceparts": "sources", "Dir::Etc::preferencesparts": "preferences"}
    options = [f"--option={name}={os.path.join(place, part)}" for name, part in where.items()]
    # the directory is its own; the guest's lock is not to be had while dpkg's last work is unfinished, and what is asked changes nothing
    return Proposed([*options, "--option=APT::Sandbox::User=root", "--option=Debug::NoLocking=true"], place)


def _source(repository: Mapping[str, Any], place: str) -> str:
    """As the file will be; a key that has an address is fetched, as the module does that writes it."""
    signed_by = str(repository.get("signed_by") or "")
    if "://" in signed_by:
        key = os.path.join(place, "key.asc")
        run(["/usr/lib/apt/apt-helper", "--option=APT::Sandbox::User=root", "download-file", signed_by, key], timeout=_TIMEOUT)
        with open(key, "rb") as file:
            ending = "asc" if b"-----BEGIN PGP PUBLIC KEY BLOCK-----" in file.read() else "gpg"
        # apt goes by the ending
        os.rename(key, f"{place}/trusted.{ending}")
        repository = {**repository, "signed_by": f"{place}/trusted.{ending}"}
    return package_sources.deb822(repository)


def _copy(source: str, target: str) -> None:
    for name in os.listdir(source) if os.path.isdir(source) else ():
        path = os.path.join(source, name)
        if os.path.isfile(path) and name != "lock":
            shutil.copy2(path, target)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def unpack(files: Sequence[str], place: str) -> str:
    """Packages unpacked into a directory, of which nothing is run or configured: its path."""
    tree = os.path.join(place, "tree")
    os.makedirs(tree, exist_ok=True)
    for file in files:
        run(["dpkg-deb", "--extract", file, tree], timeout=_TIMEOUT)
    return tree


def program(tree: str, *names: str) -> list[str]:
    """The words of a command line that run a program of unpacked packages with the libraries that came with it.

    :param names: where it may be, below the tree; the first that is there counts
    :raises GuestError: where none is
    """
    found = next((os.path.join(tree, name) for name in names if os.path.isfile(os.path.join(tree, name))), None)
    if not found:
        raise GuestError(f"The packages hold none of {', '.join(names)}.")
    libraries = [path for path, _names, files in os.walk(tree) if any(".so" in name for name in files) and _LIBRARIES.search(path)]
    loader = next((os.path.join(path, name) for path in libraries for name in sorted(os.listdir(path)) if re.match(r"ld-linux.*\.so\.\d+$", name)), None)
    searched = ":".join(libraries)
    return [loader, "--library-path", searched, found] if loader else ["env", f"LD_LIBRARY_PATH={searched}", found]
