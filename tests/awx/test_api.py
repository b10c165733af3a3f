# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real AWX takes what awx/configure.yml makes, and asks what the surveys say."""

from __future__ import annotations

import json

import answers
import pytest
from conftest import PREFIX
from controller import NODES

WORKFLOWS = {
    "create and check": ("cluster_create", {"create", "check"}),
    "recover and check": ("cluster_recover", {"recover", "check"}),
    "recover replicas and check": ("replica_recover", {"recover", "check"}),
    "upgrade with approval": ("cluster_upgrade", {"check before", "approval", "upgrade", "check after"}),
}


@pytest.fixture(scope="session")
def templates(awx, changed) -> dict[str, dict]:
    found = awx.get("job_templates/", name__startswith=f"{PREFIX} ", page_size="200")["results"]
    return {one["name"].removeprefix(f"{PREFIX} "): one for one in found}


def test_a_second_run_changes_nothing(changed):
    if not changed:
        pytest.skip("AWX_CONFIGURED is set")
    assert changed["all"] >= 1 or changed["foundation"] == 0
    assert changed["again"] == 0


def test_every_verb_has_a_template_with_both_credentials(templates):
    assert templates.keys() == answers.SURVEYS.keys()
    for verb, template in templates.items():
        assert template["playbook"] == f"playbooks/{verb}.yml"
        assert {one["name"] for one in template["summary_fields"]["credentials"]} == {f"{PREFIX} cloud", f"{PREFIX} ssh key"}
        assert template["summary_fields"]["execution_environment"]["name"] == PREFIX
        assert template["ask_job_type_on_launch"]
        assert not template["ask_limit_on_launch"]


@pytest.mark.parametrize("verb", answers.SURVEYS)
def test_the_survey_is_the_one_that_was_generated(awx, templates, verb):
    kept = awx.get(f"job_templates/{templates[verb]['id']}/survey_spec/")
    assert kept["spec"] == answers.SURVEYS[verb]


@pytest.mark.parametrize("verb", answers.SURVEYS)
def test_answers_become_the_jobs_variables(awx, templates, verb):
    given = answers.good(verb)
    status, job = awx.launch("job_templates", templates[verb]["id"], given)
    assert status == 201, job
    assert job["ignored_fields"] == {}
    secret = {one["variable"] for one in answers.SURVEYS[verb] if one["type"] == "password"}
    assert json.loads(job["extra_vars"]) == given | dict.fromkeys(secret, "$encrypted$")


@pytest.mark.parametrize("verb", [verb for verb in answers.SURVEYS if answers.required(verb)])
def test_a_required_question_without_an_answer_is_refused(awx, templates, verb):
    status, said = awx.launch("job_templates", templates[verb]["id"], {})
    assert (status, set(said["variables_needed_to_start"])) == (400, {f"'{name}' value missing" for name in answers.required(verb)})
    status, said = awx.launch("job_templates", templates[verb]["id"], answers.empty(verb))
    assert status == 400
    for name in answers.required(verb):
        assert any(f"'{name}' value" in one for one in said["variables_needed_to_start"]), name
    assert len(said["variables_needed_to_start"]) == len(answers.required(verb)), "an optional one may stay empty"


@pytest.mark.parametrize("verb", answers.SURVEYS)
def test_an_answer_of_another_type_is_refused(awx, templates, verb):
    given, expected = answers.bad(verb)
    status, said = awx.launch("job_templates", templates[verb]["id"], given)
    assert status == 400
    for name, says in expected:
        assert any(name in one and says in one for one in said["variables_needed_to_start"]), f"{name} {says}: {said}"


def test_other_variables_are_taken_only_where_the_role_has_some(awx, templates):
    for verb, kept in {"cluster_create": True, "cluster_delete": False}.items():
        status, job = awx.launch("job_templates", templates[verb]["id"], answers.good(verb) | {"galera_settings": {"max_connections": 7}})
        assert status == 201
        assert ("galera_settings" in json.loads(job["extra_vars"])) is kept
        assert bool(job["ignored_fields"]) is not kept


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_gives_its_answers_to_every_node(awx, templates, name):
    verb, nodes = WORKFLOWS[name]
    template = awx.named("workflow_job_templates", f"{PREFIX} {name}")
    status, said = awx.launch("workflow_job_templates", template["id"], {})
    assert (status, set(said["variables_needed_to_start"])) == (400, {f"'{name}' value missing" for name in answers.required(verb)})
    given = answers.good(verb)
    status, job = awx.launch("workflow_job_templates", template["id"], given)
    assert status == 201, job
    started = awx.shell(NODES, job=job["id"])
    assert started.keys() == nodes
    assert all(started[node].items() >= given.items() for node in nodes - {"approval"})


def test_a_check_that_fails_is_told_and_runs_by_itself(awx, templates):
    schedule = awx.named("schedules", f"{PREFIX} check products")
    assert (schedule["extra_data"], schedule["enabled"]) == ({"trove_name": "products"}, True)
    assert schedule["unified_job_template"] == templates["cluster_check"]["id"]
    told = {verb: awx.get(f"job_templates/{one['id']}/notification_templates_error/")["count"] for verb, one in templates.items()}
    assert {verb for verb, count in told.items() if count} == {"cluster_check", "replica_check"}
