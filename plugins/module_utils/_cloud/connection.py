# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection to the cloud, shared by modules and the inventory plugin. Only `_cloud` imports openstacksdk."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from .._model.errors import CloudError, TroveError, Unanswered
from . import nova, retry

try:
    import openstack
    from keystoneauth1 import exceptions as auth_errors
    from keystoneauth1.adapter import Adapter
    from openstack import exceptions as sdk_errors
    from openstack import utils as sdk_utils

    SDK_MISSING: str | None = None
except ImportError:
    SDK_MISSING = traceback.format_exc()

Asked = TypeVar("Asked")

#: what says which cloud, in modules and the inventory plugin alike
OPTIONS = (
    "cloud",
    "region_name",
    "interface",
    "auth",
    "auth_type",
    "validate_certs",
    "ca_cert",
    "client_cert",
    "client_key",
    "api_timeout",
)
#: requests under way at the same time: enough for a cluster, kind to an API server
PARALLEL = 12


class Cloud:
    """openstacksdk's connection with what we need beside it.

    :param options: the options of _module.cloud_options; those not given come from clouds.yaml or OS_* as everywhere
    :raises CloudError: where the cloud's entry is unknown or its settings are wrong
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        with translated("connect to the cloud"):
            self.sdk: Any = openstack.connect(**_connect_arguments(options))
            retry.patient(self.sdk.session)
            # made once and here: proxies are made at first use, which is no matter for threads
            self.compute: Any = self.sdk.compute
            self._volumes_api = self._adapter("block-storage")
        #: what the user has to know of this cloud, each once; the module warns of it
        self.warnings: dict[str, None] = {}

    def warn(self, text: str) -> None:
        self.warnings[text] = None

    @property
    def project_id(self) -> str:
        return str(self.sdk.current_project_id)

    def list_servers(self, details: bool = True, **query: str) -> list[Any]:
        """Nova's list of servers, all pages: those of :func:`nova.server`. `query` are filters of Nova's: name (a regular expression), status, tags."""
        version = self.compute.default_microversion or sdk_utils.maximum_supported_microversion(self.compute, nova.MICROVERSION)
        found: list[Any] = []
        while True:
            marker = {"marker": found[-1].id} if found else {}
            answer = self.compute.get("/servers/detail" if details else "/servers", params={**query, **marker}, microversion=version)
            sdk_errors.raise_from_response(answer)
            body = answer.json()
            found += map(nova.server, body["servers"])
            if not body["servers"] or not body.get("servers_links"):
                return found

    def get_volumes(self, url: str, query: Mapping[str, str] | None) -> Any:
        """GET from Cinder by the catalog's entry as it stands: its lists need no microversion, so we spare the discovery.

        A cloud without Cinder has no volumes.
        """
        try:
            return self._volumes_api.get(url, params=query, headers={"Accept": "application/json"}).json()
        except (auth_errors.EndpointNotFound, auth_errors.EmptyCatalog):
            return {"volumes": []}

    def _adapter(self, service_type: str) -> Any:
        config = self.sdk.config
        return Adapter(
            self.sdk.session,
            service_type=service_type,
            interface=config.get_interface(service_type),
            region_name=config.get_region_name(service_type),
            endpoint_override=config.get_endpoint(service_type),
        )


def _connect_arguments(options: Mapping[str, Any]) -> dict[str, Any]:
    given = {key: value for key, value in options.items() if value is not None}
    arguments: dict[str, Any] = {"app_name": "stackdb.trove"}
    for ours, theirs in (("validate_certs", "verify"), ("ca_cert", "cacert"), ("client_cert", "cert"), ("client_key", "key")):
        if ours in given:
            arguments[theirs] = given.pop(ours)
    return {**arguments, **given}


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn the SDK's errors into CloudError: ``Cannot <doing>: <the cloud's own text>``."""
    try:
        yield
    except (sdk_errors.SDKException, auth_errors.ClientException) as error:
        text = getattr(error, "details", None) or getattr(error, "message", None) or str(error)
        status = getattr(error, "status_code", None) or getattr(error, "http_status", None)
        lost = status in retry.STATUSES or isinstance(error, (auth_errors.ConnectFailure, auth_errors.ConnectTimeout, auth_errors.UnknownConnectionError))
        raise (Unanswered if lost else CloudError)(f"Cannot {doing}: {text}", http_status=status) from error


def is_missing(error: TroveError) -> bool:
    """Whether a CloudError says that the thing is not there (404)."""
    return isinstance(error, CloudError) and error.details.get("http_status") == 404


def courtesy(cloud: Cloud, ask: Callable[[], Asked], otherwise: Asked, consequence: str, harmless: bool = False) -> Asked:
    """What a part of the cloud says that a run can do without; where it is missing or forbidden, that is a warning.

    :param otherwise: what it is taken for then
    :param consequence: what the user has to know then, a sentence
    :param harmless: whether it may be taken so even where the cloud did not answer
    """
    try:
        return ask()
    except CloudError as error:
        if error.details.get("http_status") == 401 or (isinstance(error, Unanswered) and not harmless):
            raise
        cloud.warn(f"{error.message.rstrip('. ')}. {consequence}")
        return otherwise


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run callables without arguments at the same time: their results in order.

    All of them end before the first error, in the order of the calls, is raised.
    """
    results = at_once_settled(*calls)
    for _result, error in results:
        if error:
            raise error
    return [result for result, _error in results]


def at_once_settled(*calls: Callable[[], Any]) -> list[tuple[Any, TroveError | None]]:
    """As at_once, but a list of (result, error): a TroveError is a result to look at, anything else is raised."""

    def settle(call: Callable[[], Any]) -> tuple[Any, TroveError | None]:
        try:
            return call(), None
        except TroveError as error:
            return None, error

    if len(calls) < 2:
        return [settle(call) for call in calls]
    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        return list(pool.map(settle, calls))
