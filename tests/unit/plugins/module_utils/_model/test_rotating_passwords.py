# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What proves that accounts have new passwords."""

from __future__ import annotations

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._model import rotating, rotating_passwords
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.module_utils._model.evidence import Word

AT = {"a": "10.0.0.1", "b": "10.0.0.2"}
PUBLISH, TURN = (rotating.Wanted(("passwords",), "r1", phase) for phase in ("publish", "turn"))
OPTIONS = {"rotate": ["passwords"], "rotate_phase": "publish", "keep_old_authority": False, "older_than": 0}
CAN = ("certificates", "authority", "passwords")


def words(pending: bool, **changes: object) -> dict[str, Word]:
    """All is well.

    :param changes: of the second member, by account
    """
    clients = {"pending": pending, "newest": True, "others": int(pending), "used": None, "refused": dict.fromkeys(AT.values())}
    clients["present"] = dict.fromkeys(AT.values()) if pending else {}
    own = {"pending": False, "newest": True, "others": 0, "used": True, "refused": dict.fromkeys(AT.values())}
    second = {"default": {**clients, **changes.get("default", {})}, "trove": {**own, **changes.get("trove", {})}}
    return {"a": Word({"rotation": {"passwords": {"default": clients, "trove": own}}}), "b": Word({"rotation": {"passwords": second}})}


def test_all_is_well():
    for dropped in (False, True):
        assert rotating.unproven(PUBLISH, AT, words(True), dropped) == []
        assert rotating.unproven(TURN, AT, words(False), dropped) == []
    assert "next.password" in rotating.said(PUBLISH, words(True))
    assert "one password" in rotating.said(TURN, words(False))


def test_a_turn_that_found_nothing_to_turn_to_says_so():
    assert "none had been published" in rotating.said(TURN, words(False), before=words(False))
    for before in (words(True), words(False, default={"pending": True}), {"a": Word(silent="it is unreachable")}):
        assert "one password" in rotating.said(TURN, words(False), before=before)


@pytest.mark.parametrize(
    ("rotation", "account", "changes", "text"),
    [
        (PUBLISH, "trove", {"newest": False}, "the server of b does not accept the new password of the account trove that is on its disk"),
        (PUBLISH, "trove", {"used": False}, "the links of b do not use the new password"),
        (PUBLISH, "trove", {"refused": {"10.0.0.1": "WRONGPASS"}}, "b cannot authenticate as trove at a with the new password: WRONGPASS"),
        (TURN, "default", {"refused": {"10.0.0.1": None}}, "b cannot authenticate as default at b with the new password: nobody tried"),
        (PUBLISH, "default", {"pending": False}, "b has no new password of the account default beside the present one"),
        (PUBLISH, "default", {"present": {"10.0.0.2": None}}, "b cannot authenticate as default at a with the present password: nobody tried"),
        (PUBLISH, "default", {"others": 0}, "b has no new password of the account default beside the present one"),
    ],
)
def test_what_is_not_proven_before_anything_is_dropped(rotation, account, changes, text):
    assert text in rotating.unproven(rotation, AT, words(rotation is PUBLISH, **{account: changes}), dropped=False)


def test_what_is_dropped_in_the_end():
    """A turn drops all, since a first run may have been given up, and the first run nothing of clients."""
    assert rotating.unproven(TURN, AT, words(False, trove={"others": 1})) == ["b still accepts a former password of the account trove"]
    assert rotating.unproven(TURN, AT, words(False, trove={"pending": True}), dropped=False) == []
    left = words(False, default={"others": 1})
    assert rotating.unproven(TURN, AT, left, dropped=False) == []
    assert rotating.unproven(TURN, AT, left) == ["b still accepts a former password of the account default"]
    assert rotating.unproven(TURN, AT, words(False, default={"pending": True})) == ["b still accepts a former password of the account default"]
    assert rotating.unproven(PUBLISH, AT, words(True, trove={"pending": True}), dropped=False) == []
    assert rotating.unproven(PUBLISH, AT, words(True, trove={"others": 1})) == ["b still accepts a former password of the account trove"]


def test_who_says_nothing():
    silent = {**words(True), "b": Word({"rotation": {"passwords": {}}}), "a": Word(silent="it is unreachable")}
    assert rotating.unproven(PUBLISH, AT, silent) == ["a says nothing: it is unreachable"]
    some = {**words(True), "b": Word({"rotation": {"presented": {}}})}
    assert "b does not say which passwords it accepts of the account trove" in rotating.unproven(PUBLISH, AT, some)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"rotate": ["passwords", "certificates"]}, "passwords alone"),
        ({"older_than": 3}, "trove_older_than: 3 was given"),
        ({"ca_file": "ca.pem"}, "trove_ca_file: 'ca.pem' was given"),
        ({"keep_old_authority": True}, "trove_keep_old_authority"),
    ],
)
def test_what_nothing_can_be_meant_by(options, text):
    with pytest.raises(InvalidInput) as caught:
        rotating.check({**OPTIONS, **options}, CAN, "")
    assert text in caught.value.message
    rotating.check({**OPTIONS, "rotate_phase": "turn"}, CAN, "")


def test_what_is_said_in_the_end_is_of_the_run_that_ends():
    began = [{"passwords": {"default": {"pending": pending}, "trove": {"pending": False}}} for pending in (True, False)]
    assert rotating_passwords.said(False, began) == rotating_passwords.PUBLISHED
    assert rotating_passwords.said(True, began) == rotating_passwords.TURNED
    assert rotating_passwords.said(True, began[1:]) == rotating_passwords.NOTHING
