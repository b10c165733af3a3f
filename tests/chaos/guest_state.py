# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a guest is like, as JSON on stdout: run on it as root by `python3 -`, so it has the standard library alone, of Python 3.9.

``{files: {path: text}, units: {name: text}, transient: [], failed: [], held: [], processes: [], certificates: {path: text}, accounts: [], mounts: []}``.
What no two runs have alike is left out here: hashes of secrets and certificates, times.
"""

import fcntl
import glob
import grp
import hashlib
import json
import os
import pwd
import re
import subprocess

#: what the collection writes to, and where it may leave something
TREES = ("/etc/stackdb-trove", "/etc/mysql", "/etc/redis", "/etc/valkey", "/etc/systemd/system", "/etc/apt/apt.conf.d", "/run/stackdb-trove")
#: of these only what lies in them, and of ours alone
HOMES = ("/tmp", "/var/tmp", "/root", "/home/debian/.ansible/tmp", "/root/.ansible/tmp", "/var/lib/mysql", "/var/lib/redis", "/var/lib/valkey", "/run")
OURS = re.compile(r"stackdb|trove|ansible|\.new$|\.tmp$|aside|snapshot|receiv|^tmp.{8}$|wsrep-new-cluster|\.my\.cnf")
#: by nature another one in each run: keys, certificates, and notes of turns, positions and times
NEW = re.compile(r"\.(pem|key|crt|csr)$|/turn-|/stopped-|/rotation\.json$|-tls\.stamp$|/recovery-|/run/stackdb-trove/|/nodes\.conf$|password|secret")
#: of a run, or of a transfer of data
WORK = re.compile(r"AnsiballZ|ansible|wsrep_sst|mariabackup|mariadb-backup|socat|rsync|async_wrapper")
UNITS = ("mariadb", "mysql", "redis-server", "valkey-server", "nftables")


def output(*command):
    """What a program prints; of one that is not there, as MariaDB's client on a server of Redis, nothing."""
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    except FileNotFoundError:
        return ""


def name(of, number):
    try:
        return of(number)[0]
    except KeyError:
        return str(number)


def file(path):
    status = os.lstat(path)
    shown = f"{status.st_mode:o} {name(pwd.getpwuid, status.st_uid)}:{name(grp.getgrgid, status.st_gid)}"
    if os.path.islink(path):
        return f"{shown} -> {os.readlink(path)}"
    if os.path.isdir(path) or NEW.search(path):
        return shown
    with open(path, "rb") as content:
        data = content.read()
    return f"{shown} {neutral(data)}"


def neutral(data):
    """A hash; addresses are put in by the caller's names, so text that has one is given as it is."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return hashlib.sha256(data).hexdigest()[:16]
    # secrets that stand among settings
    text = re.sub(r"(?im)^(\s*\S*(?:pass|auth|secret)\S*[ =:]+).*$", r"\1<secret>", text)
    # of passwords in Redis' list of accounts
    text = re.sub(r"#[0-9a-f]{64}\b", "#<hash>", text)
    # the moment of a line in a settings record
    text = re.sub(r'("since": )[0-9.]+', r"\1<time>", text)
    # Noted by who waits for the server's start. A run that ends since its controller was killed leaves the waiting to the next one, and that goes by the lines.
    text = re.sub(r'("live": )(?:null|"(?:[^"\\\\]|\\\\.)*")', r"\1<what the server made of it>", text)
    return text if len(text) < 20000 and re.search(r"\d+\.\d+\.\d+\.\d+", text) else hashlib.sha256(text.encode()).hexdigest()[:16]


def files():
    found = {}
    for tree in TREES:
        for folder, folders, names in os.walk(tree):
            for each in (*folders, *names):
                found[os.path.join(folder, each)] = file(os.path.join(folder, each))
    for home in HOMES:
        for each in os.listdir(home) if os.path.isdir(home) else []:
            if OURS.search(each) and not (home == "/run" and each == "stackdb-trove") and not each.endswith(".lock"):
                found[os.path.join(home, each)] = file(os.path.join(home, each))
    return found


def held():
    """Locks that somebody holds."""
    found = []
    for path in glob.glob("/run/stackdb-trove-*.lock"):
        with open(path) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                found.append(path)
    return found


def units():
    shown = {}
    for unit in UNITS:
        text = output("systemctl", "show", "-p", "LoadState,ActiveState,SubState,UnitFileState", f"{unit}.service")
        if "LoadState=not-found" not in text:
            shown[unit] = " ".join(sorted(text.split()))
    for line in output("systemctl", "list-unit-files", "--plain", "--no-legend", "stackdb-trove*").splitlines():
        shown[line.split()[0]] = " ".join(line.split()[1:])
    return shown


def transient():
    names = [line.split()[0] for line in output("systemctl", "list-units", "--all", "--plain", "--no-legend", "--type=service,timer").splitlines()]
    return [each for each in names if "Transient=yes" in output("systemctl", "show", "-p", "Transient", each) and not each.startswith(("user@", "trove-test-"))]


def processes():
    """That have outlived their run."""
    return [line[:120] for line in output("ps", "-eo", "args").splitlines() if WORK.search(line)]


def certificates():
    found = {}
    for path in glob.glob("/etc/mysql/tls/*.pem") + glob.glob("/etc/redis/**/*.crt", recursive=True) + glob.glob("/etc/redis/**/*.pem", recursive=True):
        text = output("openssl", "x509", "-in", path, "-noout", "-subject", "-issuer", "-enddate", "-ext", "subjectAltName")
        # by the month
        found[path] = re.sub(r"notAfter=(\w+) +\d+ [\d:]+ (\d+) GMT", r"notAfter=\1 \2", " ".join(text.split()))
    return found


def accounts():
    for client in ("mariadb", "mysql"):
        text = output(client, "--batch", "--skip-column-names", "-e", "SELECT CONCAT(user, '@', host, ' ', plugin) FROM mysql.user ORDER BY 1")
        if text:
            return text.splitlines()
    return []


def main():
    shown = {
        "files": files(), "units": units(), "transient": transient(), "held": held(), "processes": processes(), "certificates": certificates(),
        "failed": [line.split()[0] for line in output("systemctl", "list-units", "--failed", "--plain", "--no-legend").splitlines()],
        "accounts": accounts(), "mounts": output("findmnt", "-rno", "TARGET,FSTYPE", "-t", "xfs").splitlines(),
        "tables": output("nft", "list", "tables").splitlines(),
    }  # fmt: skip
    print(json.dumps(shown))


main()
