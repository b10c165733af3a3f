# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What roles, modules and playbooks repeat of a driver is the driver's: ports, engines, limits. And what belongs to an OS family has a file of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
from ansible_collections.stackdb.trove.plugins.module_utils._guest import metrics, stopped
from ansible_collections.stackdb.trove.plugins.module_utils._guest.systemd import Unit
from ansible_collections.stackdb.trove.plugins.module_utils._model import accounts
from ansible_collections.stackdb.trove.tests.unit.test_module_contract import ROLES, ROOT, documentation
from ansible_collections.stackdb.trove.tests.unit.test_names import options_of
from jinja2 import ChainableUndefined, Environment
from jinja2.nativetypes import NativeEnvironment

DATASTORES = sorted(role for role in ROLES if role != "common")
DRIVERS = {role: [driver for driver in registry.DRIVERS.values() if driver.role == f"stackdb.trove.{role}"] for role in DATASTORES}
#: the option that says which engine a role sets up
ENGINE = {"mysql_replication": "mysql_replication_datastore", "redis_cluster": "redis_cluster_server"}
FAMILIES = {role: {path.stem for path in (ROOT / "roles" / role / "vars").glob("*.yml")} - {"main"} for role in ROLES}


def sources(role: str) -> list[Path]:
    return [path for folder in ("tasks", "vars", "defaults", "templates") for path in sorted((ROOT / "roles" / role / folder).glob("*"))]


def options(module: str) -> dict:
    return documentation(module)["doc"]["options"]


# Documentation


@pytest.mark.parametrize("role", DATASTORES)
def test_readme_lists_every_entry_point(role: str) -> None:
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    assert specs.keys() == set(re.findall(r"^\| `(\w+)` \|", (ROOT / "roles" / role / "README.md").read_text().split("| option")[0], re.M)) & specs.keys()


# Tasks


def test_a_limit_of_an_upgrade_is_lifted_though_the_turn_fails() -> None:
    """And packages, whose download may fail, are there before there is one."""
    tasks = yaml.safe_load((ROOT / "roles/galera/tasks/upgrade.yml").read_text())
    (turn,) = (task for task in tasks if "block" in task)
    limit = turn["block"][0]["stackdb.trove.trove_galera_upgrade"]
    assert (limit["state"], limit["going"]) == ("limited", "{{ __galera.options.going or omit }}")
    assert [task.get("ansible.builtin.include_tasks") for task in turn["always"]] == [None, "limited.yml"]
    before = [task.get("ansible.builtin.include_tasks") for task in tasks[: tasks.index(turn)]]
    assert "upgrade_downloaded.yml" in before


@pytest.mark.parametrize("entry", ["main", "restart", "startup", "initialize", "recover"])
def test_what_a_killed_upgrade_has_limited_is_lifted_by_the_next_verb(entry: str) -> None:
    tasks = yaml.safe_load((ROOT / f"roles/galera/tasks/{entry}.yml").read_text())
    tasks += [inner for task in tasks for inner in task.get("block", [])]
    assert "limited.yml" in [task.get("ansible.builtin.include_tasks") for task in tasks]


def test_a_recovery_compares_the_members_whatever_it_had_to_do() -> None:
    """Once they serve, the next run has nothing to do; the difference that the last one found is there still."""
    tasks = yaml.safe_load((ROOT / "roles" / "galera" / "tasks" / "recover.yml").read_text())
    (comparing,) = [task for task in tasks if task.get("ansible.builtin.include_tasks") == "compared.yml"]
    assert comparing["when"] == "not ansible_check_mode"
    # and one that was named lost is let go, though all others serve
    (preparing,) = [task for task in tasks if (task.get("stackdb.trove.trove_galera_recovery") or {}).get("state") == "prepared"]
    assert "when" not in preparing


def nested(tasks: list[dict]) -> list[dict]:
    return [inner for task in tasks for inner in (task, *(nested(task["block"]) if "block" in task else ()))]


