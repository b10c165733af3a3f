# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for of a role: what this run gives, else what the members keep of earlier runs, else the role's defaults. Pure.

Every member keeps what was asked for, so a run that does not give an option leaves it as it is: not given is not the same as false or empty.
Options are named as the user writes them, e.g. ``galera_settings``, here and in the file on the members.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import InvalidInput, Refused
from .nearest import nearest
from .options import Option, Spec, read

#: playbooks that are there to set what is kept; a role without a playbook of ours (verb None) is declarative, too
CREATING = ("cluster_create", "instance_create")
#: playbooks that write settings, and are not there to change them: they give new members, and those that there are, what is kept. Of replica_create the
#: source may be a server of others, which keeps nothing yet
UPGRADING = ("cluster_upgrade", "instance_upgrade")
CARRYING = (
    *UPGRADING,
    *("cluster_grow", "cluster_shrink", "cluster_replace", "cluster_resize", "cluster_rotate"),
    *("instance_resize", "replica_attach", "replica_detach", "replica_eject", "replica_promote", "replica_recover", "replica_topology"),
)
CONFIGURING = ("cluster_configure", "instance_configure")

#: how like an option's a name is that was meant to be it, from 0 to 1; a letter too many, too few or two that changed places in names from seven letters on
_NEAR = 0.85

#: what says which packages a server is of: an upgrade is there to change that
_OF_PACKAGES = ("_version", "_repository", "_pins")

_NOTHING: dict[str, Any] = {"str": "", "path": "", "list": [], "dict": {}}


@dataclass(frozen=True)
class Asked:
    """What holds for a run.

    :param options: the value of every option of the spec
    :param keep: those of them that the members have to keep
    :param changes: the names of those that some member keeps otherwise
    """

    options: dict[str, Any]
    keep: dict[str, Any]
    changes: tuple[str, ...] = ()


def flat(entry_points: Mapping[str, Mapping[str, Any]]) -> dict[str, Option]:
    """The options of all entry points of a role as one spec: an option that several have is the same one.

    :param entry_points: what ``meta/argument_specs.yml`` has below ``argument_specs``
    """
    return {name: option for entry in entry_points.values() for name, option in (entry.get("options") or {}).items()}


def resolve(
    spec: Spec,
    given: Mapping[str, Any],
    kept: Mapping[str, Mapping[str, Any]],
    keeps: Collection[str] = (),
    fixed: Collection[str] = (),
    verb: str | None = None,
    of_verbs: Collection[str] = (),
) -> Asked:
    """What holds for this run: an Asked.

    :param spec: the role's options in ansible-core's format
    :param given: what this run gives, of any type; empty text is not given
    :param kept: by member, what it keeps; a member without the file keeps nothing
    :param keeps: the names of the options that are kept
    :param fixed: those of them that cannot be changed once a member has them
    :param verb: the playbook that runs the role, None for none of ours
    :param of_verbs: the names of those that a verb sets, and no user
    :raises InvalidInput: for what cannot be read, and for a value that this run may not change
    :raises Refused: where members keep different values and none is given
    """
    asked = read(spec, given)
    remembered = {member: read(spec, {name: value for name, value in words.items() if name in keeps and name in spec}) for member, words in kept.items()}
    if verb in CARRYING and keeps and not any(remembered.values()):
        raise Refused(
            f"No member keeps what it was asked for, so {verb} would set all of it back to the defaults. Run {_configuring(verb)} once, with all"
            f" that the {'cluster' if verb.startswith('cluster_') else 'instance'} was asked for."
        )
    options: dict[str, Any] = {}
    changes = []
    for name, option in spec.items():
        by_member = {member: words[name] for member, words in remembered.items() if name in words}
        if name not in asked:
            options[name] = _agreed(name, by_member, option, verb) if by_member else _default(name, option, verb)
            continue
        options[name] = asked[name]
        if not by_member and verb in CARRYING and name in keeps:
            # An older run kept it not yet: what holds for its members is the default, and this verb is not there to change that.
            by_member = {member: _default(name, option, verb) for member, words in remembered.items() if words}
        other = next((member for member, value in by_member.items() if not _same(value, asked[name])), None)
        if other is not None and name not in of_verbs:
            _refuse_change(name, option, asked[name], other, by_member[other], name in fixed, verb)
        if other is not None:
            changes.append(name)
    return Asked(options, {name: options[name] for name in keeps if name in options}, tuple(changes))


def refuse_misspelt(spec: Spec, prefix: str, names: Collection[str]) -> None:
    """Refuse a variable that is none of the role's options, and nearly one of them: it would be silently ignored.

    A name that is less like an option may be a variable of the user's own.

    :param prefix: what all options begin with
    :param names: of the variables of a host
    :raises Refused: with the nearest option
    """
    known = {name[len(prefix) :]: name for name in spec}
    wrong = {}
    for name in sorted(names):
        if name.startswith(prefix) and name not in spec:
            near = nearest(name[len(prefix) :], known, _NEAR)
            wrong.update({name: known[near]} if near else {})
    if wrong:
        hints = [f"{name} (did you mean {near}?)" for name, near in wrong.items()]
        raise Refused(f"The role has no option {', '.join(hints)}. A variable of your own needs a name that is less like it.", unknown=wrong)


def own(kept: Mapping[str, Any], member: str, source: str | None) -> dict[str, Any]:
    """Of what the members keep, what counts for one that has options of its own: what it keeps itself, or its source where it is new."""
    name = member if member in kept else source
    return {name: kept[name]} if name is not None and name in kept else {}


def may_change(verb: str | None) -> bool:
    """Whether a run may change what members keep."""
    return verb is None or verb in CREATING or verb in CONFIGURING


def _default(name: str, option: Option, verb: str | None) -> Any:
    default = option.get("default")
    if default is None and name.endswith("_allow_restart"):
        # A verb does what it is named for; a restart that waits is for the one that asks for it.
        return verb is None or verb in CREATING
    return _NOTHING.get(option.get("type", "str")) if default is None else default


def _agreed(name: str, by_member: Mapping[str, Any], option: Option, verb: str | None) -> Any:
    """The one value that all members keep."""
    (first, value), *others = by_member.items()
    for member, other in others:
        if not _same(value, other):
            told = "" if option.get("no_log") else f" ({first}: {value!r}, {member}: {other!r})"
            raise Refused(
                f"{name}: {first} and {member} keep different values{told}, as after a run that was stopped."
                f" Give the value that shall hold: {_how(name, verb)} brings them together.",
                option=name,
                members=[first, member],
            )
    return value


def _refuse_change(name: str, option: Option, given: Any, member: str, kept: Any, is_fixed: bool, verb: str | None) -> None:
    if (may_change(verb) or (verb in UPGRADING and name.endswith(_OF_PACKAGES))) and not is_fixed:
        return
    secret = option.get("no_log")
    why = "it cannot be changed once there are members" if is_fixed else f"{_how(name, verb)} changes it"
    raise InvalidInput(name, "a secret" if secret else given, f"{'the one' if secret else repr(kept)}, as {member} keeps it; {why}")


def _how(name: str, verb: str | None) -> str:
    if verb is None:
        return f"the role with {name}"
    return f"{_configuring(verb)} with {name}"


def _configuring(verb: str) -> str:
    return f"stackdb.trove.{CONFIGURING[0 if verb.startswith('cluster_') else 1]}"


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same in a settings file: 200 is "200", in whatever order a dict has them."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(_same(*pair) for pair in zip(one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return str(one).lower() == str(other).lower()
    return str(one) == str(other)
