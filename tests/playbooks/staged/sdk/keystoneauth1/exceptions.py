# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ClientException(Exception):
    http_status = None


class ConnectFailure(ClientException):
    """No connection."""


class ConnectTimeout(ClientException):
    """No answer in time."""


class UnknownConnectionError(ClientException):
    """Something else with the connection."""


class EndpointNotFound(ClientException):
    """The catalog has no such service."""


class EmptyCatalog(EndpointNotFound):
    """The catalog has no service."""
