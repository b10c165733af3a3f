# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin in real runs of ansible-playbook, in a small role of its own and in those of the collection."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[4]
SPEC = {
    "db_members": {"type": "list", "elements": "str", "description": "x"},
    "db_settings": {"type": "dict", "description": "x"},
    "db_firewall": {"type": "bool", "default": False, "description": "x"},
    "db_clients": {"type": "list", "elements": "str", "description": "x"},
    "db_drain": {"type": "bool", "description": "x"},
    "db_password": {"type": "str", "no_log": True, "description": "x"},
    "db_address": {"type": "str", "description": "x"},
}
TASKS = [
    {"ansible.builtin.set_fact": {"kept": {"options": "{{ keeping[inventory_hostname] | default({}) }}", "passwords": "{{ inventory_hostname in keeping }}"}}},
    {"stackdb.trove.trove_role_options": {"kept": "kept", "keeps": "{{ keeps }}", "known": "{{ known | default({}) }}", "guarded": "{{ guarded }}"},
     "register": "found"},
    {"ansible.builtin.copy": {"content": "{{ found | to_json }}", "dest": "{{ playbook_dir }}/{{ inventory_hostname }}.json", "mode": "0600"}, "no_log": True},
]


def run(folder: Path, *arguments: str, guarded: list | None = None, keeping: dict | None = None, verb: str | None = None, keeps: list | None = None) -> dict:
    """The exit code, what was printed with -v, and by host what the plugin has returned."""
    for name, content in {
        "roles/db/meta/argument_specs.yml": {"argument_specs": {"main": {"short_description": "x", "options": SPEC}}},
        "roles/db/tasks/main.yml": TASKS,
        "roles/db/defaults/main.yml": {"db_address": "{{ inventory_hostname }}.example", "db_members": "{{ _trove_batch.members | default([]) }}"},
        "play.yml": [{
            "hosts": "all",
            "gather_facts": False,
            "connection": "local",
            "vars": {
                "ansible_python_interpreter": sys.executable,
                "keeping": keeping or {},
                "guarded": guarded or [],
                "keeps": keeps or ["settings", "firewall", "clients"],
                **({"plans": {"verb": verb}, "_trove_plan": "{{ plans }}"} if verb else {}),
            },
            "tasks": [{"ansible.builtin.include_role": {"name": "db", "rolespec_validate": False}}],
        }],
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content))
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-v", "-i", "m1,m2,", str(folder / "play.yml"), *arguments]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "units"), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return {
        "rc": done.returncode,
        "text": done.stdout + done.stderr,
        **{name: json.loads((folder / f"{name}.json").read_text()) for name in ("m1", "m2") if (folder / f"{name}.json").exists()},
    }


def test_text_is_typed_and_a_secret_is_not_shown(tmp_path: Path) -> None:
    found = run(tmp_path, "-e", "db_firewall=false db_drain=no db_clients=10.0.0.1,10.0.0.2 db_settings= db_members=", "-e", '{"db_password": 12345678}')
    assert found["rc"] == 0, found["text"]
    assert found["m2"]["options"] == {
        "members": [], "settings": {}, "firewall": False, "clients": ["10.0.0.1", "10.0.0.2"], "drain": False, "password": "12345678",
        "address": "m2.example",
    }
    assert (found["m2"]["members"], found["m2"]["named"], found["m2"]["may_change"]) == (["m1", "m2"], False, True)
    assert "12345678" not in found["text"]


@pytest.mark.parametrize(
    ("members", "guarded", "words"),
    [
        ("m1,m2", ["m2", "m1"], ""),
        ("", ["m1", "m2"], ""),
        ("m1,m2", [], ""),
        ("{{ inventory_hostname }}", ["m1"], "db_members: 'm2' was given; allowed: the same for all hosts of a play, and another one has m1; each cluster has"),
        ("m1,m3", ["m1", "m3"], "db_members: 'm1, m3' was given; allowed: names with m2 among them, or a play without that host."),
    ],
)
def test_one_play_is_for_one_cluster(tmp_path: Path, members: str, guarded: list, words: str) -> None:
    found = run(tmp_path, "-e", json.dumps({"db_members": members}), guarded=guarded)
    assert bool(found["rc"]) == bool(words), found["text"]
    assert words in " ".join(found["text"].split())


