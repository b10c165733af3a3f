# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model.contract import Contract
from ansible_collections.stackdb.trove.plugins.module_utils._model.shapes import ALONE, CHAIN, MESH, RING, STAR, say, shapes

NAMES = {"1": "a", "2": "b", "3": "c", "4": "d"}


def contracts(**sources):
    """By the name of each the names of its sources."""
    ids = {name: id_ for id_, name in NAMES.items()}
    found = {ids[name]: Contract(replicates_from=tuple(ids.get(one, one) for one in of.split())) for name, of in sources.items()}
    return {id_: Contract(tuple(o for o, own in found.items() if id_ in own.replicates_from), one.replicates_from) for id_, one in found.items()}


@pytest.mark.parametrize(
    ("sources", "kinds", "lines"),
    [
        ({"a": ""}, [ALONE], ["a"]),
        ({"a": "", "b": ""}, [ALONE, ALONE], ["a", "b"]),
        ({"a": "c", "b": "c", "c": ""}, [STAR], ["star: c -> a, b"]),
        ({"a": "", "b": "a", "c": "b"}, [CHAIN], ["chain: a -> b -> c"]),
        ({"a": "b", "b": "c", "c": ""}, [CHAIN], ["chain: c -> b -> a"]),
        ({"a": "", "b": "a", "c": "b", "d": "b"}, [CHAIN], ["tree: a -> b, b -> c, b -> d"]),
        ({"a": "c", "b": "a", "c": "b"}, [RING], ["ring: a -> b -> c -> a"]),
        ({"a": "b", "b": "c", "c": "a"}, [RING], ["ring: a -> c -> b -> a"]),
        ({"a": "b", "b": "a"}, [RING], ["ring: a -> b -> a"]),
        ({"a": "b", "b": "a", "c": "a"}, [MESH], ["mesh: b -> a, a -> b, a -> c"]),
        ({"a": "", "b": "", "c": "a b"}, [MESH], ["mesh: a -> c, b -> c"]),
        ({"a": "", "b": "a", "c": "", "d": "c"}, [STAR, STAR], ["star: a -> b", "star: c -> d"]),
        ({"a": "gone"}, [ALONE], ["a"]),
    ],
)
def test_each_group_is_called_what_it_is(sources, kinds, lines):
    found = contracts(**sources)
    groups = shapes(found, NAMES)
    assert [shape.kind for shape in groups] == kinds
    assert [say(shape, found, NAMES) for shape in groups] == lines
    assert sorted(id_ for shape in groups for id_ in shape.ids) == sorted(found)
