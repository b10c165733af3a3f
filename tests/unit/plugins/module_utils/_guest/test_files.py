# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several files in one task, real ones below a temporary directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.stackdb.trove.plugins.module_utils._guest import files
from ansible_collections.stackdb.trove.plugins.module_utils._model.errors import InvalidInput
from ansible_collections.stackdb.trove.plugins.modules import trove_files


def run(*wanted: dict, check_mode: bool = False) -> dict:
    return trove_files.act({"files": [{"content": None, "mode": "0644", **one} for one in wanted]}, check_mode)


def test_what_differs_is_written_and_nothing_else(tmp_path: Path) -> None:
    first, second, former = (str(tmp_path / name) for name in ("new/deep/a.conf", "b.conf", "former"))
    Path(second).write_text("same\n")
    Path(second).chmod(0o644)
    Path(former).write_text("gone")
    wanted = [{"path": first, "content": "one\n"}, {"path": second, "content": "same\n"}, {"path": former}]
    planned = run(*wanted, check_mode=True)
    assert (planned["written"], Path(first).exists(), Path(former).exists()) == ([first, former], False, True)
    assert run(*wanted) == planned
    assert (Path(first).read_text(), os.stat(first).st_mode & 0o777, Path(former).exists()) == ("one\n", 0o644, False)
    assert os.listdir(Path(first).parent) == ["a.conf"]
    assert run(*wanted) == {"changed": False, "written": [], "diff": []}
    assert files.look(first) == files.Found("one\n", 0o644)


def test_a_new_directory_can_be_entered_by_all_whatever_the_umask_is(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        assert run({"path": str(tmp_path / "tls/deep/ca.pem"), "content": "x"})["changed"]
    finally:
        os.umask(before)
    found = [(tmp_path / name).stat().st_mode & 0o777 for name in ("tls", "tls/deep", "tls/deep/ca.pem")]
    assert found == [0o755, 0o755, 0o644]


def test_a_new_directory_has_its_mode_also_where_the_run_is_killed_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    make = os.mkdir

    def mkdir(*given: object) -> None:
        make(*given)  # type: ignore[arg-type]
        raise Killed

    before = os.umask(0o077)
    try:
        monkeypatch.setattr(os, "mkdir", mkdir)
        with pytest.raises(Killed):
            run({"path": str(tmp_path / "tls/ca.pem"), "content": "x"})
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(before)
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o755


def test_a_mode_alone_is_a_change(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("x")
    path.chmod(0o600)
    found = run({"path": str(path), "content": "x"})
    assert (found["written"], path.stat().st_mode & 0o777) == ([str(path)], 0o644)
    assert (found["diff"][0]["before_header"], found["diff"][0]["after_header"]) == (f"{path} (0600)", f"{path} (0644)")


def test_what_is_no_text_is_another_text(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\xff\xfe")
    assert run({"path": str(path), "content": "x"})["changed"]
    assert path.read_text() == "x"


def test_a_link_is_replaced_and_what_it_led_to_stays(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert run({"path": str(tmp_path / "link"), "content": "x"})["changed"]
    assert not (tmp_path / "link").is_symlink()
    assert run({"path": str(tmp_path / "real")})["changed"]


@pytest.mark.parametrize(
    ("wanted", "named"), [({"path": "etc/a"}, "absolute"), ({"path": "/etc/a", "mode": "644"}, "octal"), ({"path": "/a", "mode": "0888"}, "octal")]
)
def test_refused_before_any_file_is_written(wanted: dict, named: str, tmp_path: Path) -> None:
    first = tmp_path / "first"
    with pytest.raises(InvalidInput, match=named):
        run({"path": str(first), "content": "x"}, wanted)
    assert not first.exists()
