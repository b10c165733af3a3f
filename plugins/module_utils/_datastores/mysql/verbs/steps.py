# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps of a server that a Galera member has, too."""

from __future__ import annotations

from ...._plan.plan import Step


class UpdateService(Step):
    action = "update"
    kind = "service"


class CreateDatadir(Step):
    action = "create"
    kind = "datadir"


class UpdateCertificate(Step):
    action = "update"
    kind = "certificate"
