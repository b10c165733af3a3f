# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options as YAML, `-e name=value` and AWX surveys give them: all three read the same."""

from __future__ import annotations

import json
import random
import string

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import options
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput

SPEC = {
    "text": {"type": "str"},
    "choice": {"type": "str", "choices": ["affinity", "anti-affinity"]},
    "flag": {"type": "bool"},
    "count": {"type": "int"},
    "share": {"type": "float"},
    "names": {"type": "list", "elements": "str"},
    "numbers": {"type": "list", "elements": "int"},
    "some": {"type": "list", "elements": "str", "choices": ["a", "b"]},
    "dicts": {"type": "list", "elements": "dict", "options": {"name": {"type": "str", "required": True}, "size": {"type": "int", "default": 1}}},
    "free": {"type": "dict"},
    "adopt": {"type": "dict", "options": {"datastore": {"type": "str", "choices": ["mariadb", "mysql"], "required": True}, "version": {"type": "str"}}},
    "any": {"type": "raw"},
    "secret": {"type": "str", "no_log": True, "choices": ["only"]},
    "secrets": {"type": "dict", "no_log": True, "options": {"port": {"type": "int"}}},
}
TRUE, FALSE = ("y", "yes", "on", "1", "true", "t"), ("n", "no", "off", "0", "false", "f")
WORDS = string.ascii_letters + string.digits + "-_.:/äß漢é'\"\\{}#%"


def read(**given):
    return options.read(SPEC, given)


def words(seed: int) -> list[str]:
    """Names as a user may have: no comma, no space at the ends, not in brackets."""
    made = random.Random(seed)
    return ["n" + "".join(made.choices(WORDS, k=made.randint(0, 12))) for _number in range(made.randint(1, 5))]


@pytest.mark.parametrize("empty", [None, "", " ", "\t\n", "\u00a0", "\u2003"])
def test_empty_is_unset_whatever_the_type(empty):
    assert options.read(SPEC, dict.fromkeys(SPEC, empty)) == {}


@pytest.mark.parametrize("text", [",", " , ,", ",,"])
def test_a_list_without_a_word_is_unset(text):
    assert read(names=text, numbers=text) == {}


def test_an_empty_list_or_dict_in_yaml_is_given():
    assert read(names=[], free={}, any=[]) == {"names": [], "free": {}, "any": []}


@pytest.mark.parametrize(("words", "value"), [(TRUE, True), (FALSE, False)])
def test_true_and_false_in_ansibles_words(words, value):
    for word in words:
        for written in (word, word.upper(), word.capitalize(), f" {word}\n"):
            assert read(flag=written) == {"flag": value}
    assert read(flag=value) == read(flag=int(value)) == {"flag": value}


@pytest.mark.parametrize("given", ["flase", "2", 2, -1, "truefalse", [], ["true"], {}, "ｔｒｕｅ"])  # codespell:ignore flase
def test_what_is_neither_true_nor_false_is_refused(given):
    with pytest.raises(InvalidInput, match="^flag: .* was given; allowed: true or false"):
        read(flag=given)


@pytest.mark.parametrize("number", [0, 1, -1, 3, 600, 10**12])
def test_a_number_as_number_and_as_text(number):
    assert read(count=number, share=number) == read(count=str(number), share=f" {number} ") == {"count": number, "share": number}
    assert isinstance(read(count=str(number))["count"], int)


@pytest.mark.parametrize("given", ["three", "3.5", 3.5, True, [], [3], {}, "3 4", "0x10", "9" * 5000])
def test_what_is_no_whole_number_is_refused(given):
    with pytest.raises(InvalidInput, match="^count: "):
        read(count=given)


@pytest.mark.parametrize("given", ["five", True, [], {}, "nan", "inf", float("nan"), float("-inf"), "1,5", 10**400])
def test_what_is_no_number_is_refused(given):
    with pytest.raises(InvalidInput, match="^share: "):
        read(share=given)


