#!/usr/bin/python
# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: trove_certificate_plan
short_description: Decide what a member has to do for its certificate, by what all members have
version_added: 1.0.0
author: stackdb.trove contributors (@stackdb)
description:
  - Checks the certificates and keys that were given, by themselves and against each other, and refuses them by the option's name, before anything is touched.
  - Reads what M(stackdb.trove.trove_guest_info) has found on all members, and says whether a CA is created, which CAs a member trusts, and whether and why
    its certificate is replaced.
  - A CA is changed in three phases, each on all members before the next. All trust the old and the new one; certificates of the new one, member by member;
    the old one is dropped, when every member has shown in this run that its certificate is of the new one. A run that was stopped is continued by the same
    run. What there is says how far it came.
  - A CA and a certificate are renewed in the last third of their lifetime, a certificate only where the new one lives notably longer. No certificate
    outlives its CA.
  - Runs on the controller, for each member. It needs the Python library cryptography there, as ansible-core does.
options:
  members:
    description: The inventory names of all members, which have to be in the play.
    type: list
    elements: str
    required: true
  word:
    description: The name of the variable in which every member has registered its result of M(stackdb.trove.trove_guest_info).
    type: str
    required: true
  prefix:
    description: What the names of the options that the user has given begin with, for messages, such as C(galera_tls_).
    type: str
    required: true
  names:
    description: Host names of the member; the first one is the common name, cut to the 64 characters that X.509 has for it.
    type: list
    elements: str
    default: []
  addresses:
    description: IP addresses of the member.
    type: list
    elements: str
    default: []
  verified:
    description: Those of O(addresses) that other members look for in the certificate when they connect.
    type: list
    elements: str
    default: []
  ca_name:
    description: The common name of a CA that is created.
    type: str
    required: true
  ca_certificate:
    description: PEM text of the user's own CA.
    type: str
    default: ''
  ca_key:
    description: PEM text of its key.
    type: str
    default: ''
  certificate:
    description: PEM text of a ready-made certificate, with those between it and the CA below it.
    type: str
    default: ''
  key:
    description: PEM text of its key.
    type: str
    default: ''
  days:
    description: For how many days a certificate is valid.
    type: float
    required: true
  ca_days:
    description: For how many days a CA that is created is valid.
    type: float
    required: true
  ca_change:
    description: How far a change of the CA goes, see the roles' option of the same name.
    type: str
    choices: [auto, trust, complete]
    default: auto
  may_change:
    description: Whether this run may change the CA of members that have one.
    type: bool
    default: true
  ca_keys:
    description: Where a member keeps the key of a CA that was created for the cluster, and that of one that is about to be.
    type: list
    elements: path
    default: [/etc/stackdb-trove/ca.key, /etc/stackdb-trove/ca-new.key]
  rotation:
    description:
      - What is replaced though it is whole, a dict of C(what), a list of V(certificates) or V(authority); C(phase), V(publish) or V(turn), how far the CA
        goes; C(keep_old), whether the former one stays trusted; C(older_than), the days below which something is too young; C(run), the run that has begun
        it; and C(last), whether this is its last step, in which a former CA is dropped.
      - Empty for a run that rotates nothing.
    type: dict
    default: {}
  created:
    description: PEM text of the CA's certificate that this run has created.
    type: str
    default: ''
extends_documentation_fragment:
  - stackdb.trove.cloud.info
attributes:
  action:
    description: Runs on the controller.
    support: full
seealso:
  - module: stackdb.trove.trove_guest_info
"""

EXAMPLES = r"""
- name: See what every member has
  become: true
  stackdb.trove.trove_guest_info:
    certificate:
      directory: /etc/mysql/tls
      owner: mysql
  register: guest

- name: Decide what each member has to do
  stackdb.trove.trove_certificate_plan:
    members: [db1, db2, db3]
    word: guest
    prefix: galera_tls_
    names: ["{{ inventory_hostname }}"]
    ca_name: products CA
    days: 1095
    ca_days: 3650
  register: plan
"""

RETURN = r"""
acts:
  description: Whether the member has anything to do.
  returned: success
  type: bool
create:
  description: Whether RV(holder) has to create a CA, with the key RV(holder_key); the rest is decided when it is there (O(created)).
  returned: success
  type: bool
holder:
  description: The member from which the CA's key is read, V(none) where no member keeps it.
  returned: success
  type: str
holder_key:
  description: The path of that key.
  returned: success
  type: str
fresh_key:
  description: Whether the key that is there is that of a CA in use, so that a new one is created.
  returned: success
  type: bool
keep_key:
  description: Whether the member has to keep the key of the CA that is created, before any member trusts that CA.
  returned: success
  type: bool
signer:
  description: PEM text of the CA's certificate that signs, V(none) where its key is not known.
  returned: success
  type: str
trust:
  description: What C(ca.pem) has to hold before certificates are replaced, V(none) where it stays.
  returned: success
  type: str
renew:
  description: Why the member's certificate is replaced, V(none) where it stays.
  returned: success
  type: str
drop:
  description: What C(ca.pem) holds when no certificate of a former CA is in use, V(none) where it stays.
  returned: success
  type: str
share_key:
  description: Whether the member has to be given the CA's key.
  returned: success
  type: bool
new_key:
  description: Whether the certificate that takes the place of the member's is for a new key.
  returned: success
  type: bool
former:
  description: Whether members have a CA or a key of one from before, so that in the end is read whether something of it is to be dropped.
  returned: success
  type: bool
  version_added: 1.2.0
note:
  description: What a rotation notes on the member before anything else is done; empty where it has noted it.
  returned: success
  type: dict
forget:
  description: The paths of keys of former CAs.
  returned: success
  type: list
  elements: str
own:
  description: C(common_name), C(begins) and C(ends) of a certificate that is signed for the member, dates as ASN.1 writes them.
  returned: success
  type: dict
ca:
  description: The same of a CA that is created.
  returned: success
  type: dict
"""
