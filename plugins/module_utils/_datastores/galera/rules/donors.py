# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which members may give a full copy of the data to which, while versions are mixed. Pure.

A member that took one from a newer version says that it serves, with damaged files below ("The change buffer is corrupted"), and a newer one cannot prepare the
backup of an older one. An incremental transfer may come from any member: for that Galera goes by the name in wsrep_sst_donor only where it can.
Sources: measured with 10.11.19 and 11.8.9; gcs_group.cpp, group_find_ist_donor(), group_select_donor().
"""

from __future__ import annotations

from collections.abc import Mapping

from ...._model.upgrade import series


def allowed(name: str, versions: Mapping[str, str | None]) -> list[str] | None:
    """The names for wsrep_sst_donor of a member; None where it needs no limit. Itself stands for nobody: Galera refuses that.

    :param versions: that each member has, or is about to have; None where it is not known
    """
    known = {other: series(version) for other, version in versions.items() if version}
    if len(set(known.values())) < 2:
        return None
    return [other for other, found in known.items() if found == known.get(name) and other != name] or [name]
