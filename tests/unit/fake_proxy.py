# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the fakes of openstacksdk's proxies have in common: a call is bound to the real method's signature before the fake one sees it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any


def http_error(kind: type[Exception], text: str, status: int) -> Exception:
    """What openstacksdk raises for an answer of that status."""
    error = kind(text)
    error.status_code = status
    return error


class FakeProxy:
    """A proxy of openstacksdk over the things that a FakeOpenStack has.

    A public method has a name of the real proxy's, and takes what that takes: an argument that the real one refuses is a TypeError here, too. Where the real
    one takes everything (``**query``, ``**attrs``), the fake one takes what it knows: a filter that it would not honour is a TypeError, never a full list.
    """

    #: the module of openstacksdk's class
    REAL: str

    def __init__(self, cloud: Any) -> None:
        self.cloud = cloud

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        real = real_proxy(cls.REAL)
        for name in offers(cls) if real else ():
            setattr(cls, name, _bound(getattr(real, name), vars(cls)[name]))


def offers(fake: type) -> list[str]:
    """The names of the calls that a fake one has."""
    return [name for name, method in vars(fake).items() if inspect.isfunction(method) and not name.startswith("_")]


def real_proxy(module: str) -> type | None:
    """openstacksdk's class; None where the playbook tests have put their stub in its place, which has errors only."""
    try:
        return import_module(module).Proxy
    except ImportError:
        return None


def _bound(real: Callable[..., Any], fake: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(real)

    @wraps(fake)
    def call(*args: Any, **kwargs: Any) -> Any:
        signature.bind(*args, **kwargs)
        args[0].cloud.calls.append(fake.__name__)
        return fake(*args, **kwargs)

    return call