def of_file(role: str, name: str) -> list[dict]:
    return yaml.safe_load((ROOT / "roles" / role / "tasks" / name).read_text())


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "roles" / "mysql_replication" / "tasks").glob("*.yml")))
def test_a_block_that_hangs_on_the_plan_makes_it_anew_at_its_end_only(name: str) -> None:
    """A block's condition is read before each of its tasks: by a plan that was made anew the rest would not be done."""
    for block in [task for task in nested(of_file("mysql_replication", name)) if "block" in task and "mysql_replication_plan" in str(task.get("when"))]:
        asking = [at for at, task in enumerate(block["block"], 1) if "mysql_ask.yml" in str(task.get("ansible.builtin.include_tasks"))]
        assert set(asking) <= {len(block["block"])}, block["name"]


def test_a_recovery_of_replicas_fences_asks_for_room_and_opens_in_that_order_and_leaves_a_link_that_runs() -> None:
    tasks = of_file("mysql_replication", "mysql_recover.yml")
    fencing = [at for at, task in enumerate(tasks) if task.get("ansible.builtin.include_tasks") == "mysql_fence.yml"]
    asking = [at for at, task in enumerate(tasks) if "trove_mysql_snapshot" in str([*task]) and task.get("check_mode") is True]
    opening = [at for at, task in enumerate(tasks) if "recovery.opening" in str(task.get("when")) and "block" in task]
    assert (len(fencing), len(asking), len(opening)) == (1, 1, 1)
    assert fencing < asking < opening
    assert "when" not in tasks[fencing[0]]
    (healing,) = [task for task in nested(of_file("mysql_replication", "mysql_heal.yml")) if "healed" in str(task.get("stackdb.trove.trove_mysql_replication"))]
    assert healing["when"] == "mysql_replication_plan.recovery.acts[inventory_hostname] != 'none'"


@pytest.mark.parametrize("role", DATASTORES)
def test_the_user_of_exporters_is_removed_last_since_a_run_finds_by_it_what_is_left(role: str) -> None:
    files = {"galera": "main.yml", "mysql_replication": "metrics.yml", "redis_cluster": "main.yml"}
    last = of_file(role, files[role])[-1]
    last = last.get("block", [last])[-1]
    assert last["ansible.builtin.include_role"]["tasks_from"] == "metrics_end"
    assert last["when"] == [f"not __{role}.options.metrics", "common_guest.metrics.user"]


def test_a_user_of_that_name_that_somebody_else_has_created_is_neither_used_nor_removed() -> None:
    """By the comment that the role gives it."""
    (created,) = (task["ansible.builtin.user"] for task in of_file("common", "metrics.yml") if "ansible.builtin.user" in task)
    assert created["comment"] == "{{ __common_exporters_comment }}"
    assert yaml.safe_load((ROOT / "roles/common/vars/main.yml").read_text())["__common_exporters_comment"] == metrics.COMMENT
    (read,) = (task for task in of_file("common", "look.yml") if task.get("register") == "common_guest")
    given = read["vars"]["__common_look_metrics"]["enabled_by"]
    assert given == "{{ common_host.kept.role ~ '_metrics' if common_host.metrics.enabled else omit }}"


def test_a_volume_that_cannot_be_used_is_refused_by_the_first_look() -> None:
    (read,) = (task for task in of_file("common", "look.yml") if task.get("register") == "common_guest")
    assert read["vars"]["__common_look_volume"]["refused"] is True
    assert read["stackdb.trove.trove_guest_info"]["volume"] == "{{ __common_look_volume if common_host.volume.device | length > 0 else omit }}"


def test_what_galera_is_configured_with_is_written_wherever_one_of_its_files_is_due() -> None:
    (include,) = (task for task in nested(of_file("galera", "main.yml")) if task.get("ansible.builtin.include_tasks") == "settings.yml")
    writes = [task["when"] for task in nested(of_file("galera", "settings.yml")) if "block" not in task]
    assert include["when"] == ["not __galera_bare", " or ".join(writes)]