def test_a_number_with_a_point():
    assert read(share="2.5") == read(share=2.5) == {"share": 2.5}


def test_a_text_stays_as_it_is_and_a_number_becomes_one():
    assert read(text=" two words ") == {"text": " two words "}
    assert read(text=10.11) == {"text": "10.11"}
    assert read(text=12345678) == {"text": "12345678"}


def test_a_line_loses_the_newline_behind_it_and_several_lines_and_secrets_lose_nothing():
    assert read(text="products\n") == read(text="products\r\n") == {"text": "products"}
    assert read(text="a\nb\n") == {"text": "a\nb\n"}
    assert options.read({"secret": {"no_log": True}}, {"secret": "hunter2\n"}) == {"secret": "hunter2\n"}


@pytest.mark.parametrize("given", ["~", "~/x", "$HOME/x", "var/lib", ".", "/a\nb", ["/a"]])
def test_a_path_is_absolute(given):
    assert options.read({"dir": {"type": "path"}}, {"dir": " /var/lib/x\n"}) == {"dir": "/var/lib/x"}
    with pytest.raises(InvalidInput, match="^dir: "):
        options.read({"dir": {"type": "path"}}, {"dir": given})


@pytest.mark.parametrize("given", [["a"], {"a": 1}, ("a",)])
def test_a_text_that_is_a_list_or_a_dict_is_refused(given):
    with pytest.raises(InvalidInput, match="^text: .* allowed: a text"):
        read(text=given)


def test_choices_of_a_text_and_of_a_lists_elements():
    assert read(choice="affinity", some="a, b") == {"choice": "affinity", "some": ["a", "b"]}
    with pytest.raises(InvalidInput, match="^choice: 'afinity' was given; allowed: one of affinity, anti-affinity"):
        read(choice="afinity")  # codespell:ignore afinity
    with pytest.raises(InvalidInput, match="^some: 'c' was given; allowed: one of a, b"):
        read(some="a,c")


@pytest.mark.parametrize("seed", range(200))
def test_a_list_reads_the_same_however_it_is_written(seed):
    names = words(seed)
    ways = [names, tuple(names), ",".join(names), " , ".join(names), json.dumps(names), json.dumps(names, ensure_ascii=False), f" {names!r} "]
    assert [read(names=way)["names"] for way in ways] == [names] * len(ways)


def test_one_word_is_a_list_of_one():
    assert read(names="sess-member-4") == read(names=["sess-member-4"]) == {"names": ["sess-member-4"]}
    assert read(names=5, numbers="5") == {"names": ["5"], "numbers": [5]}


def test_elements_are_typed_and_empty_ones_left_out():
    assert read(numbers="1, 2,,3", names=["a", "", None, " "]) == {"numbers": [1, 2, 3], "names": ["a"]}
    with pytest.raises(InvalidInput, match=r"^numbers\[1\]: 'two' was given; allowed: a whole number"):
        read(numbers="1,two")
    with pytest.raises(InvalidInput, match=r"^names\[0\]: \['a'\] was given; allowed: a text"):
        read(names=[["a"]])


@pytest.mark.parametrize("text", ["[a, b]", "[", "['a'", '["a", ]b', "[__import__('os')]", '{"a": 1}, [b'])
def test_a_list_that_is_cut_is_refused_and_never_empty(text):
    if text.startswith("{"):
        assert read(names=text)["names"]
        return
    with pytest.raises(InvalidInput, match="^names: .* allowed: a list, as YAML or JSON, or words with commas between"):
        read(names=text)


