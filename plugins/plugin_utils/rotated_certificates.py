# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each member has to do for its certificate when it is rotated: what it has is whole, and is replaced all the same. Pure functions over `certificates`.

A rotation is begun where none is under way, and an unfinished one is continued. How far it came is told by ca.pem, which has the CA first that certificates
go over to, and by the note that each member wrote before anything was changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..module_utils._model.errors import InvalidInput, Refused
from ..module_utils._model.rotating import Wanted
from . import certificate_words as known
from . import certificates
from .certificate_words import COMPLETE, TRUST, Cluster, Word
from .certificates import Plan
from .given_certificates import DAY, Given, Names
from .x509 import Certificate

_CONFIGURE = "Run stackdb.trove.cluster_configure, or instance_configure, first."
_UNNAMED = Names((), (), ())


@dataclass(frozen=True)
class Asked:
    """What is asked for of this run.

    :param older_than: days; what is younger stays
    :param ca_name: of a CA that is created for the cluster
    :param last: whether the last step of the run is done, in which former CAs are dropped, by proof that no certificate of them is in use
    """

    rotation: Wanted
    given: Given
    older_than: float = 0
    last: bool = False
    ca_name: str = ""


@dataclass(frozen=True)
class _Standing:
    """Where the members stand.

    - target: the CA that their certificates are of, or go over to
    - used: whether all certificates are of it
    - own: whether its key is kept by a member
    - others: CAs that are trusted besides, and that no certificate is of
    """

    target: Certificate
    used: bool
    own: bool
    others: tuple[Certificate, ...]

    @property
    def at_rest(self) -> bool:
        return self.used and not self.others


def decide(name: str, cluster: Cluster, asked: Asked, wanted: Names, created: str | None = None) -> Plan:
    """What the member `name` has to do.

    :param created: PEM text of the certificate of a CA that this run has created
    :raises InvalidInput: for a CA that is missing, or cannot be turned to
    :raises Refused: where a member is silent or has no certificate, where their clocks differ, and where another rotation comes first
    """
    known.check_all(cluster)
    known.check_words(cluster)
    known.check_clocks(cluster)
    bare = [member for member, word in cluster.words.items() if not (word.chain and word.authorities)]
    if bare:
        raise Refused(f"{', '.join(bare)} have no certificate, so that there is nothing to rotate. {_CONFIGURE}", members=bare)
    if asked.rotation.turns:
        return _turn(name, cluster, asked, wanted)
    known_ones = _without(cluster, _lost(cluster, asked))
    if not asked.rotation.publishes:
        return _replace(name, known_ones, asked, wanted)
    found, rest = _publish(name, known_ones, asked, created), known_ones.words[name].authorities
    lost = rest != cluster.words[name].authorities
    return replace(found, trust=rest) if lost and not (found.trust or found.authority.create or found.note.get("idle")) else found


def _lost(cluster: Cluster, asked: Asked) -> tuple[Certificate, ...]:
    """CAs that were created for the cluster, and that no certificate is of, nor will be: the member that kept their key is gone. They are created again."""
    keys = {key for word in cluster.words.values() for _path, key in word.authority_keys}
    used = {one for word in cluster.words.values() for one in _leads_to(word)}
    unused = [one for one in known.trusted_cas(cluster) if one not in used and one.key not in keys and one not in asked.given.authorities]
    return tuple(one for one in unused if asked.ca_name and certificates.is_named(one, asked.ca_name))


def _without(cluster: Cluster, lost: Sequence[Certificate]) -> Cluster:
    words = {name: replace(word, authorities=tuple(one for one in word.authorities if one not in lost)) for name, word in cluster.words.items()}
    return replace(cluster, words=words) if lost else cluster


def _publish(name: str, cluster: Cluster, asked: Asked, created: str | None) -> Plan:
    """All members trust the next CA, beside the one that their certificates are of."""
    standing, given, word = _standing(cluster), asked.given, cluster.words[name]
    young = standing.at_rest and cluster.now - standing.target.begins < asked.older_than * DAY
    if young and created is None:
        authority = known.authority_of(replace(cluster, renew_own=False), replace(given, authorities=(), signer=None), None)
        return Plan(authority, note=_note(word, asked.rotation, idle=True))
    if not given.authorities and created is None:
        _check_follows(cluster, standing)
    reason = certificates.broken_of(word, cluster, known.Authority())
    if reason:
        raise Refused(f"{name} needs a certificate before the CA changes ({reason}). {_CONFIGURE}", member=name)
    begins = standing.at_rest and not given.authorities and created is None
    # nothing is signed: the members' names are of no matter
    found = certificates.decide(name, replace(cluster, change=TRUST, renew_own=begins), given, _UNNAMED, created)
    first = _first(word, cluster, given) or found.trust
    return replace(found, renew=None, trust=() if found.authority.create else first, drop=(), forget=(), note=_note(word, asked.rotation))


def _check_follows(cluster: Cluster, standing: _Standing) -> None:
    """
    :raises InvalidInput: where the next CA has to be given
    :raises Refused: where the former one has to be dropped first
    """
    option = f"{cluster.prefix}ca_certificate"
    if standing.at_rest and not standing.own:
        rule = f"{standing.target.subject} was given, and its key is not stored, so that no CA of the cluster's own follows it."
        raise InvalidInput(option, "", "PEM text of the new CA", rule=rule)
    if standing.used and standing.others:
        kept = " and ".join(one.subject for one in standing.others)
        raise Refused(
            f"The members have certificates of {standing.target.subject}, and still trust {kept}, as an earlier run has left it. Drop that first:"
            " trove_rotate=authority trove_rotate_phase=turn, without trove_keep_old_authority."
        )
    if not standing.own and any(standing.target not in word.authorities for word in cluster.words.values()):
        raise InvalidInput(option, "", f"the CA that a run which was stopped has given to some members, {standing.target.subject}")