def test_passwords_are_read_again_where_any_member_has_written_some() -> None:
    """Since the users' file has the digests of all."""
    again = of_file("redis_cluster", "passwords.yml")[-2]
    assert again["ansible.builtin.include_tasks"] == "passwords_read.yml"
    environment = NativeEnvironment()
    environment.filters.update(extract=lambda name, found: found[name], flatten=lambda lists: [one for some in lists for one in some])
    for due, expected in (([], False), (["trove"], True)):
        hostvars = {"a": {"__redis_cluster_allowed": {"due": []}}, "b": {"__redis_cluster_allowed": {"due": due}}}
        assert environment.from_string(f"{{{{ {again['when']} }}}}").render(ansible_play_hosts=["a", "b"], hostvars=hostvars) is expected


def test_what_a_killed_removal_of_exporters_has_left_is_looked_for_as_long_as_their_user_is_there() -> None:
    """A table in the kernel, for one, is in no list of files."""
    steps = [task for name in ("prepare.yml", "firewall.yml") for task in of_file("common", name) if "exporters" in str(task.get("when"))]
    assert [task["when"] for task in steps] == ["__common_due.exporters"] * 2
    due = yaml.safe_load((ROOT / "roles/common/vars/main.yml").read_text())["__common_due"]["exporters"]
    assert due == "{{ common_host.metrics.enabled or common_guest.metrics.left | length > 0 or common_guest.metrics.user }}"


def misfits(options: dict, value: object, where: str) -> list[str]:
    """What a dictionary has that its specification does not know, and lacks that it requires, below it, too. What a template becomes is not seen."""
    if not isinstance(value, dict):
        return []
    wrong = [f"{where}: {name} is not known" for name in value.keys() - options.keys()]
    wrong += [f"{where}: {name} is missing" for name, option in options.items() if option.get("required") and name not in value]
    below = [misfits(options[name]["options"], value[name], f"{where}.{name}") for name in value.keys() & options.keys() if "options" in options[name]]
    return wrong + [text for some in below for text in some]


@pytest.mark.parametrize("role", DATASTORES)
def test_what_the_role_gives_to_common_is_what_that_takes(role: str) -> None:
    """In place of Ansible's own check at each start of an entry point, which takes a third of a second in every run."""
    specs = yaml.safe_load((ROOT / "roles/common/meta/argument_specs.yml").read_text())["argument_specs"]
    given = yaml.safe_load((ROOT / f"roles/{role}/vars/main.yml").read_text())[f"__{role}_host"]
    assert misfits(specs["look"]["options"]["common_host"]["options"], given, "common_host") == []
    assert specs["look"]["options"] == specs["host"]["options"] == specs["sources"]["options"]
    (caller,) = (task["vars"]["common_caller"] for task in of_file(role, "options.yml") if "common_caller" in task.get("vars", {}))
    assert misfits(specs["facts"]["options"]["common_caller"]["options"], caller, "common_caller") == []


def test_misfits_are_found() -> None:
    options = {"kept": {"required": True, "options": {"role": {"required": True}, "secret": {}}}, "pins": {}}
    assert misfits(options, {"kept": {"role": "a"}, "pins": []}, "host") == []
    assert misfits(options, {"pin": [], "kept": {"secrets": 1}}, "host") == [
        "host: pin is not known", "host.kept: secrets is not known", "host.kept: role is missing"
    ]  # fmt: skip
    assert misfits(options, {}, "host") == ["host: kept is missing"]


