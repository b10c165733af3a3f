# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ..module_utils._model import rotating
from ..module_utils._model.errors import Refused, TroveError
from ..plugin_utils import certificates, given_certificates, rotated_certificates, x509
from ..plugin_utils.certificate_words import AUTO, COMPLETE, KEY, NEW_KEY, TRUST, Cluster, Word
from ..plugin_utils.given_certificates import Given, Names

_TEXTS = {"type": "list", "elements": "str", "default": []}
_PEM = {"type": "str", "default": ""}
SPEC = {
    "members": {"type": "list", "elements": "str", "required": True},
    "word": {"type": "str", "required": True},
    "prefix": {"type": "str", "required": True},
    "names": _TEXTS,
    "addresses": _TEXTS,
    "verified": _TEXTS,
    "ca_name": {"type": "str", "required": True},
    "ca_certificate": _PEM,
    "ca_key": {**_PEM, "no_log": True},
    "certificate": _PEM,
    "key": {**_PEM, "no_log": True},
    "days": {"type": "float", "required": True},
    "ca_days": {"type": "float", "required": True},
    "ca_change": {"type": "str", "choices": [AUTO, TRUST, COMPLETE], "default": AUTO},
    "may_change": {"type": "bool", "default": True},
    "created": _PEM,
    "rotation": {"type": "dict", "default": {}},
    "ca_keys": {"type": "list", "elements": "path", "default": [KEY, NEW_KEY], "no_log": False},
}


class ActionModule(ActionBase):
    """Runs on the controller, for each member. Documented in plugins/modules/trove_certificate_plan.py."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, given = self.validate_argument_spec(SPEC)
        name = task_vars["inventory_hostname"]
        try:
            x509.check_library()
            return plan(name, given, words(given["members"], task_vars, given["word"]))
        except TroveError as error:
            return {"failed": True, "changed": False, "msg": error.message, **error.details}


def words(names: Iterable[str], task_vars: Mapping[str, Any], variable: str) -> dict[str, Word]:
    """What the members have, ``{name: Word}``. A host that failed or was unreachable since is not asked for what it said before.

    :raises Refused: for a file that cannot be read
    """
    found = {}
    for name in names:
        if name in task_vars["ansible_play_hosts"]:
            said = (task_vars["hostvars"][name].get(variable) or {}).get("certificate")
            if said:
                found[name] = _word(name, said)
    return found


def plan(name: str, given: Mapping[str, Any], said: Mapping[str, Word]) -> dict[str, Any]:
    """The task's result."""
    wanted = Names(given["names"], given["addresses"], given["verified"])
    cluster = Cluster(given["prefix"], given["members"], said, given["ca_change"], given["may_change"], tuple(given["ca_keys"]))
    now = said[name].now if name in said else 0.0
    options = given_certificates.read(given, given["prefix"], wanted, now)
    decided = _decided(name, cluster, options, wanted, given)
    return {"changed": False, **_data(decided), **_to_sign(given, cluster, options, decided), "warnings": list(decided.warnings)}


def _decided(name: str, cluster: Cluster, options: Given, wanted: Names, given: Mapping[str, Any]) -> certificates.Plan:
    rotation, created = given["rotation"], given["created"] or None
    if not rotation:
        return certificates.decide(name, cluster, options, wanted, created)
    asked = rotating.Wanted(tuple(rotation["what"]), rotation["run"], rotation["phase"], bool(rotation["keep_old"]))
    rotated = rotated_certificates.Asked(asked, options, float(rotation["older_than"]), bool(rotation["last"]), given["ca_name"])
    return rotated_certificates.decide(name, cluster, rotated, wanted, created)


def _data(decided: certificates.Plan) -> dict[str, Any]:
    authority = decided.authority
    return {
        "acts": decided.acts,
        "create": authority.create,
        "holder": authority.holder,
        "holder_key": authority.path,
        "fresh_key": authority.fresh,
        "keep_key": decided.keep_key,
        "signer": x509.text([authority.signer]) if authority.signer else None,
        "trust": x509.text(decided.trust) or None,
        "renew": decided.renew,
        "drop": x509.text(decided.drop) or None,
        "share_key": decided.share_key,
        "forget": list(decided.forget),
        "new_key": decided.new_key,
        "former": decided.former,
        "note": dict(decided.note),
    }


def _to_sign(given: Mapping[str, Any], cluster: Cluster, options: Given, decided: certificates.Plan) -> dict[str, Any]:
    """The subjects and lifetimes of what is to be signed."""
    begins, ends = certificates.span(cluster.now, options.lifetime, decided.authority.signer, cluster.earliest)
    ca_begins, ca_ends = certificates.span(cluster.now, options.authority_lifetime, earliest=cluster.earliest)
    return {
        "own": {"common_name": certificates.common_name([*given["names"], given["ca_name"]][0]), "begins": begins, "ends": ends},
        "ca": {"common_name": certificates.authority_name(given["ca_name"], cluster), "begins": ca_begins, "ends": ca_ends},
    }


def _word(name: str, said: Mapping[str, Any]) -> Word:
    chains = {}
    for file in ("ca", "certificate"):
        try:
            chains[file] = x509.certificates(said[file] or "")
        except ValueError as error:
            raise Refused(f"A certificate of {name} cannot be read ({file}): {error}. Move its file away; the run creates it again.", member=name) from error
    keys = {path: x509.same_key(key) for path, key in said["authority_keys"].items()}
    return Word(
        now=float(said["now"]),
        authorities=chains["ca"],
        chain=chains["certificate"],
        key=x509.same_key(said["key"]),
        key_problem=said["key_problem"],
        authority_keys=tuple((path, key) for path, key in keys.items() if key),
        note=said.get("note") or {},
    )
