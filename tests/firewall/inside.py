# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests run inside a network namespace: ``inside.py ROLE JSON``; the result is JSON on the standard output."""

from __future__ import annotations

import json
import random
import selectors
import socket
import subprocess
import sys
import time
from ipaddress import ip_network
from pathlib import Path

from ansible_collections.stackdb.trove.plugins.module_utils._guest.firewall import Firewall
from ansible_collections.stackdb.trove.plugins.module_utils._model import firewall

OTHERS = "table inet other {\nchain input {\ntype filter hook input priority 10; policy accept\ntcp dport 1 drop\n}\n}\n"


def groups(clients: list[str], port: int) -> list[firewall.Ports]:
    return [firewall.Ports("tcp", port, port, tuple(ip_network(one) for one in clients)), firewall.Ports("tcp", port + 1, port + 9, ())]


def nft(*words: str) -> str:
    return subprocess.run(["nft", *words], check=True, capture_output=True, text=True).stdout


def load(wall: Firewall, script: str, how: str) -> None:
    """As the collection does; or ``apart``, as a service does that is restarted: the old table goes before the new one comes."""
    if how == "apart" and wall.live():
        wall.delete()
    wall.check(script)
    wall.load(script)


def reloads(given: dict) -> dict:
    """Load the rules again and again, each time with the clients that stay and with some others."""
    wall = Firewall("test", given["folder"], given["folder"])
    dice = random.Random(given["seed"])
    for _turn in range(given["turns"]):
        others = [f"198.51.{dice.randrange(256)}.0/{dice.choice([24, 25])}" for _number in range(dice.randrange(200))] + [f"2001:db8:{dice.randrange(9)}::/48"]
        load(wall, firewall.render("test", groups(given["clients"] + others, given["port"])), given["how"])
    return {}


def serve(given: dict) -> dict:
    """Accept on all addresses, and answer each byte, until the standard input is closed: how many came in, by address."""
    came: dict[str, int] = {}
    with selectors.DefaultSelector() as ready, socket.create_server(("::", given["port"]), family=socket.AF_INET6, dualstack_ipv6=True, backlog=1000) as server:
        ready.register(server, selectors.EVENT_READ)
        ready.register(sys.stdin, selectors.EVENT_READ)
        print("ready", flush=True)
        while True:
            for key, _events in ready.select():
                if key.fileobj is sys.stdin:
                    return came
                if key.fileobj is server:
                    one, address = server.accept()
                    came[address[0]] = came.get(address[0], 0) + 1
                    ready.register(one, selectors.EVENT_READ)
                    continue
                try:
                    data = key.fileobj.recv(100)
                except OSError:
                    data = b""
                if data:
                    key.fileobj.sendall(data)
                else:
                    ready.unregister(key.fileobj)
                    key.fileobj.close()


def connect(given: dict) -> dict:
    """Connect to each address in turn until the standard input is closed: attempts, those that came in, and errors. Waits `patience` seconds for each."""
    found = {"tried": 0, "in": 0, "errors": []}
    with selectors.DefaultSelector() as closed:
        closed.register(sys.stdin, selectors.EVENT_READ)
        print("ready", flush=True)
        while not closed.select(0):
            for address in given["addresses"]:
                found["tried"] += 1
                try:
                    with socket.create_connection((address, given["port"]), timeout=given["patience"]) as one:
                        one.sendall(b"x")
                        found["in"] += one.recv(1) == b"x"
                except OSError as error:
                    found["errors"].append(f"{address}: {error}")
            time.sleep(0.001)
    return {**found, "errors": found["errors"][:3], "failed": len(found["errors"])}


def session(given: dict) -> dict:
    """One connection: whether it was answered before and after another client list was loaded in the meantime, which the standard input tells."""
    with socket.create_connection((given["address"], given["port"]), timeout=5) as one:
        one.sendall(b"x")
        before = one.recv(1) == b"x"
        print("ready", flush=True)
        sys.stdin.read()
        one.settimeout(1)
        one.sendall(b"x")
        try:
            after = one.recv(1) == b"x"
        except OSError:
            after = False
    return {"before": before, "after": after}