def test_each_step_that_prepares_a_host_is_asked_for_by_its_name_and_no_name_is_without_a_step() -> None:
    """What is in no list of `__common_due` would be left out with all the rest on a host where nothing else is due."""
    due = yaml.safe_load((ROOT / "roles/common/vars/main.yml").read_text())["__common_due"]
    (whole,) = of_file("common", "host.yml")
    assert whole["when"] == "__common_due.values() | select | length > 0"
    files = [task for name in ("prepare.yml", "firewall.yml", "time.yml", "certificates.yml") for task in of_file("common", name)]
    whens = [" ".join(when) if isinstance(when := task.get("when", ""), list) else when for task in files]
    assert {name for when in whens for name in re.findall(r"__common_due\.(\w+)", when)} == {*due}
    # that has the exporters', and certificates, in which these begin, are for hosts that have any
    apart = {"Create key and certificate": "common_host.certificate.enabled", "Start the exporters, and restart those that have another certificate": ""}
    imported = {"Start the time service", "Configure the firewall"}
    shown = {"Show what would be done about certificates"}
    without = {task["name"] for task, when in zip(files, whens, strict=True) if "__common_due" not in when}
    assert without == {*apart, *imported, *shown}


def test_the_account_of_galeras_exporters_is_dropped_though_the_first_host_has_no_user_of_theirs() -> None:
    """run_once asks the conditions of the first host alone."""
    (dropping,) = (task for task in nested(of_file("galera", "main.yml")) if "stackdb.trove.trove_mysql_metrics" in task)
    assert dropping["run_once"]
    assert dropping["when"][0] == "__galera.options.metrics or __galera_exporters_users"
    text = yaml.safe_load((ROOT / "roles/galera/vars/main.yml").read_text())["__galera_exporters_users"].strip()[2:-2]
    environment = NativeEnvironment()
    environment.filters["extract"] = lambda name, of: of[name]
    found = environment.compile_expression(text)
    none, some = {"common_guest": {"metrics": {"user": False}}}, {"common_guest": {"metrics": {"user": True}}}
    assert found({"__galera": {"members": ["a", "b", "c"]}, "hostvars": {"a": none, "b": {}, "c": some}}) is True
    assert found({"__galera": {"members": ["a", "b"]}, "hostvars": {"a": none, "b": {}}}) is False


def test_a_replica_that_is_down_keeps_no_other_from_being_attached() -> None:
    """Its account cannot be asked for, and is there."""
    (account,) = (task for task in of_file("mysql_replication", "attach.yml") if "metrics.yml" in str(task))
    assert account["when"] == "inventory_hostname in mysql_replication_plan.attach"


def test_the_exporters_user_has_one_name() -> None:
    """The role creates and removes the user that modules look for, and by which the database knows its account."""
    tasks = [*of_file("common", "metrics.yml"), *of_file("common", "metrics_end.yml")]
    assert [task["ansible.builtin.user"]["name"] for task in tasks if "ansible.builtin.user" in task] == [accounts.EXPORTER] * 2


def test_a_rotation_fails_for_no_exporter_that_is_not_set_up_and_the_run_that_sets_it_up_does() -> None:
    (started,) = (task for task in of_file("common", "certificates.yml") if "stackdb.trove.trove_metrics" in task)
    assert started["stackdb.trove.trove_metrics"] == "{{ __common_metrics | combine({'state': __common_metrics_state | default('kept')}) }}"
    (whole,) = (task for task in of_file("common", "prepare.yml") if "certificates.yml" in str(task))
    assert whole["vars"] == {"__common_metrics_state": "started"}


def test_a_certificate_of_galera_names_the_address_that_prometheus_asks() -> None:
    text = yaml.safe_load((ROOT / "roles/galera/vars/main.yml").read_text())["__galera_host"]["certificate"]["verified"]
    found = NativeEnvironment().from_string(text)
    assert [found.render(__galera={"options": {"metrics": on}, "member": {"address": "10.0.0.1"}}) for on in (True, False)] == [["10.0.0.1"], []]


@pytest.mark.parametrize(("port", "bus_port", "metrics_on", "fits"), [
    (6379, 16379, True, True), (9121, 19121, True, False), ("9100", "", True, False), (6379, 9100, True, False), (9121, 19121, False, True),
])  # fmt: skip
def test_redis_does_not_take_a_port_of_its_exporters(port: object, bus_port: object, metrics_on: bool, fits: bool) -> None:
    (asked,) = (task["ansible.builtin.assert"] for task in of_file("redis_cluster", "look.yml") if "9121" in str(task))
    environment = NativeEnvironment()
    environment.filters["intersect"] = lambda one, other: [word for word in one if word in other]
    options = {"metrics": metrics_on, "port": port, "bus_port": bus_port}
    assert environment.compile_expression(asked["that"])(__redis_cluster={"options": options}) is fits
    assert all(str(metrics.model.PORTS[name]) in asked["that"] for name in ("node", "redis"))