def test_what_follows_for_the_host_is_returned(tmp_path: Path) -> None:
    found = run(tmp_path, "-e", '{"ansible_facts": {"default_ipv4": {"address": "10.0.0.9"}}}', keeping={"m2": {"db_firewall": True}})
    assert found["rc"] == 0, found["text"]
    assert found["m1"]["member"] == {"name": "m1", "address": "m1.example", "port": None, "host": None}
    # a role that no driver names
    assert (found["m1"]["ports"], found["m1"]["sizes"]) == ({"client": [], "member": []}, {})
    assert (found["m1"]["holder"], found["m1"]["secret"]) == ("m2", False)


def test_an_option_that_is_misspelt_is_refused_and_a_result_or_another_name_is_not(tmp_path: Path) -> None:
    wrong = run(tmp_path, "-e", "db_setings=x db_firewal=true db_clinets=")["text"]
    assert "no option db_clinets (did you mean db_clients?), db_firewal (did you mean db_firewall?), db_setings (did you mean db_settings?)" in wrong
    results = {"db_drained": {"changed": True}, "db_port_of_mine": 1, "database_settings": 2}
    assert run(tmp_path, "-e", json.dumps(results))["rc"] == 0


#: the same values as a person writes them in each place
TEXTS = {"db_firewall": "no", "db_clients": "10.0.0.1, 10.0.0.2,", "db_settings": '{"max": 5}', "db_drain": "0", "db_members": " m2 , m1"}
TYPED = {"db_firewall": False, "db_clients": ["10.0.0.1", "10.0.0.2"], "db_settings": {"max": 5}, "db_drain": False, "db_members": ["m2", "m1"]}


@pytest.mark.parametrize("place", ["INI inventory", "YAML inventory", "file", "command line", "command line in JSON", "YAML text"])
def test_an_option_is_the_same_wherever_it_stands(tmp_path: Path, place: str) -> None:
    arguments = {
        "INI inventory": ["-i", "hosts.ini"], "YAML inventory": ["-i", "hosts.yml"], "file": ["-e", "@typed.yml"], "YAML text": ["-e", "@texts.yml"],
        "command line": [part for name, text in TEXTS.items() for part in ("-e", f"{name}='{text}'")], "command line in JSON": ["-e", json.dumps(TYPED)],
    }[place]  # fmt: skip
    ini = "".join(f"{name}={text}\n" for name, text in TEXTS.items())
    for name, content in {
        "hosts.ini": f"m1\nm2\n[all:vars]\n{ini}",
        "hosts.yml": yaml.safe_dump({"all": {"hosts": {"m1": {}, "m2": {}}, "vars": TYPED}}),
        "typed.yml": yaml.safe_dump(TYPED),
        # a newline at the end, as a block of YAML has
        "texts.yml": yaml.safe_dump({name: f"{text}\n" for name, text in TEXTS.items()}),
    }.items():
        (tmp_path / name).write_text(content)
    found = run(tmp_path, *arguments)
    assert found["rc"] == 0, found["text"]
    assert {name: found["m1"]["options"][name[3:]] for name in TYPED} == TYPED


def test_rules_of_users_are_kept_as_a_secret(tmp_path: Path) -> None:
    assert run(tmp_path, keeps=["settings", "password"])["m1"]["secret"] is True


def test_what_the_cloud_knows_is_given_and_what_it_does_not_know_is_kept(tmp_path: Path) -> None:
    known = ("-e", '{"known": {"firewall": true}}')
    kept = {"m1": {"db_firewall": False}}
    assert run(tmp_path, *known)["m1"]["options"]["firewall"] is True
    assert run(tmp_path, *known, "-e", "db_firewall=false")["m1"]["options"]["firewall"] is False
    assert "allowed: False, as m1 keeps it" in run(tmp_path, *known, keeping=kept, verb="cluster_grow")["text"]
    assert run(tmp_path, keeping={"m1": {"db_firewall": True}})["m1"]["options"]["firewall"] is True


