# SPDX-License-Identifier: GPL-3.0-or-later
import pytest
from control import cli, console, lifecycle


def test_only_computes_can_be_halted(settings):
    with pytest.raises(console.Failure, match=r"no such compute: compute7, nova-api \(there are: compute1, "):
        lifecycle.halt(settings, ["nova-api", "compute2", "compute7"])


@pytest.mark.parametrize(("words", "names"), [(["image", "debian-13"], ["debian-13"]), (["halt", "compute1", "compute2"], ["compute1", "compute2"])])
def test_some_commands_are_given_names(words, names):
    assert cli.parse(words).names == names


@pytest.mark.parametrize("words", [["halt"], ["up", "compute1"]])
def test_others_are_refused(words, capsys):
    with pytest.raises(SystemExit):
        cli.parse(words)
    assert "usage: devcloud" in capsys.readouterr().err