@pytest.mark.parametrize("role", DATASTORES)
def test_check_mode_that_would_install_exporters_shows_what_else_it_would_do_of_a_living_member(role: str) -> None:
    words = yaml.safe_load((ROOT / f"roles/{role}/vars/main.yml").read_text())
    environment = NativeEnvironment()
    environment.filters["difference"] = lambda one, other: sorted({*one} - {*other})
    systems = yaml.safe_load((ROOT / "roles/common/vars/Debian.yml").read_text())["__common_os"]

    def bare(*missing: str) -> bool:
        known = {"__common_os": systems, "common_guest": {"packages": {"missing": [*missing]}}, "ansible_check_mode": True, f"__{role}": {"holder": "a"}}
        known[f"__{role}_missing"] = environment.from_string(words[f"__{role}_missing"]).render(known)
        return bool(environment.from_string(words[f"__{role}_bare"]).render(known))

    assert bare("the server") is True
    assert bare("nftables", "prometheus-node-exporter", "prometheus-mysqld-exporter", "prometheus-redis-exporter") is False
    assert bare("the server", "prometheus-node-exporter") is True


def test_exporters_are_told_of_tls_before_there_are_packages_that_start_them() -> None:
    tasks = [str(task) for task in of_file("common", "prepare.yml")]
    (told,), (installed,) = ([at for at, task in enumerate(tasks) if name in task] for name in ("metrics.yml", "packages.yml"))
    assert told < installed


# Units


@pytest.mark.parametrize(
    ("role", "of_engine"), [("galera", "__galera_os"), ("mysql_replication", "__mysql_replication_engine")], ids=["galera", "mysql_replication"]
)
def test_what_a_server_noted_when_it_was_stopped_is_removed_by_its_unit_whoever_starts_it(role: str, of_engine: str) -> None:
    """Started and stopped by hand, it would be taken for stopped in order otherwise, and for the last one, which begins."""
    text = (ROOT / "roles" / role / "templates" / "unit.conf.j2").read_text()
    known = {of_engine: {"service": "mariadb.service", "start_files": []}, f"__{role}": {"options": {}}, "ansible_managed": ""}
    environment = Environment(undefined=ChainableUndefined)
    environment.filters["comment"] = str
    lines = environment.from_string(text).render(known).splitlines()
    removal = f"ExecStartPost=+-/bin/rm -f {stopped._path(Unit('mariadb.service'))}"
    assert removal in lines
    # an empty one takes back all that come before it
    assert lines.index(removal) > max(number for number, line in enumerate(lines) if line == "ExecStartPost=")


# Ports


@pytest.mark.parametrize("role", ROLES)
def test_no_port_of_a_driver_is_written_in_a_role(role: str) -> None:
    numbers = {str(port) for driver in registry.DRIVERS.values() for _protocol, *ends in (*driver.client_ports, *driver.member_ports) for port in ends}
    wrong = re.compile(rf"(?<![\w.])(?:{'|'.join(sorted(numbers))})(?!\w)")
    assert [f"{path.name}: {found[0]}" for path in sources(role) for found in wrong.finditer(path.read_text())] == []


@pytest.mark.parametrize("driver", DRIVERS["redis_cluster"], ids=lambda driver: driver.type)
def test_ports_that_can_be_chosen_are_the_drivers_by_default(driver) -> None:
    found = options_of("redis_cluster")
    assert driver.client_ports == (("tcp", *[found["redis_cluster_port"]["default"]] * 2),)
    assert driver.member_ports == (("tcp", *[found["redis_cluster_bus_port"]["default"]] * 2),)


