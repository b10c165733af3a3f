# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has misled others in an outage of all members: each is refused with the reason, or the member begins that has all data.

The first member is ahead; all use wsrep_gtid_mode, so that a position has a comma; the redo log of the third is encrypted. Every trap is laid in a copy of
what the outage has left, and judged in check mode; the last tests recover the cluster.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from subprocess import run as execute

import pytest
from conftest import NAME
from members import PROJECT, Member, problems, until

DATA, SAVED = "/var/lib/mysql", "/var/tmp/trove-test.tar"
NOTES, KEY, SETTINGS = "/etc/stackdb-trove/recovery-mariadb.service.json", "/etc/mysql/trove-test.key", "/etc/mysql/mariadb.conf.d/99-trove-test.cnf"
NULL = "00000000-0000-0000-0000-000000000000"
FIRST, SECOND, THIRD = range(3)
ENCRYPTED = f"plugin_load_add=file_key_management\\nfile_key_management_filename={KEY}\\ninnodb_encrypt_log=ON\\n"
#: as an interrupted host leaves them: systemd starts nobody again
KILL = "sudo systemctl kill --signal=SIGKILL mariadb; sleep 1; sudo systemctl stop mariadb"


def recover(*arguments: str) -> tuple[int, str]:
    given = {"trove_cloud": "devcloud", "trove_name": NAME, "trove_remote_user": "debian"}
    command = ["ansible-playbook", "stackdb.trove.cluster_recover", f"--extra-vars={json.dumps(given)}", *arguments]
    done = execute(command, cwd=PROJECT, capture_output=True, text=True, timeout=600, check=False)
    return done.returncode, done.stdout + done.stderr


@dataclass
class Outage:
    members: list[Member]
    acknowledged: list[str]
    uuid: str

    def restore(self, member: Member) -> None:
        member.ssh("sudo systemctl kill --signal=KILL trove-test-bare 2>/dev/null; sudo systemctl stop mariadb")
        member.ssh(f"sudo rm -f {NOTES}; sudo find {DATA} -mindepth 1 -delete; sudo tar -xf {SAVED} -C /", 120)


@pytest.fixture(scope="module")
def outage(cluster: list[Member]) -> Iterator[Outage]:
    """All killed, the first one ahead, and their data saved."""
    for number, member in enumerate(cluster):
        member.ssh(f"printf '1;%064d\\n' 7 | sudo install -o mysql -m 0600 /dev/stdin {KEY}")
        member.ssh(f"printf '[mariadbd]\\nwsrep_gtid_mode=ON\\n{ENCRYPTED if number == THIRD else ''}' | sudo tee {SETTINGS}")
        member.ssh("sudo systemctl restart mariadb", 180)
        until(lambda member=member: member.status("wsrep_local_state_comment") == "Synced", "Synced", 120)
    first = cluster[FIRST]
    first.sql("CREATE DATABASE IF NOT EXISTS trove_test", "CREATE OR REPLACE TABLE trove_test.t (id INT PRIMARY KEY)", "INSERT INTO trove_test.t VALUES (0)")
    uuid = first.status("wsrep_cluster_state_uuid")
    for member in cluster[SECOND:]:
        until(lambda member=member: member.sql("SELECT COUNT(*) FROM trove_test.t") == "1", "applied")
        member.hold("LOCK TABLES trove_test.t READ")
        until(lambda member=member: member.sql("SHOW OPEN TABLES IN trove_test WHERE In_use > 0"), "locked")
    for number in range(1, 8):
        first.sql(f"INSERT INTO trove_test.t VALUES ({number})")
    for member in cluster:
        member.ssh(KILL)
        member.end("trove-test-hold")
    for member in cluster:
        member.ssh(f"sudo tar --ignore-failed-read -cf {SAVED} {DATA} {KEY} {NOTES} 2>/dev/null", 120)
    yield Outage(cluster, [str(number) for number in range(8)], uuid)
    for member in cluster:
        member.ssh(f"sudo rm -f {SAVED}")


def grastate(uuid: str, seqno: int, safe: int) -> str:
    return f"printf 'version: 2.1\\nuuid:    {uuid}\\nseqno:   {seqno}\\nsafe_to_bootstrap: {safe}\\n' | sudo tee {DATA}/grastate.dat"


#: who begins, in spite of it
HARMLESS = {
    "a null UUID with the flag set, of one that is behind": (SECOND, grastate(NULL, -1, 1)),
    "the flag set on one that is behind": (
        SECOND, f"sudo sed -i 's/^safe_to_bootstrap.*/safe_to_bootstrap: 1/' {DATA}/grastate.dat; sudo rm {DATA}/gvwstate.dat",
    ),
    "grastate.dat missing on one that is behind": (SECOND, f"sudo rm {DATA}/grastate.dat"),
    "grastate.dat missing on the one that is ahead": (FIRST, f"sudo rm {DATA}/grastate.dat"),
    "grastate.dat cut": (FIRST, f"sudo truncate --size=40 {DATA}/grastate.dat"),
    "grastate.dat garbage": (FIRST, f"sudo sed -i 's/^uuid.*/uuid: zzz/' {DATA}/grastate.dat"),
    "gvwstate.dat empty": (SECOND, f"sudo truncate --size=0 {DATA}/gvwstate.dat"),
    "gvwstate.dat garbage": (THIRD, f"echo xx | sudo tee {DATA}/gvwstate.dat"),
}  # fmt: skip