def test_a_list_of_dicts():
    wanted = [{"name": "a", "size": 2}, {"name": "b", "size": 1}]
    given = [{"name": "a", "size": "2"}, {"name": "b"}]
    assert read(dicts=given) == read(dicts=json.dumps(given)) == {"dicts": wanted}
    with pytest.raises(InvalidInput, match=r"^dicts\[0\].nmae: 'a' was given; allowed: one of name, size"):  # codespell:ignore nmae
        read(dicts=[{"nmae": "a"}])  # codespell:ignore nmae
    with pytest.raises(InvalidInput, match=r"^dicts\[1\].name: None was given; allowed: a value, it is required"):
        read(dicts=[{"name": "a"}, {"size": 3}])


@pytest.mark.parametrize("seed", range(100))
def test_a_dict_reads_the_same_however_it_is_written(seed):
    made = random.Random(seed)
    weights = {name: made.choice([0, 1, 2.5, "x"]) for name in words(seed)}
    ways = [weights, json.dumps(weights), f" {weights!r}"]
    assert [read(free=way)["free"] for way in ways] == [weights] * len(ways)


def test_a_dict_as_pairs():
    assert read(free="sess-member-4=2, sess-member-1=0.5") == {"free": {"sess-member-4": "2", "sess-member-1": "0.5"}}
    assert read(adopt="datastore=mysql,version=8.4") == {"adopt": {"datastore": "mysql", "version": "8.4"}}


@pytest.mark.parametrize("given", ["a", "a=1,b", "=1", ",", "{a: 1}", "{", "[]", ["a"], 5, True])
def test_what_is_no_dict_is_refused(given):
    with pytest.raises(InvalidInput, match="^free: .* allowed: a dict, as YAML or JSON, or name=value with commas between"):
        read(free=given)


def test_suboptions_are_typed_checked_and_required():
    assert read(adopt={"datastore": "mysql", "version": 9}) == {"adopt": {"datastore": "mysql", "version": "9"}}
    assert read(adopt={"datastore": "mysql", "version": ""}) == {"adopt": {"datastore": "mysql"}}
    with pytest.raises(InvalidInput, match="^adopt.datastore: 'oracle' was given; allowed: one of mariadb, mysql"):
        read(adopt={"datastore": "oracle"})
    with pytest.raises(InvalidInput, match="^adopt.datastore: None was given; allowed: one of mariadb, mysql"):
        read(adopt={"version": "9"})
    with pytest.raises(InvalidInput, match="^adopt.datastor: 'mysql' was given; allowed: one of datastore, version"):
        read(adopt={"datastor": "mysql"})


def test_raw_takes_json_and_leaves_everything_else():
    members = [{"flavor": "db.small"}, {"flavor": "db.small"}]
    assert read(any=json.dumps(members)) == read(any=members) == {"any": members}
    for value in (3, "3", "[not json", True, 1.5, {"a": 1}):
        assert read(any=value) == {"any": value}


@pytest.mark.parametrize("given", [{"secret": "hunter2"}, {"secret": ["hunter2"]}, {"secrets": "hunter2"}, {"secrets": {"hunter": 2}, "x": "hunter2"}])
def test_a_secret_is_not_in_the_message(given):
    if "x" in given:
        given = {"secrets": {"port": "hunter2"}}
    with pytest.raises(InvalidInput, match="a secret") as caught:
        options.read(SPEC, given)
    assert "hunter2" not in caught.value.message + str(caught.value.details)


def test_defaults_fill_what_is_unset_and_nothing_else():
    spec = {"a": {"default": False}, "b": {"default": 600}, "c": {}, "d": {"default": None}}
    assert options.defaults(spec, {}) == {"a": False, "b": 600}
    assert options.defaults(spec, {"a": True, "c": "x", "b": 0}) == {"a": True, "b": 0, "c": "x"}


def test_what_is_required_and_unset():
    spec = {"a": {"required": True}, "b": {"required": True}, "c": {}}
    assert options.missing(spec, {"b": False}) == ["a"]


def test_the_nearest_known_name():
    assert options.unknown(["localtiy", "name", "zzzzzzzz"], ["locality", "name"]) == {"localtiy": "locality", "zzzzzzzz": None}