def test_port_of_a_module_is_the_drivers_by_default() -> None:
    port = registry.of_cluster("redis").client_ports[0][1]
    assert {options(name)["port"]["default"] for name in ("trove_redis_server",)} == {port}


# Engines and limits


@pytest.mark.parametrize("role", DATASTORES)
def test_a_role_sets_up_the_engines_of_its_drivers(role: str) -> None:
    engines = {driver.type for driver in DRIVERS[role]}
    if role not in ENGINE:
        assert len(engines) == 1
        return
    option = options_of(role)[ENGINE[role]]
    assert set(option["choices"]) == engines
    assert option["default"] in engines


@pytest.mark.parametrize("role", sorted(ENGINE))
def test_an_os_family_knows_every_engine_of_a_role(role: str) -> None:
    for family in FAMILIES[role]:
        known = yaml.safe_load((ROOT / "roles" / role / "vars" / f"{family}.yml").read_text())[f"__{role}_os"]
        assert [driver.type for driver in DRIVERS[role] if driver.type not in known] == []


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(lambda: options("trove_instance")["datastore"], id="trove_instance"),
        pytest.param(lambda: options("trove_replica")["adopt"]["suboptions"]["datastore"], id="trove_replica"),
        pytest.param(lambda: options("trove_mysql_server")["engine"], id="trove_mysql_server"),
        pytest.param(lambda: options("trove_mysql_snapshot")["engine"], id="trove_mysql_snapshot"),
    ],
)
def test_choices_of_a_module_are_the_engines_of_the_drivers(found) -> None:
    assert set(found()["choices"]) == set(registry.engines("instance"))


def test_what_copies_is_the_same_for_role_and_module() -> None:
    role, module = options_of("mysql_replication")["mysql_replication_tool"], options("trove_mysql_snapshot")["tool"]
    assert (role["choices"], role["default"]) == (module["choices"], module["default"])


@pytest.mark.parametrize(("verb", "before", "kept"), [("ring", {}, []), ("ring", {"mysql_replication_ring": ["b", "a"]}, ["b", "a"]), ("main", {}, ["a", "b"])])
def test_a_server_keeps_a_ring_when_it_gets_its_place_in_it_and_no_earlier(verb: str, before: dict, kept: list[str]) -> None:
    """What could cost data is refused when the hosts are prepared; each would have the settings of a ring by the next `configure`."""
    role = ROOT / "roles" / "mysql_replication"
    variables = yaml.safe_load((role / "vars" / "main.yml").read_text())
    environment = NativeEnvironment()
    environment.filters["combine"] = lambda one, other: {**one, **other}
    said = {"keep": {"mysql_replication_ring": ["a", "b"], "mysql_replication_firewall": True}}
    known = {"__mysql_replication": said, "common_kept": {"options": before}, "__mysql_replication_verb": verb}
    inner = variables.get("__mysql_replication_kept_before")
    known["__mysql_replication_kept_before"] = environment.from_string(inner).render(known) if inner else None
    options = environment.from_string(variables["__mysql_replication_host"]["kept"]["options"]).render(known)
    assert options == {"mysql_replication_ring": kept, "mysql_replication_firewall": True}
    first = yaml.safe_load((role / "tasks" / "mysql_in_ring.yml").read_text())[0]["stackdb.trove.trove_kept_options"]
    assert environment.from_string(first["options"]).render(known) == said["keep"]


def test_nobody_can_write_for_as_long_as_the_module_says() -> None:
    assert options_of("mysql_replication")["mysql_replication_promote_window"]["default"] == options("trove_mysql_replication")["window"]["default"]


@pytest.mark.parametrize("role", DATASTORES)
def test_default_of_what_a_verb_may_give_is_the_specs(role: str) -> None:
    """Ansible's own check refuses null for an option with a default, so the default is there twice."""
    expressions = yaml.safe_load((ROOT / "roles" / role / "defaults" / "main.yml").read_text())
    written = {name: found[1] for name, text in expressions.items() if (found := re.fullmatch(r"{{ _trove_options\..*default\(([^()]+)\)+ }}", text))}
    wanted = {name: option["default"] for name, option in options_of(role).items() if "default" in option and name in written}
    assert {name: yaml.safe_load(written[name]) for name in wanted} == wanted