def outgoing(given: dict) -> dict:
    """A connection that this host begins, from a port that is closed to all."""
    with socket.create_connection((given["address"], given["port"]), timeout=5, source_address=("0.0.0.0", given["from"])) as one:
        one.sendall(b"x")
        return {"answered": one.recv(1) == b"x"}


def any_network(dice: random.Random) -> str:
    bits = dice.choice([32, 128])
    length = dice.choice([bits, bits, dice.randrange(bits + 1)])
    # near each other, so that there are neighbours and overlaps
    number = dice.choice([0, 2**bits - 2**8]) + dice.randrange(2**8) if length > bits - 9 else dice.randrange(2**bits)
    packed = (number >> (bits - length) << (bits - length)).to_bytes(bits // 8, "big") if length else bytes(bits // 8)
    return f"{socket.inet_ntop(socket.AF_INET if bits == 32 else socket.AF_INET6, packed)}/{length}"


def any_groups(dice: random.Random) -> list[firewall.Ports]:
    found = []
    for _number in range(dice.randrange(1, 4)):
        first = dice.randrange(1, 65536)
        last = dice.choice([first, dice.randrange(first, 65536)])
        sources = tuple(ip_network(any_network(dice)) for _each in range(dice.choice([0, 1, 2, 40])))
        found.append(firewall.Ports(dice.choice(["tcp", "udp"]), first, last, sources))
    return found


#: what somebody else may do to the table
SPOILS = (
    "flush ruleset",
    "delete table inet stackdb_trove_test",
    "flush table inet stackdb_trove_test",
    "insert rule inet stackdb_trove_test input accept",
    "add rule inet stackdb_trove_test input tcp dport 1 accept",
    "add chain inet stackdb_trove_test more",
    "add table inet stackdb_trove_test { flags dormant; }",
    "add chain inet stackdb_trove_test input { policy drop; }",
)


def compared(given: dict) -> dict:
    """Seeded rules, each loaded, listed and compared; then changed as somebody else would, and compared. What was wrong, a line each."""
    dice, wrong = random.Random(given["seed"]), []
    wall = Firewall("test", given["folder"], given["folder"])
    nft(OTHERS)
    for turn in range(given["turns"]):
        made = any_groups(dice)
        script = firewall.render("test", made)
        wall.check(script)
        wall.load(script)
        if firewall.listed(wall.live() or {"nftables": []}) != firewall.wanted(made):
            wrong.append(f"turn {turn}: loaded and not the same: {script}")
        if turn % len(SPOILS) == 1 and "table inet other" not in nft("list", "tables"):
            wrong.append(f"turn {turn}: the table of somebody else is gone")
        spoil = SPOILS[turn % len(SPOILS)]
        nft(spoil)
        live = wall.live()
        if live is not None and firewall.listed(live) == firewall.wanted(made):
            wrong.append(f"turn {turn}: {spoil} was not noticed")
        if spoil == "flush ruleset":
            nft(OTHERS)
    return {"wrong": wrong}


def refused(given: dict) -> dict:
    """A script with an error in its end, over a table that is loaded: what is live then."""
    wall = Firewall("test", given["folder"], given["folder"])
    good = groups(given["clients"], given["port"])
    wall.load(firewall.render("test", good))
    kept, errors = Path(wall.rules).read_text(), []
    for script in (firewall.render("test", good).replace("drop\n", "dr0p\n"), firewall.render("test", good) + "add rule inet nowhere input accept\n"):
        for way in (wall.check, wall.load):
            try:
                way(script)
            except Exception as error:  # noqa: BLE001  # the error itself is the result
                errors.append(str(error))
    return {"errors": len(errors), "live": firewall.listed(wall.live() or {}) == firewall.wanted(good), "kept": Path(wall.rules).read_text() == kept}


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](json.loads(sys.argv[2]))), flush=True)
