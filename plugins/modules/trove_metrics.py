#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_metrics
short_description: Prometheus exporters of a member, over TLS
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Has the exporters of the distribution's packages serve with the member's certificate. Their units get a drop-in, and all files that they need as systemd's
    credentials, so that no other user of the guest can read them. Without TLS no exporter of these listens.
  - They run as the user C(trove_metrics). The account of the same name in the database is not created here.
  - Files are written before the packages are installed, so that an exporter which starts at boot starts as it shall be.
  - Runs on the guest, as root.
options:
  state:
    description:
      - V(written) writes the files, and the password of Redis' account where there is none.
      - V(started) has them run, and restarts those that run with other options or with another certificate than the files have.
        It waits until each presents the certificate.
      - V(kept) does the same with those that are set up. One whose settings or package are not there is skipped, with a warning.
      - V(read) returns what is there, after one of the others has changed it.
      - V(absent) stops and disables those that were set up by this module, and deletes its files. An exporter that never got
        its settings stays as it is; what became of one that ran before it got them is not noted, and it is disabled.
    type: str
    choices: [written, started, kept, read, absent]
    required: true
  exporters:
    description: The exporters.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Which one.
        type: str
        choices: [node, mysqld, redis]
        required: true
      service:
        description: Its unit.
        type: str
        required: true
      program:
        description: Its path.
        type: path
        required: true
  certificate:
    description: The directory of the member's C(ca.pem), C(server.pem) and C(server.key).
    type: path
  ca:
    description: PEM text of a CA. Scrapers have to show a certificate of it then.
    type: str
    default: ""
  option:
    description: What a message calls O(ca), for roles.
    type: str
    default: ca
  socket:
    description: The socket of MariaDB or MySQL.
    type: path
  url:
    description: Where Redis is, as C(rediss://address:port).
    type: str
  firewall:
    description: The unit that closes the exporters' ports. No exporter starts without it.
    type: str
extends_documentation_fragment:
  - stackdb.trove.cloud.attributes
"""

EXAMPLES = r"""
- name: Have the exporters serve
  become: true
  stackdb.trove.trove_metrics:
    state: started
    exporters:
      - {name: node, service: prometheus-node-exporter.service, program: /usr/bin/prometheus-node-exporter}
    certificate: /etc/mysql/tls
"""

RETURN = r"""
reasons:
  description: Why something was changed, or would be, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["prometheus-node-exporter.service: it does not run"]
ports:
  description: The exporters' ports, as M(stackdb.trove.trove_firewall) takes them.
  returned: success
  type: dict
  sample: {client: [{protocol: tcp, ports: "9100"}], member: []}
left:
  description: The files that are there of exporters that were set up by this module, and of their firewall, afterwards.
  returned: success
  type: list
  elements: str
user:
  description: Whether the user that exporters run as is there, created by the role.
  returned: success
  type: bool
foreign_user:
  description: Whether there is a user of that name that somebody else has created. It is never removed.
  returned: success
  type: bool
digest:
  description: The SHA-256 of the password of Redis' account, empty where there is none.
  returned: success
  type: str
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._guest import metrics, text_file
from ..module_utils._model import metrics as model
from ..module_utils._module import guest


def act(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result."""
    exporters, member = metrics.of(params)
    metrics.check_authority(params["option"], params["ca"])
    waiting = [one.service for one in exporters if params["state"] == "kept" and not metrics.is_set_up(one)]
    reasons, diff = _STATES[params["state"]](exporters, member, params["ca"], check_mode)
    return {
        "changed": bool(reasons),
        "reasons": reasons,
        **metrics.look(exporters),
        "diff": diff,
        **guest.warnings(f"{name} is asked for and not set up yet: cluster_configure, or instance_configure, does that." for name in waiting),
    }


Done = tuple[list[str], dict[str, str]]


def _written(exporters: list[model.Exporter], member: model.Member, authority: str, check_mode: bool) -> Done:
    needs = any(exporter.name == "redis" for exporter in exporters)
    found = metrics.password(model.DIRECTORY)
    secret = metrics.password(model.DIRECTORY, create=needs and not check_mode)
    wanted = metrics.files(exporters, member, authority, secret)
    before = {path: text_file.text(path) for path in wanted}
    outdated = [path for path, text in wanted.items() if before[path] != text]
    loose = [path for path in wanted if path not in outdated and path.startswith(model.DIRECTORY) and not metrics.is_private(path)]
    reasons = [*([] if found or not needs else ["the account has no password yet"]), *(f"{path}: it is not there, or another one" for path in outdated)]
    reasons += [f"{path}: others may read it" for path in loose]
    for path in () if check_mode else (*outdated, *loose):
        metrics.write(path, wanted[path], 0o600 if path.startswith(model.DIRECTORY) else 0o644)
    # the password is in one of these
    told = [path for path in outdated if not path.endswith(model.REDIS)]
    return reasons, {"before": "".join(before[path] or "" for path in told), "after": "".join(wanted[path] for path in told)}


def _started(exporters: list[model.Exporter], member: model.Member, _authority: str, check_mode: bool) -> Done:
    return _made_to_run(exporters, member, check_mode)


def _kept(exporters: list[model.Exporter], member: model.Member, _authority: str, check_mode: bool) -> Done:
    """A run that sets no exporter up does not fail for one that another run has still to set up."""
    return _made_to_run([exporter for exporter in exporters if metrics.is_set_up(exporter)], member, check_mode)


def _made_to_run(exporters: list[model.Exporter], member: model.Member, check_mode: bool) -> Done:
    stale = {exporter: why for exporter in exporters for why in [metrics.stale(exporter, member)] if why is not None}
    for exporter in () if check_mode else stale:
        metrics.restart(exporter, member)
    return [f"{exporter.service}: {why}" for exporter, why in stale.items()], {"before": "", "after": ""}


def _absent(exporters: list[model.Exporter], _member: model.Member, _authority: str, check_mode: bool) -> Done:
    left = metrics.left(exporters)
    if left and not check_mode:
        metrics.remove(exporters)
    return [f"{path}: it is there" for path in left], {"before": "".join(f"{path}\n" for path in left), "after": ""}


def _read(_exporters: list[model.Exporter], _member: model.Member, _authority: str, _check_mode: bool) -> Done:
    return [], {"before": "", "after": ""}


_STATES = {"written": _written, "started": _started, "kept": _kept, "read": _read, "absent": _absent}


def main() -> None:
    guest.run(
        act,
        {
            "state": {"type": "str", "choices": [*_STATES], "required": True},
            "exporters": {"type": "list", "elements": "dict", "default": [], "options": metrics.SPEC},
            "certificate": {"type": "path"},
            "ca": {"type": "str", "default": ""},
            "option": {"type": "str", "default": "ca"},
            "socket": {"type": "path"},
            "url": {"type": "str"},
            "firewall": {"type": "str"},
        },
        required_if=[("state", one, ["certificate"]) for one in ("written", "started", "kept")],
    )


if __name__ == "__main__":
    main()
