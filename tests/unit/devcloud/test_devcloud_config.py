# SPDX-License-Identifier: GPL-3.0-or-later
import configparser
import stat

import pytest
from control import config, console
from control.settings import COMPUTES, Settings


def read(path):
    # oslo.config joins sections of one name, as this does.
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read(path)
    return parser


def test_every_file_is_rendered_and_for_root_alone(settings):
    config.render_all(settings)
    for name in [*config.SERVICES, *(f"{compute}.conf" for compute in COMPUTES)]:
        path = settings.conf / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "$" not in path.read_text()
    for path in (settings.clouds_yaml, settings.state / "secrets.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_computes_do_not_know_the_database(settings):
    config.render_all(settings)
    for compute in COMPUTES:
        rendered = read(settings.conf / f"{compute}.conf")
        assert rendered["DEFAULT"]["host"] == compute
        assert not rendered.has_section("database")
        assert settings.secrets["database"] not in (settings.conf / f"{compute}.conf").read_text()
    assert read(settings.conf / "nova.conf").has_section("api_database")


def test_secrets_outlive_the_process_and_differ(settings):
    again = Settings(settings.state)
    assert again.secrets == settings.secrets
    assert len(set(settings.secrets.values())) == len(settings.secrets)
    assert Settings(settings.state / "other", 16000).port("nova") == 16774


def test_ports_chosen_by_the_first_up_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("DEVCLOUD_PORT_BASE", "17000")
    first = Settings.load(tmp_path / "one")
    first.make_directories()
    monkeypatch.delenv("DEVCLOUD_PORT_BASE")
    assert Settings.load(tmp_path / "one").port_base == 17000
    assert Settings.load(tmp_path / "two").port_base == 15000


@pytest.mark.parametrize("given", ["", "abc", "80", "64001", "-1"])
def test_a_senseless_port_base_is_refused(tmp_path, monkeypatch, given):
    monkeypatch.setenv("DEVCLOUD_PORT_BASE", given)
    with pytest.raises(console.Failure, match="DEVCLOUD_PORT_BASE"):
        Settings.load(tmp_path)


def test_a_directory_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(console.Failure, match="neither empty nor a state directory"):
        Settings.load(tmp_path).make_directories()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_forgotten_name_in_a_template_is_an_error():
    with pytest.raises(KeyError):
        config.render("mariadb.cnf", {"host": "127.0.0.1"})
