# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a verb, out of the variables of a run. Pure: the specs are read by the action plugin trove_options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import options
from .errors import InvalidInput, Refused

PREFIX = "trove_"
#: what a verb works on: by its name, or by its id where the verb takes one
NAME, ID = "trove_name", "trove_id"
#: of the verbs that destroy something: what the verb works on, typed once more
CONFIRM = "trove_confirm"
#: variables of a host that the collection sets itself; a play's own begin with _trove_
OURS = ("trove_instance", "trove_health")


def given(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a run's variables that are meant as options."""
    return {name: value for name, value in variables.items() if name.startswith(PREFIX) and name not in OURS}


def of(verb: str, specs: Mapping[str, options.Spec], variables: Mapping[str, Any]) -> dict[str, Any]:
    """The verb's options, typed, with defaults, named without trove_; an option that is unset and has no default is absent.

    What only other verbs know is ignored, since one file of variables serves all verbs.

    :param specs: ``{verb: {name: option}}`` of all verbs, names with trove_
    :param variables: ``{name: value}``, see `given`
    :raises InvalidInput, Refused: for a verb, a value or a name that is none, and for a required option that is missing
    """
    if verb not in specs:
        raise InvalidInput("verb", verb, list(specs))
    _check_names(verb, specs, variables)
    spec = specs[verb]
    found = options.read(spec, {name: value for name, value in variables.items() if name in spec})
    absent = options.missing(spec, found)
    if ID in spec and not {ID, NAME} & set(found):
        absent = [NAME, *absent]
    if absent:
        raise Refused(f"{verb} needs {', '.join(absent)}. " + " ".join(f"{name}: {spec[name]['description']}" for name in absent), missing=absent)
    _check_confirmation(found, variables.get(CONFIRM) if CONFIRM in spec else None)
    return {name[len(PREFIX) :]: value for name, value in options.defaults(spec, found).items() if name != CONFIRM}


def _check_confirmation(found: Mapping[str, Any], raw: Any) -> None:
    """A form, as AWX's survey, requires the name twice; on the command line the second is optional. A blank passes such a form, and is no name."""
    confirmed, subject = found.get(CONFIRM, raw if isinstance(raw, str) and raw else None), NAME if NAME in found else ID
    if confirmed is not None and confirmed != found.get(subject):
        raise InvalidInput(CONFIRM, confirmed, f"{found.get(subject)}, the same as {subject}; nothing was touched")


def has_secret(spec: options.Spec, variables: Mapping[str, Any]) -> bool:
    """Whether one of the options that were given must not be shown."""
    return any(spec[name].get("no_log") and not options.is_empty(value) for name, value in variables.items() if name in spec)


def _check_names(verb: str, specs: Mapping[str, options.Spec], variables: Mapping[str, Any]) -> None:
    """The value is not shown: what no verb knows may be a secret of the user's."""
    # the verb's own first, so that they are preferred where two are as near
    known = [*specs[verb], *sorted({name for spec in specs.values() for name in spec} - set(specs[verb]))]
    wrong = options.unknown(variables, known)
    if wrong:
        hints = [f"{name} (did you mean {near}?)" if near else name for name, near in wrong.items()]
        raise Refused(f"No verb has an option {', '.join(hints)}. Allowed for {verb}: {', '.join(specs[verb])}.", unknown=wrong)