@pytest.mark.parametrize("trap", HARMLESS)
def test_the_one_begins_that_is_ahead(outage: Outage, trap: str) -> None:
    number, laid = HARMLESS[trap]
    outage.members[number].ssh(laid)
    try:
        code, said = recover("--check", "--diff")
    finally:
        outage.restore(outage.members[number])
    assert code == 0, said
    assert f"{outage.members[FIRST].name} begins at {outage.uuid}:" in said


def test_a_clean_stale_one_beside_those_that_crashed(outage: Outage) -> None:
    """Its number is real, and lower than that which the others' files do not say."""
    second = outage.members[SECOND]
    code, said = recover("--check", "--diff")
    assert code == 0, said
    row = next(line for line in said.splitlines() if line.strip().startswith(second.name))
    second.ssh(f"sudo rm {DATA}/gvwstate.dat; {grastate(outage.uuid, int(row.split()[1].rpartition(':')[2]), 0)}")
    try:
        code, said = recover("--check", "--diff")
    finally:
        outage.restore(second)
    assert code == 0, said
    assert f"{outage.members[FIRST].name} begins at {outage.uuid}:" in said


REACHED = f'import json, os; path = "{NOTES}"; found = json.load(open(path)) if os.path.exists(path) else {{}}'
#: what is said
REFUSED = {
    "a copied disk whose file has a higher position": (SECOND, grastate("{uuid}", 999999, 1), "999999 was reached, by the grastate.dat of {name}"),
    "a position that went back": (
        FIRST, f"""sudo python3 -c '{REACHED}; found["reached"] = dict(uuid="{{uuid}}", seqno=888888); json.dump(found, open(path, "w"))'""",
        "888888 was reached, by the end of an earlier recovery",
    ),
    "a damaged redo log": (THIRD, f"sudo dd if=/dev/zero of={DATA}/ib_logfile0 bs=4096 count=4 conv=notrunc", "the position of {name} is unknown"),
    "a member without the key of its redo log": (THIRD, f"sudo rm {KEY}", "the position of {name} is unknown"),
    "a volume that is not mounted": (THIRD, f"sudo find {DATA} -mindepth 1 -delete", "no data in /var/lib/mysql"),
    "members of two clusters": (SECOND, f"sudo rm {DATA}/grastate.dat {DATA}/gvwstate.dat; sudo galera_new_cluster; {KILL}", "data of different clusters"),
    "a server beside the unit": (
        SECOND, f"sudo systemd-run --quiet --collect --unit=trove-test-bare --property=WorkingDirectory={DATA} --uid=mysql /usr/sbin/mariadbd && sleep 3",
        "and is none of mariadb.service",
    ),
    "a process on the port of state transfers": (
        SECOND, "sudo systemd-run --quiet --collect --unit=trove-test-bare socat TCP-LISTEN:4444 STDOUT && sleep 1", "port 4444 is held by the process",
    ),
}  # fmt: skip


@pytest.mark.parametrize("trap", REFUSED)
def test_refused_with_the_reason(outage: Outage, trap: str) -> None:
    number, laid, said_of = REFUSED[trap]
    member = outage.members[number]
    member.ssh(laid.replace("{uuid}", outage.uuid), 180)
    try:
        code, said = recover("--check", "--diff")
    finally:
        outage.restore(member)
    assert code != 0, said
    assert said_of.format(name=member.name) in " ".join(said.split())


def test_writes_outside_of_the_cluster_are_given_up_by_name_only(outage: Outage) -> None:
    """The server is started by its unit with wsrep_on=OFF: neither its position nor its file tells."""
    first, second, _third = outage.members
    second.ssh(f"printf '[mariadbd]\\nwsrep_on=OFF\\n' | sudo tee {SETTINGS}; sudo systemctl start mariadb", 120)
    second.sql("INSERT INTO trove_test.t VALUES (1000)")
    second.ssh(f"sudo systemctl stop mariadb; printf '[mariadbd]\\nwsrep_gtid_mode=ON\\n' | sudo tee {SETTINGS}", 120)
    code, said = recover()
    assert code != 0, said
    assert f"{second.name}: its server took writes outside of the cluster" in " ".join(said.split())
    assert not any(member.runs("mariadb") for member in outage.members)
    code, said = recover("--extra-vars", json.dumps({"trove_begin_with": first.name}))
    assert code == 0, said
    assert problems(*outage.members) == []
    assert [member.sql("SELECT id FROM trove_test.t ORDER BY id").split() for member in outage.members] == [outage.acknowledged] * 3


def test_a_joiner_killed_in_mid_transfer_joins_again(outage: Outage) -> None:
    first, second, _third = outage.members
    if not first.runs("mariadb"):
        # the test before has not run
        assert recover("--extra-vars", json.dumps({"trove_begin_with": first.name}))[0] == 0
    second.ssh(f"sudo systemctl stop mariadb; sudo find {DATA} -mindepth 1 -delete", 120)
    second.ssh("sudo systemctl start --no-block mariadb")
    until(lambda: second.ssh("pgrep -f wsrep_sst_ || true"), "a state transfer", 60, pause=0.05)
    second.ssh("sudo pkill -KILL -x mariadbd")
    code, said = recover()
    assert code == 0, said
    assert problems(*outage.members) == []
    assert second.sql("SELECT id FROM trove_test.t ORDER BY id").split() == outage.acknowledged
