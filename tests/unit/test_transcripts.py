# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/transcripts.md: every verb has its risks and a run of it; and what tools/transcripts keeps of what a run prints."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
import subprocess
import sys

import pytest
import yaml
from ansible_collections.stackdb.trove.plugins.action.trove_options import specs
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import ROOT

TOOL = ROOT / "tools" / "transcripts"
PLACE = ROOT / "docs" / "transcripts"
VERBS = sorted(specs())
COMMANDS = yaml.safe_load((PLACE / "commands.yml").read_text())
UUID = "642f8127-11cb-4a7f-ad1c-77656634c62e"


@pytest.fixture(name="tool", scope="module")
def loaded():
    loader = importlib.machinery.SourceFileLoader("transcripts", str(TOOL))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("transcripts", loader))
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


def test_each_verb_is_run_once_and_has_its_risks():
    scenes = [scene for name, scene in COMMANDS.items() if name != "given"]
    assert sorted(step["verb"] for scene in scenes for step in scene if "verb" in step) == VERBS
    assert sorted(yaml.safe_load((PLACE / "risks.yml").read_text())) == VERBS
    assert sorted(path.stem for path in PLACE.glob("*.txt")) == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_a_transcript_is_a_run_that_ended_well(verb: str):
    text = (PLACE / f"{verb}.txt").read_text()
    assert f"$ ansible-playbook stackdb.trove.{verb} -e " in text
    recap = text.partition("PLAY RECAP")[2]
    assert "localhost " in recap
    assert set(re.findall(r"(?:failed|unreachable)=(\d+)", recap)) == {"0"}


@pytest.mark.parametrize("verb", VERBS)
def test_a_transcript_has_no_id_no_path_of_its_machine_and_no_secret(verb: str):
    text = (PLACE / f"{verb}.txt").read_text()
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}|/work/|/root/|/home/|PRIVATE KEY|password", text)


def test_a_verb_that_asks_for_confirmation_and_deletes_all_shows_it():
    for verb in {"cluster_delete", "instance_delete", "replica_eject"} & set(VERBS):
        assert " -e trove_confirm=" in (PLACE / f"{verb}.txt").read_text()


def test_the_page_is_what_the_tool_writes():
    made = subprocess.run([sys.executable, str(TOOL), "page"], capture_output=True, text=True, timeout=60, check=True).stdout
    assert (ROOT / "docs" / "transcripts.md").read_text() == made, "run `make transcripts-page`"


def test_what_says_only_that_a_task_ran_is_left_out(tool):
    raw = (
        "PLAY [Plan] ****\n\nTASK [Read the options] ****\nok: [localhost]\n\nTASK [Show the plan] ****\n+ create server a: member\nok: [localhost]\n\n"
        "TASK [Act] ****\nchanged: [a]\n\nTASK [Skip] ****\nskipping: [a]\n\nPLAY RECAP ****\na : ok=1  failed=0   \n\nTASKS RECAP ****\nFriday\n"
    )
    assert tool.shortened(raw) == "TASK [Show the plan] ****\n+ create server a: member\n\n…\n\nPLAY RECAP ****\na : ok=1  failed=0\n"


def test_a_failure_is_kept(tool):
    assert "fatal: [a]: FAILED! => why" in tool.shortened("TASK [Act] ****\nfatal: [a]: FAILED! => why\n")


def test_an_id_is_cut_and_a_table_stays_straight(tool):
    assert tool.without_ids(f"| id | {UUID} |") == f"| id | 642f8127…{' ' * 27} |"
    assert tool.without_ids(f"the volume {UUID}, kept") == "the volume 642f8127…, kept"


def test_the_json_after_a_table_and_the_body_of_a_certificate_are_left_out(tool):
    raw = 'TASK [Show] ****\n+--+\n| a |\n+--+\n{\n    "a": 1\n}\n\nTASK [Show] ****\n{\n    "ok": true\n}\n'
    text = tool.shortened(raw)
    assert '"a"' not in text
    assert '"ok": true' in text
    text = tool.shortened("TASK [Show] ****\n-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n")
    assert "-----BEGIN CERTIFICATE-----\n…\n-----END" in text
