# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin in real runs of ansible-playbook: what the controller makes of -e, files, templates and AWX's empty texts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.stackdb.trove.plugins.action.trove_options import specs

ROOT = Path(__file__).resolve().parents[4]


def run(folder: Path, verb: str, *arguments: str, variables: dict | None = None) -> dict:
    """The exit code, what was printed with -vvv, and the options as a later task sees them."""
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "connection": "local",
        "vars": {"ansible_python_interpreter": sys.executable, **(variables or {})},
        "tasks": [
            {"stackdb.trove.trove_options": {"verb": verb}, "register": "read"},
            {"ansible.builtin.copy": {"content": "{{ read.options | to_json }}", "dest": f"{folder}/read.json", "mode": "0600"}, "no_log": True},
        ],
    }
    (folder / "play.yml").write_text(yaml.safe_dump([play]))
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-vvv", "-i", "localhost,", str(folder / "play.yml"), *arguments]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "units"), "ANSIBLE_LOCALHOST_WARNING": "false", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    written = folder / "read.json"
    return {"rc": done.returncode, "text": done.stdout + done.stderr, "options": json.loads(written.read_text()) if written.exists() else None}


def test_every_spec_is_read():
    assert {path.name.removesuffix(".meta.yml") for path in (ROOT / "playbooks").glob("*.meta.yml")} == set(specs())


def test_text_from_the_command_line_is_typed(tmp_path):
    found = run(tmp_path, "cluster_shrink", "-e", "trove_name=sess trove_members=sess-member-4 trove_drain=true trove_timeout= trove_force=false")
    assert found["rc"] == 0, found["text"]
    assert {name: found["options"][name] for name in ("name", "members", "drain", "timeout", "force")} == {
        "name": "sess",
        "members": ["sess-member-4"],
        "drain": True,
        "timeout": 600,
        "force": False,
    }
    assert "cloud" not in found["options"]


def test_templates_are_evaluated_and_those_of_other_verbs_are_not(tmp_path):
    variables = {
        "left": 2,
        "trove_name": "{{ 'pro' ~ 'ducts' }}",
        "trove_members": ["{{ trove_name }}-{{ left }}"],
        "trove_weights": "{{ not_there }}",
        "trove_instance": {"name": "one of the hosts"},
    }
    found = run(tmp_path, "cluster_shrink", variables=variables)
    assert found["rc"] == 0, found["text"]
    assert (found["options"]["name"], found["options"]["members"]) == ("products", ["products-2"])


def test_a_template_that_cannot_be_evaluated_is_named(tmp_path):
    found = run(tmp_path, "cluster_show", variables={"trove_name": "{{ not_there }}"})
    assert found["rc"] != 0
    assert "trove_name cannot be evaluated" in found["text"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("trove_name=p trove_localtiy=affinity", "trove_localtiy (did you mean trove_locality?)"),
        ("trove_name=", "cluster_show needs trove_name"),
        ("trove_name=p trove_live=flase", "trove_live: 'flase' was given; allowed: true or false."),  # codespell:ignore flase
    ],
)
def test_wrong_input_is_refused(tmp_path, given, message):
    found = run(tmp_path, "cluster_show", "-e", given)
    assert found["rc"] != 0
    assert message in found["text"]


def test_a_secret_is_not_printed(tmp_path):
    given = json.dumps({"trove_source": "orders", "trove_users": [{"name": "app", "password": "hunter2"}]})
    (tmp_path / "secret.json").write_text(given)
    found = run(tmp_path, "replica_create", "-e", f"@{tmp_path}/secret.json")
    assert found["rc"] == 0, found["text"]
    assert found["options"]["users"] == [{"name": "app", "password": "hunter2"}]
    assert "hunter2" not in found["text"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("galera_setings={}", "The role has no option galera_setings (did you mean galera_settings?)"),
        ("redis_cluster_tls_day=30", "The role has no option redis_cluster_tls_day (did you mean redis_cluster_tls_days?)"),
        ("galera_tls_days=soon", "galera_tls_days: 'soon' was given; allowed: a number"),
        ("mysql_replication_settings=[1]", "mysql_replication_settings: '[1]' was given; allowed: a dict"),
    ],
)
def test_what_the_role_would_refuse_is_refused_before_there_is_a_server(tmp_path, given, message):
    found = run(tmp_path, "cluster_show", "-e", f"trove_name=products {given}")
    assert found["rc"] != 0
    assert message in found["text"]


def test_variables_of_the_user_and_what_only_a_member_has_pass(tmp_path):
    given = {"galera_backup_target": "s3://x", "galera_hosts": ["a"], "galera_tls_days": "", "galera_address": "{{ trove_instance.volume.nowhere }}"}
    found = run(tmp_path, "cluster_show", "-e", json.dumps({"trove_name": "products", **given}))
    assert found["rc"] == 0, found["text"]
