# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A choice of cases in which every two values of different factors meet at least once (pairwise, "all pairs")."""

from __future__ import annotations

from itertools import combinations, product


def cover(factors, valid=lambda case: True):
    """Cases that cover all pairs which a valid case has: ``[{factor: value}]``. Greedy and deterministic, near the smallest number.

    :param factors: ``{name: [values]}``
    :param valid: whether a case, which may not have all factors yet, can become a real one
    """
    wanted = {pair for pair in _pairs(factors) if valid(dict(pair))}
    cases = []
    while wanted:
        # in the factors' own order, so that a run is as the one before
        first = min(wanted, key=lambda pair: _place(factors, pair))
        case = dict(first)
        for name in sorted((name for name in factors if name not in case), key=lambda name: -len(factors[name])):
            case[name] = max((value for value in factors[name] if valid({**case, name: value})), key=lambda value: _gain(case, name, value, wanted))
        wanted -= set(_within(case))
        cases.append({name: case[name] for name in factors})
    return cases


def every(factors, valid=lambda case: True):
    """All valid cases."""
    return [case for values in product(*factors.values()) if valid(case := dict(zip(factors, values, strict=True)))]


def _pairs(factors):
    for one, other in combinations(factors, 2):
        yield from (frozenset([(one, a), (other, b)]) for a in factors[one] for b in factors[other])


def _within(case):
    return (frozenset(pair) for pair in combinations(case.items(), 2))


def _place(factors, pair):
    names = list(factors)
    return sorted((names.index(name), factors[name].index(value)) for name, value in pair)


def _gain(case, name, value, wanted):
    return sum(frozenset([(name, value), item]) in wanted for item in case.items())
