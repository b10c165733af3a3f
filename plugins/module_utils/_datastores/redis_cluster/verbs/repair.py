# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands before the moves of slots: nodes are told who serves a slot now, flags without a move are closed, keys that no client reaches are dealt with."""

from __future__ import annotations

from collections.abc import Sequence

from ...._guest.command import GuestError
from ...._model.errors import Refused
from ..guest import form, strays
from ..rules import moves as rules
from ..rules import open_slots, unclaimed
from ..rules.open_slots import Held
from ..rules.slots import brief, spell
from ..rules.topology import Cluster
from .cluster import Nodes, Wrong
from .steps import CarryKeys, CloseSlots, DeleteKeys, TakeSlots, TellOwner

#: seconds until a node that was told who serves its slots finds its cluster whole
_HEAL = 30
#: what may be done with keys that no client reaches
KEEP, DELETE = "keep", "delete"


def tell(cluster: Cluster) -> list[TellOwner]:
    """The steps by which nodes learn who serves the slots that they import."""
    return [
        TellOwner.of(name, owner_id, cluster.name_of(owner_id), slots)
        for name, owners in open_slots.misled(cluster).items()
        for owner_id, slots in owners.items()
    ]


def take(cluster: Cluster) -> list[TakeSlots]:
    """The steps by which somebody serves the slots that nobody claims."""
    found = unclaimed.heirs(cluster)
    return [TakeSlots.of(name, slots, sum((cluster[name].held or {}).get(slot, 0) for slot in slots)) for name, slots in found.items()]


def rescue(cluster: Cluster, found: Held, choice: str | None) -> list[CarryKeys] | list[DeleteKeys]:
    """The steps that deal with keys that no client reaches.

    :param found: those keys
    :param choice: KEEP, DELETE, or None where nobody has chosen
    :raises Refused: where there are any and nobody has chosen
    """
    if found and choice not in (KEEP, DELETE):
        told = [open_slots.told_of(name, counts) for name, counts in found.items()]
        raise Refused(
            f"There are keys that no client reaches: {'; '.join(told)}. state=fixed with stray_keys=keep carries them to the members that serve these"
            f" slots, as far as these have no key of the same name; with stray_keys=delete they are deleted.",
            stray_keys={name: {"slots": spell(counts), "key_count": sum(counts.values())} for name, counts in found.items()},
        )
    owners = cluster.owners()
    steps = []
    for name, counts in found.items():
        by_owner: dict[str, set[int]] = {}
        for slot in counts:
            by_owner.setdefault(cluster.name_of(owners.get(slot)) or "", set()).add(slot)
        for owner, slots in by_owner.items():
            keys = sum(counts[slot] for slot in slots)
            why = f"{name} holds {keys} keys of them, which no client reaches since {owner} serves them"
            steps.append((CarryKeys if choice == KEEP else DeleteKeys)(brief(slots), why, name, owner, slots))
    return steps  # type: ignore[return-value]


def carry_out_tell(nodes: Nodes, stage: Sequence[TellOwner], wrong: Wrong) -> None:
    """Tell them, and wait until nothing is wrong: a node that does not find its cluster whole takes no keys."""
    for step in stage:
        form.assign(nodes.connections[step.member], step.slots, step.owner_id)
    _seen, left = nodes.wait_for(wrong, _HEAL)
    if left:
        raise GuestError(f"The cluster is not whole {_HEAL} s after its members were told who serves which slots: {'; '.join(left)}.", faults=left)


def carry_out_take(nodes: Nodes, stage: Sequence[TakeSlots], wrong: Wrong) -> None:
    """Have them taken, and wait until all others have heard of it."""
    seen = nodes.look()
    for step in stage:
        other = next(member.id for member in seen.masters if member.name != step.member)
        form.take_slots(nodes.connections[step.member], step.slots, seen[step.member].id or "", other or "")

    def left(cluster: Cluster) -> list[str]:
        taken = {slot for step in stage for slot in step.slots}
        late = [member.name for member in cluster.reachable if taken - {slot for line in member.view.values() for slot in line.slots}]
        return [f"{name} does not know who serves {brief(taken)}" for name in late] or wrong(cluster)

    _seen, found = nodes.wait_for(left, _HEAL)
    if found:
        raise GuestError(f"The cluster is not whole {_HEAL} s after slots were taken that no member claimed: {'; '.join(found)}.", faults=found)


def carry_out_close(nodes: Nodes, stage: Sequence[CloseSlots]) -> None:
    for step in stage:
        form.close_slots(nodes.connections[step.member], step.slots)


def carry_out_carry(nodes: Nodes, stage: Sequence[CarryKeys], cluster: Cluster) -> None:
    for step in stage:
        owner = cluster[step.owner]
        strays.carry(nodes.connections[step.member], owner.id or "", rules.place(cluster, owner), step.slots, nodes.connections.access)


def carry_out_delete(nodes: Nodes, stage: Sequence[DeleteKeys], cluster: Cluster) -> None:
    for step in stage:
        strays.delete(nodes.connections[step.member], cluster[step.owner].id or "", step.slots)
