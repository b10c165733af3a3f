# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures of clusters and of instances: well-formed, every member named, nothing over something else, and the same text for the same state."""

from __future__ import annotations

import itertools
import random
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._view import card_svg, cards, layout, palette, placed, scene, svg, text_width
from ansible_collections.stackdb.trove.tests.unit import pictured

NS = "{http://www.w3.org/2000/svg}"
SCENES = pictured.scenes()
NAMES = ["n", "a-very-long-name-of-a-member-that-nobody-can-read-1", "<&>\"'{}", "データベース-1", "Ümläut-i1l", "x" * 255]


def drawn(shown):
    return ElementTree.fromstring(svg.picture(shown))


def number(node, key):
    return float(node.get(key))


def rectangle(node):
    x, y = number(node, "x"), number(node, "y")
    return x, y, x + number(node, "width"), y + number(node, "height")


def boxes(root):
    """[(group of the card, its rectangle)]"""
    found = []
    for group in root.iter(f"{NS}g"):
        rects = [one for one in group.iter(f"{NS}rect") if one.get("class").split()[0] == "card"]
        found += [(group, rectangle(one)) for one in rects]
    return found


def texts(node):
    """[(text, left, right, baseline)] of what is written, as wide as it can be."""
    for one in node.iter(f"{NS}text"):
        text, bold = "".join(one.itertext()), "bold" in one.get("class").split()
        wide = text_width.width(text, number(one, "font-size"), bold)
        left = number(one, "x") - {"end": wide, "middle": wide / 2}.get(one.get("text-anchor"), 0)
        yield text, left, left + wide, number(one, "y")


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def check(shown):
    root = drawn(shown)
    found = boxes(root)
    members = [card for group in shown.groups for card in group.cards]
    assert sorted(next(group.iter(f"{NS}title")).text.splitlines()[0] for group, _box in found) == sorted(card.name for card in members)
    page = (0, 0, number(root, "width"), number(root, "height"))
    for (_group, one), (_other_group, other) in itertools.combinations(found, 2):
        assert not overlap(one, other)
    for group, (left, top, right, bottom) in found:
        assert page[0] <= left <= right <= page[2]
        assert page[1] <= top <= bottom <= page[3]
        for text, begin, end, base in texts(group):
            assert left < begin <= end <= right, f"{text!r} leaves its box"
            assert top + 8 < base < bottom, f"{text!r} leaves its box"
    for text, begin, end, base in texts(root):
        assert 0 <= begin <= end <= page[2], f"{text!r} leaves the page"
        assert base <= page[3], f"{text!r} leaves the page"
    for label in labels(root, found):
        for _group, box in found:
            assert not overlap(label, box)


def labels(root, found):
    """The rectangles of texts that are said of links."""
    inside = {id(text) for group, _box in found for text in group.iter(f"{NS}text")}
    lines = [one for one in root.iter(f"{NS}text") if id(one) not in inside and one.get("font-size") == "11" and not (one.text or "").startswith("slot ")]
    for one in lines:
        if one.text == "16383":
            continue
        wide = text_width.width(one.text or "", 11)
        left = number(one, "x") - (wide / 2 if one.get("text-anchor") == "middle" else 0)
        yield left, number(one, "y") - 8, left + wide, number(one, "y") + 2


@pytest.mark.parametrize("name", SCENES)
def test_picture_is_well_formed_and_nothing_lies_over_something_else(name):
    check(SCENES[name])