def _turn(name: str, cluster: Cluster, asked: Asked, wanted: Names) -> Plan:
    """Certificates go over to the CA that was published."""
    standing, given, word = _standing(cluster), asked.given, cluster.words[name]
    if not given.authorities and standing.target in _lost(cluster, asked):
        raise Refused(
            f"The key of {standing.target.subject}, which was published, is on no member any more, so that no certificate can be of it. Run it with"
            " trove_rotate_phase=publish, which creates another one, and give ca.pem to your clients."
        )
    wants = given.authorities or (standing.target,)
    if any(not {*wants} <= {*other.authorities} for other in cluster.words.values()):
        published = " and ".join(one.subject for one in wants)
        raise Refused(f"Not all members trust {published} yet. Run it with trove_rotate_phase=publish first, and give ca.pem to your clients.")
    if not (given.authorities or standing.own or standing.at_rest):
        what = f"the CA that was published, {standing.target.subject}, with {cluster.prefix}ca_key or ready-made certificates: its key is not stored"
        raise InvalidInput(f"{cluster.prefix}ca_certificate", "", what)
    found = certificates.decide(name, replace(cluster, change=COMPLETE, renew_own=False), given, wanted)
    drops = asked.last and not asked.rotation.keep_old
    going = [one for one in known.trusted_cas(cluster) if one not in found.authority.certificates]
    return replace(
        found,
        drop=found.drop if drops else (),
        # a key of a former CA signs nothing any more, whether that is trusted or not
        forget=found.forget if asked.last else (),
        new_key=bool(found.renew) and not given.chain,
        note=_note(word, asked.rotation, drops=going),
    )


def _replace(name: str, cluster: Cluster, asked: Asked, wanted: Names) -> Plan:
    """A new key and certificate of the same CA."""
    standing, given, word = _standing(cluster), asked.given, cluster.words[name]
    authority = known.authority_of(replace(cluster, renew_own=False), given, None)
    if not standing.used or not {standing.target} & {*authority.certificates}:
        raise Refused(
            f"The members trust {standing.target.subject}, and not all of their certificates are of it, or it is another CA than the one that was given; new"
            " ones would be of a CA that clients may not trust. End that change first: trove_rotate=authority trove_rotate_phase=turn."
        )
    found = certificates.decide(name, replace(cluster, change=TRUST, renew_own=False), given, wanted)
    noted, own = word.note.get("mark") == asked.rotation.mark, word.chain[0].digest
    old_enough = cluster.now - word.chain[0].begins >= asked.older_than * DAY
    replaces = word.note.get("replaces") if noted else own if old_enough else None
    rotates = replaces == own
    if rotates and given.chain and not found.renew:
        raise InvalidInput(f"{cluster.prefix}certificate", "the certificate that the member has", "another one, since that is to be replaced")
    if rotates and not given.chain and authority.signer is None:
        keys = f"{cluster.prefix}ca_certificate and {cluster.prefix}ca_key"
        raise Refused(f"{name} is to have a new certificate, and the key of its CA is not stored. Give {keys}, or ready-made certificates.", member=name)
    reason = found.renew or ("it is rotated" if rotates else None)
    note = _note(word, asked.rotation, replaces=replaces)
    return replace(found, renew=reason, drop=(), forget=(), new_key=bool(reason) and not given.chain, note=note)


def _standing(cluster: Cluster) -> _Standing:
    words = cluster.words.values()
    # after a run that was stopped some have one more, as the first
    target = max((word.authorities for word in words), key=len)[0]
    led = [_leads_to(word) for word in words]
    used = {one for found in led for one in found}
    others = tuple(one for one in known.trusted_cas(cluster) if one not in used and one != target and one.ends > cluster.now)
    own = any(key == target.key for word in words for _path, key in word.authority_keys)
    return _Standing(target, all(target in found for found in led), own, others)


def _leads_to(word: Word) -> set[Certificate]:
    """The CAs of ca.pem that the member's certificate leads to, those among them that have signed others of them, too."""
    found: set[Certificate] = set()
    ends: Sequence[Certificate] = word.chain[-1:]
    while ends:
        ends = [one for one in word.authorities if one not in found and any(end == one or end.issued_by(one) for end in ends)]
        found |= {*ends}
    return found


def _first(word: Word, cluster: Cluster, given: Given) -> tuple[Certificate, ...]:
    """What ca.pem has to hold, so that the CA that was given is the first in it; empty where none was given, and where it is."""
    published = given.authorities
    if not published or word.authorities[: len(published)] == published:
        return ()
    return tuple(dict.fromkeys((*published, *(one for one in word.authorities if one.ends > cluster.now))))


def _note(word: Word, rotation: Wanted, replaces: str | None = None, drops: Sequence[Certificate] = (), idle: bool = False) -> dict[str, object]:
    """What is noted before anything else is done; nothing where this rotation has noted it."""
    if word.note.get("mark") == rotation.mark:
        return {}
    return {"mark": rotation.mark, "replaces": replaces, "drops": [one.digest for one in drops], "idle": idle}