# OS families


def test_all_roles_support_the_same_os_families() -> None:
    assert set.union(*FAMILIES.values()) == set.intersection(*FAMILIES.values()) == {"Debian"}


@pytest.mark.parametrize("role", ROLES)
def test_files_of_the_os_families_define_the_same(role: str) -> None:
    shapes = [shape(yaml.safe_load((ROOT / "roles" / role / "vars" / f"{family}.yml").read_text())) for family in sorted(FAMILIES[role])]
    assert [found for found in shapes if found != shapes[0]] == []


def shape(value: object) -> object:
    """The names that a file defines, however deep."""
    return {name: shape(inner) for name, inner in value.items()} if isinstance(value, dict) else None


@pytest.mark.parametrize("role", DATASTORES)
def test_names_of_an_os_family_are_nowhere_else(role: str) -> None:
    named = {text for family in FAMILIES[role] for text in texts(yaml.safe_load((ROOT / "roles" / role / "vars" / f"{family}.yml").read_text())) if "/" in text}
    elsewhere = [path for path in sources(role) if path.stem not in FAMILIES[role]]
    # the directory of the data is an option that is the same everywhere
    assert {(path.name, text) for path in elsewhere for text in named if re.search(rf"(?<!\w){re.escape(text)}(?![\w-])", path.read_text())} == set()


def texts(value: object) -> set[str]:
    if isinstance(value, dict):
        return {text for inner in value.values() for text in texts(inner)}
    return {text for inner in value for text in texts(inner)} if isinstance(value, list) else {str(value)}


# What a run asks of a host once, and does if that is due


@pytest.mark.parametrize(
    ("unit", "outdated", "due"),
    [((True, True, True), False, False), ((False, True, True), False, True), ((True, False, True), False, True), ((True, True, False), False, True),
     ((True, True, True), True, True)],
)  # fmt: skip
@pytest.mark.parametrize(("missing", "interrupted"), [([], False), (["chrony"], False), ([], True)])
def test_a_server_of_redis_that_runs_with_its_units_settings_is_not_started_again(
    unit: tuple, outdated: bool, due: bool, missing: list, interrupted: bool
) -> None:
    (start,) = (task for task in of_file("redis_cluster", "serve.yml") if "ansible.builtin.systemd_service" in task)
    due = due or bool(missing) or interrupted
    units = {"redis-server.service": dict(zip(("active", "enabled", "read"), unit, strict=True))}
    guest = {"units": units, "packages": {"missing": missing, "interrupted": interrupted}}
    environment = NativeEnvironment()
    environment.tests["all"] = all
    found = environment.from_string(f"{{{{ {start['when']} }}}}").render(
        common_guest=guest, __redis_cluster_unit_outdated=outdated, __redis_cluster_engine={"service": "redis-server.service"}
    )
    assert bool(found) is due


def test_the_users_file_is_written_again_unless_the_same_one_was_seen_there() -> None:
    """A rotation, which writes it more than once in a run, asks for no digest."""
    (write,) = (task for task in of_file("redis_cluster", "users.yml") if "ansible.builtin.template" in task)
    assert write["when"] == "__redis_cluster_users_again | default(true)"
    variables = yaml.safe_load((ROOT / "roles/redis_cluster/vars/main.yml").read_text())
    template = write["ansible.builtin.template"]
    right = variables["__redis_cluster_users_right"]
    assert all(right[name] == template[name] for name in ("owner", "group", "mode"))
    assert right["sha256"] == f"{{{{ lookup('ansible.builtin.template', '{template['src']}') | hash('sha256') }}}}"
    assert variables["__redis_cluster_host"]["digests"] == [template["dest"]]
    setters = [path.name for path in sources("redis_cluster") if "__redis_cluster_users_again:" in path.read_text()]
    assert setters == ["settings.yml"]