def test_what_another_member_keeps_holds_for_one_that_joins(tmp_path: Path) -> None:
    kept = {"db_settings": {"max": 5}, "db_firewall": True, "db_clients": []}
    found = run(tmp_path, "-e", '{"_trove_batch": {"members": ["m2", "m1"]}}', keeping={"m1": kept}, verb="cluster_grow")
    assert found["rc"] == 0, found["text"]
    assert found["m1"]["keep"] == found["m2"]["keep"] == kept
    assert (found["m1"]["members"], found["m1"]["named"], found["m1"]["may_change"]) == (["m2", "m1"], True, False)
    assert found["m2"]["options"]["firewall"] is True


@pytest.mark.parametrize(("verb", "code"), [("cluster_grow", 2), ("cluster_configure", 0), (None, 0)])
def test_another_value_is_for_those_who_may_change_it(tmp_path: Path, verb: str | None, code: int) -> None:
    found = run(tmp_path, "-e", "db_firewall=false", keeping={"m2": {"db_firewall": True}}, verb=verb)
    assert found["rc"] == code, found["text"]
    if code:
        assert "db_firewall: False was given; allowed: True, as m2 keeps it; stackdb.trove.cluster_configure with db_firewall changes it." in found["text"]
        assert "m1" not in found
    else:
        assert (found["m1"]["keep"]["db_firewall"], found["m1"]["changes"]) == (False, ["db_firewall"])


def test_addresses_are_those_of_now_whatever_a_facts_cache_has(tmp_path: Path) -> None:
    """In the collection's own role, with the real facts of this machine: an address that it had once would go into certificates and gcomm."""
    old = {"default_ipv4": {"address": "203.0.113.66"}, "default_ipv6": {"address": "2001:db8::66"}, "memtotal_mb": 1}
    (tmp_path / "cache").mkdir()
    facts = json.dumps({f"ansible_{fact}": value for fact, value in old.items()})
    # before ansible-core 2.19, and since
    (tmp_path / "cache" / "m1").write_text(facts)
    (tmp_path / "cache" / "s1_m1").write_text(json.dumps({"__payload__": facts}))
    tasks = [
        {"ansible.builtin.include_role": {"name": "stackdb.trove.galera", "tasks_from": "options"}},
        {"ansible.builtin.copy": {"content": "{{ [__galera.member, __galera.sizes] | to_json }}", "dest": f"{tmp_path}/member.json", "mode": "0600"}},
    ]
    play = {"hosts": "m1", "gather_facts": False, "connection": "local", "vars": {"ansible_python_interpreter": sys.executable}, "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    given = ["-e", "galera_cluster_name=c galera_members=m1"]
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "m1,", str(tmp_path / "play.yml"), *given]
    cache = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(tmp_path / "cache"), "ANSIBLE_GATHERING": "smart"}
    environment = {**os.environ, **cache, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "units"), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    member, sizes = json.loads((tmp_path / "member.json").read_text())
    assert member["address"] not in ("203.0.113.66", "2001:db8::66")
    assert "1M" not in sizes.values()


def specs(role: str) -> dict:
    return yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text())["argument_specs"]


@pytest.mark.parametrize("role", sorted(path.parents[1].name for path in (ROOT / "roles").glob("*/tasks/options.yml")))
def test_roles_keep_options_that_they_have_and_no_secret_texts(role: str) -> None:
    names = yaml.safe_load((ROOT / "roles" / role / "vars" / "main.yml").read_text())[f"__{role}_kept_names"]
    options = {name: option for entry in specs(role).values() for name, option in entry["options"].items()}
    assert [name for name in names if f"{role}_{name}" not in options] == []
    # redis_cluster_users are rules, with hashes
    assert [name for name in names if options[f"{role}_{name}"].get("no_log")] in ([], ["users"])


@pytest.mark.parametrize("role", sorted(path.parents[1].name for path in (ROOT / "roles").glob("*/tasks/options.yml")))
def test_what_is_kept_has_no_default_that_would_count_as_given(role: str) -> None:
    names = yaml.safe_load((ROOT / "roles" / role / "vars" / "main.yml").read_text())[f"__{role}_kept_names"]
    defaults = yaml.safe_load((ROOT / "roles" / role / "defaults" / "main.yml").read_text())
    # of the version the cloud knows; of a ring the playbook that makes one, and no other does
    assert {name for name in names if f"{role}_{name}" in defaults} <= {"version", "ring"}
