# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated cloud of as many clusters as one likes, for what reads them: Keystone, Nova's and Cinder's lists, over HTTP. No OpenStack runs behind it.

It answers what the collection asks for to list clusters, as the real ones do: with their pages and links, and filtered by tag and metadata. All else is
answered with 404 and noted in `unknown`. `differences` compares its answers with a real cloud's; `make bench-scale` does so with the embedded cloud's.
"""

from __future__ import annotations

import ast
import json
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import NAMESPACE_OID, uuid5

PROJECT, USER, NETWORK, IMAGE, FLAVOR = (str(uuid5(NAMESPACE_OID, name)) for name in ("project", "user", "network", "image", "flavor"))
#: what Nova and Cinder give at most in one page (max_limit, osapi_max_limit)
PAGE = 1000
_TIME = "2026-03-14T20:19:23"
#: whose keys are the user's, so that no two are alike
_FREE = {"metadata", "addresses", "scheduler_hints", "rules", "extra_specs"}


def _id(*words: object) -> str:
    return str(uuid5(NAMESPACE_OID, "/".join(map(str, words))))


def cluster_name(number: int) -> str:
    return f"many-{number}"


def server(base: str, cluster: int, number: int) -> dict[str, Any]:
    """A member as Nova shows it by microversion 2.100."""
    name, of = f"{cluster_name(cluster)}-{number}", _id("cluster", cluster)
    id_ = _id("server", name)
    metadata = {
        "trove_cluster_id": of, "trove_cluster_name": cluster_name(cluster), "trove_datastore": "mariadb", "trove_datastore_version": "10.11",
        "trove_type": "member", "trove_task": "NONE", "trove_flavor": f"{FLAVOR}/db.small", "trove_image": f"{IMAGE}/debian-12",
        "trove_network_ids": NETWORK, "trove_network": "db-net", "trove_last_number": "10", "trove_request": _id("request", name).replace("-", ""),
    }
    return {
        "accessIPv4": "", "accessIPv6": "",
        "addresses": {"db-net": [{"version": 4, "addr": f"10.{cluster // 250}.{cluster % 250}.{number + 1}", "OS-EXT-IPS:type": "fixed",
                                  "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:78:2b:b4"}]},
        "created": f"{_TIME}Z",
        "flavor": {"vcpus": 1, "ram": 1024, "disk": 10, "ephemeral": 0, "swap": 0, "original_name": "db.small", "extra_specs": {}},
        "hostId": _id("host", number).replace("-", ""), "id": id_,
        "image": {"id": IMAGE, "links": [{"rel": "bookmark", "href": f"{base}/compute/images/{IMAGE}"}], "properties": {}},
        "links": [{"rel": "self", "href": f"{base}/compute/v2.1/servers/{id_}"}, {"rel": "bookmark", "href": f"{base}/compute/servers/{id_}"}],
        "metadata": metadata, "name": name, "status": "ACTIVE", "tenant_id": PROJECT, "user_id": USER, "updated": f"{_TIME}Z",
        "OS-DCF:diskConfig": "MANUAL", "progress": 0, "OS-EXT-AZ:availability_zone": "nova", "config_drive": "", "key_name": "ops",
        "OS-SRV-USG:launched_at": f"{_TIME}.000000", "OS-SRV-USG:terminated_at": None, "OS-EXT-STS:task_state": None,
        "OS-EXT-STS:vm_state": "active", "OS-EXT-STS:power_state": 1,
        "os-extended-volumes:volumes_attached": [{"id": _id("volume", name), "delete_on_termination": False}], "locked": False, "description": None,
        "tags": ["trove", f"trove-cluster-{of}", f"trove-name-{cluster_name(cluster)}"], "trusted_image_certificates": None, "locked_reason": None,
        "OS-EXT-SRV-ATTR:hostname": name, "pinned_availability_zone": None, "scheduler_hints": {"group": [_id("group", cluster)]},
        "security_groups": [{"name": f"trove-{cluster_name(cluster)}"}],
    }


def volume(base: str, of: Mapping[str, Any]) -> dict[str, Any]:
    """The volume of a server as Cinder shows it."""
    name, id_ = of["name"], of["os-extended-volumes:volumes_attached"][0]["id"]
    known = {key: of["metadata"][key] for key in ("trove_cluster_id", "trove_cluster_name")}
    return {
        "id": id_, "status": "in-use", "size": 1, "availability_zone": "nova", "created_at": f"{_TIME}.000000", "updated_at": f"{_TIME}.000000",
        "name": name, "description": None, "volume_type": "standard", "snapshot_id": None, "source_volid": None,
        "metadata": {"trove": "member", **known, "trove_instance": name, "trove_volume_id": id_},
        "links": [{"rel": "self", "href": f"{base}/volume/v3/volumes/{id_}"}, {"rel": "bookmark", "href": f"{base}/volume/volumes/{id_}"}],
        "user_id": USER, "bootable": "false", "encrypted": False, "replication_status": None, "consistencygroup_id": None, "multiattach": False,
        "attachments": [{"id": id_, "attachment_id": _id("attachment", name), "volume_id": id_, "server_id": of["id"], "host_name": None,
                         "device": "/dev/vdb", "attached_at": f"{_TIME}.000000"}],
        "os-vol-tenant-attr:tenant_id": PROJECT,
    }


class SimulatedCloud:
    """
    :param clusters: how many there are, each of `members` servers with a volume and of a server group
    :param page: how many things a list gives at most in one answer
    """

    def __init__(self, clusters: int, members: int = 10, page: int = PAGE):
        self.page = page
        #: (method, path) of all requests, those that it does not know, and the seconds that all answers took
        self.requests: list[tuple[str, str]] = []
        self.unknown: list[str] = []
        self.seconds = 0.0
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self.servers = [server(self.url, cluster, number) for cluster in range(clusters) for number in range(1, members + 1)]
        self.volumes = [volume(self.url, each) for each in self.servers]
        self.groups = [self._group(cluster, members) for cluster in range(clusters)]

    def _group(self, cluster: int, members: int) -> dict[str, Any]:
        own = [each["id"] for each in self.servers[cluster * members: (cluster + 1) * members]]
        named = {"id": _id("group", cluster), "name": f"trove-{cluster_name(cluster)}", "policy": "soft-anti-affinity", "rules": {}}
        return {**named, "members": own, "project_id": PROJECT, "user_id": USER}

    def __enter__(self) -> SimulatedCloud:
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def auth(self) -> dict[str, str]:
        """What `openstack.connect` takes as auth."""
        user = {"username": "simulated", "password": "simulated", "user_domain_id": "default"}
        return {**user, "auth_url": f"{self.url}/identity/v3", "project_name": "simulated", "project_domain_id": "default"}

    def answer(self, method: str, path: str) -> tuple[int, dict[str, Any]]:
        at = urlsplit(path)
        query = dict(parse_qsl(at.query))
        if (method, at.path) == ("POST", "/identity/v3/auth/tokens"):
            return 201, {"token": self._token()}
        found = {
            "/identity/v3": lambda: {"version": self._version("v3.14", "/identity/v3/")},
            "/compute/v2.1": lambda: {"version": {**self._version("v2.1", "/compute/v2.1/"), "version": "2.104", "min_version": "2.1"}},
            "/compute/v2.1/servers/detail": lambda: self._paged("servers", self._tagged(query.get("tags")), at.path, query),
            "/compute/v2.1/os-server-groups": lambda: {"server_groups": self.groups[int(query.get("offset", 0)):][: self._limit(query)]},
            "/volume/v3/volumes/detail": lambda: self._paged("volumes", self._having(query.get("metadata")), at.path, query),
        }.get(at.path)
        if method != "GET" or found is None:
            self.unknown.append(f"{method} {path}")
            return 404, {"itemNotFound": {"code": 404, "message": f"The simulated cloud does not know {method} {at.path}"}}
        return 200, found()

    def _limit(self, query: Mapping[str, str]) -> int:
        return min(int(query.get("limit", self.page)), self.page)

    def _tagged(self, tags: str | None) -> list[dict[str, Any]]:
        wanted = set(filter(None, (tags or "").split(",")))
        return [each for each in self.servers if wanted <= set(each["tags"])]

    def _having(self, metadata: str | None) -> list[dict[str, Any]]:
        wanted = ast.literal_eval(metadata) if metadata else {}
        return [each for each in self.volumes if wanted.items() <= each["metadata"].items()]

    def _paged(self, key: str, things: list[dict[str, Any]], path: str, query: Mapping[str, str]) -> dict[str, Any]:
        """After the marker, as many as go into a page; a full page has a link to the next one, also where that will be empty."""
        ids = [each["id"] for each in things]
        start = ids.index(query["marker"]) + 1 if "marker" in query else 0
        shown = things[start: start + self._limit(query)]
        if len(shown) < self._limit(query):
            return {key: shown}
        following = urlencode({**query, "marker": shown[-1]["id"]})
        return {key: shown, f"{key}_links": [{"rel": "next", "href": f"{self.url}{path}?{following}"}]}

    def _version(self, id_: str, path: str) -> dict[str, Any]:
        return {"id": id_, "status": "CURRENT", "updated": "2020-04-07T00:00:00Z", "links": [{"rel": "self", "href": self.url + path}], "media-types": []}

    def _token(self) -> dict[str, Any]:
        domain = {"id": "default", "name": "Default"}
        paths = {"identity": "/identity/v3", "compute": "/compute/v2.1", "block-storage": "/volume/v3", "network": "/network", "image": "/image"}
        where = {"interface": "public", "region_id": "RegionOne", "region": "RegionOne"}
        catalog = [{"type": type_, "name": type_, "id": _id(type_), "endpoints": [{**where, "id": _id(type_, 1), "url": self.url + path}]}
                   for type_, path in paths.items()]
        return {
            "methods": ["password"], "user": {"domain": domain, "id": USER, "name": "simulated", "password_expires_at": None},
            "project": {"domain": domain, "id": PROJECT, "name": "simulated"}, "roles": [{"id": _id("member"), "name": "member"}], "is_domain": False,
            "issued_at": f"{_TIME}.000000Z", "expires_at": "2099-01-01T00:00:00.000000Z", "catalog": catalog,
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        cloud = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def respond(self) -> None:
                began = time.monotonic()
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, body = cloud.answer(self.command, self.path)
                content = json.dumps(body).encode()
                self.send_response_only(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), "X-Subject-Token": "simulated"}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
                with cloud._lock:
                    cloud.requests.append((self.command, self.path))
                    cloud.seconds += time.monotonic() - began

            do_GET = do_POST = do_PUT = do_DELETE = respond

            def log_message(self, *_arguments: object) -> None:
                """`requests` is the log."""

        return Handler


def differences(ours: Any, theirs: Any, at: str = "") -> Iterator[str]:
    """Where two answers have not the same keys and types; None is of every type, and of lists the first thing counts."""
    if ours is None or theirs is None:
        return
    if type(ours) is not type(theirs):
        yield f"{at}: {type(ours).__name__} here, {type(theirs).__name__} there"
    elif isinstance(ours, dict) and at.rpartition(".")[2] not in _FREE:
        for key in sorted({*ours} ^ {*theirs}):
            yield f"{at}.{key}: only {'here' if key in ours else 'there'}"
        for key in {*ours} & {*theirs}:
            yield from differences(ours[key], theirs[key], f"{at}.{key}")
    elif isinstance(ours, list) and ours and theirs:
        yield from differences(ours[0], theirs[0], f"{at}[]")