def generated(seed):
    """A state by chance: many or few, some down or silent or without a server, odd names."""
    chance = random.Random(seed)
    count = chance.randint(1, 12)
    rename = chance.choice([None, *NAMES])
    kind = chance.choice(["galera", "redis", "instances"])
    if kind == "instances":
        names = [f"{rename or 'orders'}-{number}" for number in range(1, count + 1)]
        sources = {name: chance.choice([None, *names, "gone-id"]) for name in names}
        sources = {name: None if sources[name] == name else sources[name] for name in names}
        thing = pictured.replication(sources, writable=chance.choice([None, True, False]))
        silent = chance.sample(names, chance.randint(0, count // 2))
        return pictured.of_instances(*pictured.silenced(thing, *silent))[0]
    if kind == "galera":
        thing = pictured.galera(count, name=rename or "products", counted=[f"10.0.0.{number}" for number in range(1, count + chance.randint(0, 3))])
    else:
        masters = chance.randint(1, count)
        down = chance.sample(range(1, count + 1), chance.randint(0, count // 2))
        thing = pictured.redis(masters, count - masters, name=rename or "sessions", strangers=chance.sample(range(50, 60), chance.randint(0, 2)), down=down)
    names = [one["name"] for one in thing[0]["instances"]]
    thing = pictured.silenced(thing, *chance.sample(names, chance.randint(0, count // 2)))
    gone = chance.sample(names, chance.randint(0, count // 3))
    return pictured.of_cluster(*pictured.without(thing, *gone))[0]


@pytest.mark.parametrize("seed", range(60))
def test_picture_of_any_state_holds_together(seed):
    check(generated(seed))


def test_same_state_is_the_same_text_in_whatever_order_members_answer():
    cluster, words = pictured.redis(3, 3, down=(2,))
    back = dict(reversed(words.items()))
    assert svg.picture(pictured.of_cluster(cluster, words)[0]) == svg.picture(pictured.of_cluster(cluster, back)[0])
    later = pictured.findings.Limits(pictured.NOW + 86400)
    assert svg.picture(pictured.of_cluster(cluster, words)[0]) == svg.picture(pictured.of_cluster(cluster, words, limits=later)[0])


def test_text_is_escaped_and_nothing_is_loaded_or_run():
    cluster, words = pictured.galera(1, name="<script>alert(1)</script>")
    text = svg.picture(pictured.of_cluster(cluster, words)[0])
    assert "<script" not in text
    assert re.findall(r"(?:href|url\(|@import|\bon[a-z]+=)", text) == []


def test_what_is_wrong_is_red_and_the_rest_is_not():
    root = drawn(SCENES["redis_6_down"])
    states = {next(group.iter(f"{NS}title")).text.splitlines()[0]: next(group.iter(f"{NS}rect")).get("class") for group, _box in boxes(root)}
    bad = [name for name, kind in states.items() if kind == "card bad"]
    assert sorted(bad) == ["sessions-member-2", "sessions-member-5"]
    assert [path.get("class") for path in root.iter(f"{NS}path")].count("link bad") == 1
    assert "2 errors" in "".join(root.itertext())


def test_slots_that_nobody_serves_are_seen():
    kinds = [one.get("class") for one in drawn(SCENES["redis_unserved"]).iter(f"{NS}rect")]
    assert kinds.count("gap") == 1
    # and those of a master that is down
    assert [span.name for span in SCENES["redis_6_down"].spans if span.down] == ["sessions-member-2"]
    assert "gap" not in [one.get("class") for one in drawn(SCENES["redis_6"]).iter(f"{NS}rect")]


def test_a_wrong_host_is_marked_on_those_that_are_there():
    cards_ = {card.name: card for card in SCENES["redis_6_one_host"].groups[0].cards}
    assert [name for name, card in cards_.items() if card.host_wrong] == ["sessions-member-5", "sessions-member-6"]
    assert cards_["sessions-member-5"].host == cards_["sessions-member-6"].host


def test_light_and_dark_are_in_the_file_and_every_class_has_a_colour_in_both():
    light, _media, dark = palette.STYLE.partition("@media (prefers-color-scheme:dark)")
    for kind in ("page", "ink", "dim", "frame", "card", "chip"):
        assert f".{kind}{{fill:" in light
        assert f".{kind}{{fill:" in dark
    used = {name for shown in SCENES.values() for node in drawn(shown).iter() for name in (node.get("class") or "").split()}
    assert {name for name in used if f".{name}" not in palette.STYLE} <= {"link", "tip", "edge", "said", "pill", "fill"}


def test_long_name_keeps_its_end():
    shown = text_width.cut_middle("a-very-long-name-of-a-member-17", 120, 14, bold=True)
    assert shown.endswith("17")
    assert "…" in shown
    assert text_width.width(shown, 14, bold=True) <= 120


# Widths of DejaVu Sans, in pixels at size 100, as PIL measures them.
@pytest.mark.parametrize(("text", "real"), [("products-1", 536), ("wsrep_local_recv_queue", 1209), ("WWWWmmmm", 785), ("illi.", 143), ("0-5461", 354)])
def test_widths_are_no_less_than_those_of_a_wide_font(text, real):
    assert real <= text_width.width(text, 100) <= 1.6 * real


def test_lines_are_wrapped_and_a_word_that_is_too_long_is_cut():
    assert text_width.wrap("one two three", text_width.width("one two", 12) + 1, 12) == ["one two", "three"]
    assert text_width.wrap("x" * 99, 80, 12)[0].endswith("…")


@pytest.mark.parametrize(("count", "across"), [(1, 1), (3, 3), (4, 4), (5, 3), (9, 3), (8, 4), (12, 4)])
def test_rows_are_about_as_long_as_each_other(count, across):
    assert placed.columns(count) == across


def test_ring_is_closed_by_arrows_between_neighbours():
    (group,) = SCENES["ring"].groups
    assert group.kind == scene.RING
    found = layout.place(group, 100)
    assert [path.bend for path in found.paths] == [None] * 4
    assert cards.address({"ip": ["10.0.0.1"]}) == cards.address({"ip": "10.0.0.1"}) == "10.0.0.1"
    assert card_svg.card_height([]) > 0


def test_picture_in_the_readme_is_the_one_that_is_drawn():
    path = Path(__file__).resolve().parents[5] / "docs" / "pictures" / "sessions.svg"
    assert path.read_text(encoding="utf-8") == svg.picture(SCENES["redis_6_down"])
