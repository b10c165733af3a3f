# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors of the names that openstacksdk has."""

from __future__ import annotations


class SDKException(Exception):
    status_code = None


class BadRequestException(SDKException):
    status_code = 400


class NotFoundException(SDKException):
    status_code = 404


class ConflictException(SDKException):
    status_code = 409


class PreconditionFailedException(SDKException):
    status_code = 412


class HttpException(SDKException):
    """Any other status."""
