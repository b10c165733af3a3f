# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FakeOpenStack is held against openstacksdk: its calls have the real names and arguments, its lists honour the filters that they are given."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest
from ansible_collections.stackdb.trove.tests.unit.fake_cinder import FakeCinder, FakeGlance
from ansible_collections.stackdb.trove.tests.unit.fake_neutron import FakeNeutron
from ansible_collections.stackdb.trove.tests.unit.fake_nova import FakeNova, FakeServer
from ansible_collections.stackdb.trove.tests.unit.fake_openstack import FakeOpenStack
from ansible_collections.stackdb.trove.tests.unit.fake_proxy import FakeProxy, offers, real_proxy
from openstack.compute.v2.server import Server

FAKES = (FakeNova, FakeNeutron, FakeCinder, FakeGlance)
CALLS = [(fake, name) for fake in FAKES for name in offers(fake)]
#: the resource of openstacksdk whose list a call is, for those that are filtered
LISTED = {
    "servers": "openstack.compute.v2.server.Server",
    "subnets": "openstack.network.v2.subnet.Subnet",
    "security_groups": "openstack.network.v2.security_group.SecurityGroup",
    "ports": "openstack.network.v2.port.Port",
}
#: and what is created by a call
CREATED = {
    (FakeNova, "_build"): "openstack.compute.v2.server.Server",
    (FakeNova, "create_server"): "openstack.compute.v2.server.Server",
    (FakeNova, "create_server_group"): "openstack.compute.v2.server_group.ServerGroup",
    (FakeNeutron, "create_security_group"): "openstack.network.v2.security_group.SecurityGroup",
    (FakeNeutron, "update_security_group"): "openstack.network.v2.security_group.SecurityGroup",
    (FakeCinder, "create_volume"): "openstack.block_storage.v3.volume.Volume",
}
#: what a list takes that is no filter
NO_FILTERS = {"self", "details"}


def parameters(function: object) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


def resource(name: str) -> type:
    module, _dot, class_ = name.rpartition(".")
    return getattr(import_module(module), class_)


@pytest.fixture
def cloud() -> FakeOpenStack:
    made = FakeOpenStack()
    for name in ("one", "two"):
        group = made.sdk.network.create_security_group(name=name, description="")
        asked = {"image_id": "i1", "flavor_id": "f1", "networks": [{"uuid": "n1"}], "security_groups": [{"name": group.id}]}
        made.compute.create_server(name=name, **asked, metadata={}, tags=[name])
    return made


@pytest.mark.parametrize(("fake", "name"), CALLS, ids=lambda value: getattr(value, "__name__", value))
def test_a_call_takes_what_the_real_one_takes(fake: type[FakeProxy], name: str) -> None:
    real = parameters(getattr(real_proxy(fake.REAL), name))
    takes_everything = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in real.values())
    own = parameters(getattr(fake, name))
    assert set(own) - set(real) == set() or takes_everything
    for number, (parameter, shape) in enumerate(own.items()):
        if shape.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and parameter in real:
            assert list(real).index(parameter) == number, f"{parameter} is at another place"
            assert (shape.default is inspect.Parameter.empty) >= (real[parameter].default is inspect.Parameter.empty), f"{parameter} is not optional"


@pytest.mark.parametrize(("fake", "name"), CALLS, ids=lambda value: getattr(value, "__name__", value))
def test_an_argument_that_the_real_one_refuses_is_refused(fake: type[FakeProxy], name: str, cloud: FakeOpenStack) -> None:
    with pytest.raises(TypeError):
        getattr(fake(cloud), name)(*range(9))
    with pytest.raises(TypeError):
        getattr(fake(cloud), name)(nonsense=1)


@pytest.mark.parametrize(("fake", "name"), [call for call in CALLS if call[1] in LISTED], ids=lambda value: getattr(value, "__name__", value))
def test_the_real_list_has_the_filters_too(fake: type[FakeProxy], name: str) -> None:
    assert set(parameters(getattr(fake, name))) - NO_FILTERS <= set(resource(LISTED[name])._query_mapping._mapping)


@pytest.mark.parametrize(("fake", "name"), CREATED, ids=lambda value: getattr(value, "__name__", value))
def test_what_is_created_has_these_attributes(fake: type[FakeProxy], name: str) -> None:
    """openstacksdk passes by what it does not know, without a word."""
    given = {key for key, parameter in parameters(getattr(fake, name)).items() if parameter.kind is not inspect.Parameter.VAR_KEYWORD}
    known = resource(CREATED[fake, name])
    assert {key for key in given - {"self", "host", "group", "security_group", "if_revision"} if not hasattr(known, key)} == set()


@pytest.mark.parametrize(
    ("ask", "found"),
    [
        (lambda cloud: cloud.compute.servers(tags="one"), ["one"]),
        (lambda cloud: cloud.compute.servers(name="^two$"), ["two"]),
        (lambda cloud: cloud.compute.servers(status="ERROR"), []),
        (lambda cloud: cloud.compute.servers(details=False), ["one", "two"]),
        (lambda cloud: cloud.sdk.network.security_groups(name="one"), ["one"]),
        (lambda cloud: cloud.sdk.network.subnets(network_id="other"), []),
        (lambda cloud: cloud.sdk.network.ports(security_group_ids="other"), []),
        (lambda cloud: cloud.get_volumes("/volumes/detail", {"metadata": "{'a': 'b'}"})["volumes"], []),
    ],
)
def test_a_list_honours_its_filters(cloud: FakeOpenStack, ask, found: list[str]) -> None:
    assert [thing.name for thing in ask(cloud)] == found


def test_a_server_replaces_its_metadata_as_the_real_one_does(cloud: FakeOpenStack) -> None:
    assert list(parameters(FakeServer.replace_metadata)) == list(parameters(Server.replace_metadata))
    one, two = cloud.compute.servers()
    cloud.compute.set_server_metadata(two.id, kept="yes")
    one.replace_metadata(cloud.compute, {"a": "b"})
    assert [server.metadata for server in cloud.compute.servers()] == [{"a": "b"}, {"kept": "yes"}]


def test_the_fakes_have_what_the_cloud_has() -> None:
    """The attributes that `_cloud` reads of its connection."""
    from ansible_collections.stackdb.trove.plugins.module_utils._cloud.connection import Cloud

    assert {name for name in vars(Cloud) if not name.startswith("_")} <= set(dir(FakeOpenStack()))
    for name in ("list_servers", "get_volumes"):
        assert list(parameters(getattr(Cloud, name))) == list(parameters(getattr(FakeOpenStack, name)))
