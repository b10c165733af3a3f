# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/plans.md: what each verb prints before it acts, as the real playbooks print it over the recording cloud, and what it would give up by trove_force."""

from __future__ import annotations

import json
import re
import shlex

import clouds
import scenarios

PAGE = "docs/plans.md"
HEAD = """# What each verb prints before it acts

Every change is a plan that is complete before the first write. The run shows it as it begins, and carries out this plan and no other one; with `--check
--diff` it prints the plan and stops there. `+` creates, `~` changes, `-` deletes, and what a step risks stands in square brackets. `judge evidence` is what
the members have to prove before the cloud is changed and the task is ended; a run that does not get that proof fails, and leaves the task for the same
command.

The plans below were printed by the playbooks themselves, over the cloud of the project's tests (`tests/playbooks`): real playbooks, plugins and cloud
modules, with members that say what a script has for them. So names and plans are exact, and words of a database, as in the tables of the verbs that read, are
the script's; the JSON that follows a table is left out. A verb
that first acts on the members prints what it changes in the cloud where it does so, and that is shown here. The variables were given in a file.
`shop` is a Galera cluster of three, `sess` a Redis Cluster of four masters, `orders` a source with two replicas. The options are in
[the reference](verbs.md), what to use when in [the runbook](runbook.md), and what holds for a run that is killed in [killed.md](killed.md).

This page is written by `make plans`, and `make playbook-test` holds it against what the playbooks print.
"""
SHOWN = (*scenarios.SCENARIOS, *scenarios.BESIDE)
GROUPS = (("cluster", "Clusters"), ("instance", "Instances"), ("replica", "Replicas"))
_PRINTED = r"TASK \[{}\] \*+\n(?!skipping)(.*?)\n(?:ok|changed): \[localhost\]"
_STEP = re.compile(r"^[+~-] [a-z].*$", re.M)
#: what differs from one staged cloud to the next
_CHANGING = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\d{4}-\d\d-\d\dT[\d:]+Z")


def run(bench, directory, scenario):
    """A run of a scenario that shows its plan."""
    if scenario.lost:
        clouds.lose(bench, directory, scenario.lost)
    variables = {"trove_timeout": 2, **scenario.variables}
    return bench.run(directory, scenario.verb, variables, scenario.script(()), arguments=arguments(scenario), keep=bool(scenario.lost))


def is_read(scenario):
    return scenario.kind == scenarios.READS


def arguments(scenario):
    return [] if is_read(scenario) else ["--check", "--diff"]


def printed(scenario, output):
    """What a run has shown: its plan, or where it only reads, its result."""
    found = re.findall(_PRINTED.format("Show the result" if is_read(scenario) else "Show the plan"), output, re.S)
    text = "\n".join(part.strip() for part in found)
    if not is_read(scenario):  # what follows in the cloud when the members have acted is shown by the tasks that do it
        text = "\n".join(dict.fromkeys([*text.splitlines(), *_STEP.findall(output)]))
    # behind a table comes the same as JSON, which is long
    return re.split(r"\n(?=[{[]\n)", text)[0].strip() if is_read(scenario) else text


def is_shown(output):
    """Whether a run has shown steps before its members do anything; of two verbs in one run, one of them."""
    before, _play, _rest = output.rpartition("PLAY [Run the datastore's role")
    return re.search(r"^(localhost: )?[+~-] [a-z]", before, re.M) is not None


def same(text):
    """The text without what differs from one staged cloud to the next, and without the columns that follow its width."""
    return re.sub(r"[ -]+", " ", _CHANGING.sub("#", text))


def command(scenario):
    given = " ".join(_argument(name, value) for name, value in {"trove_cloud": "mycloud", **scenario.variables}.items())
    return " ".join(part for part in (f"ansible-playbook stackdb.trove.{scenario.verb}", given, *arguments(scenario)) if part)


def _argument(name, value):
    """As one would write it: text becomes what the option's type says."""
    if isinstance(value, dict):
        return "-e " + shlex.quote(json.dumps({name: value}))
    words = ",".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else value
    return "-e " + shlex.quote(f"{name}={words}")


def block(scenario, text):
    if not text:
        return f"`{command(scenario)}` prints no plan: it acts on the members first, and what they would say after that is not known in check mode.\n"
    return f"```console\n$ {command(scenario)}\n{text}\n```\n"


def page(texts, specs):
    """
    :param texts: ``{scenario: what it printed}``
    :param specs: ``{verb: its spec}``
    """
    parts = [HEAD]
    for prefix, title in GROUPS:
        parts.append(f"## {title}\n")
        for verb in sorted({scenario.verb for scenario in texts if scenario.verb.startswith(f"{prefix}_")}):
            spec = specs[verb]
            parts.append(f"### {verb}\n\n{spec['short_description']}.\n")
            parts += [block(scenario, text) for scenario, text in texts.items() if scenario.verb == verb]
            if force := spec["options"].get("trove_force"):
                parts.append(f"Without proof, by `trove_force`: {force['description']}\n")
    return "\n".join(parts)
