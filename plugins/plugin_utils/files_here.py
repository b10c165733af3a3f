# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a verb writes on the controller: where the user's paths lead to, and that they can be written before anything else is done."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..module_utils._model.errors import InvalidInput

#: ``{option without trove_: how the file's name ends}``
ENDS = {"picture": ".svg", "report": ".json", "ca_file": ".pem"}


def check(options: Mapping[str, Any]) -> None:
    """
    :param options: of a verb, without trove_
    :raises InvalidInput: for a path that is a folder, whose folder is not there, or that ends otherwise
    """
    for option in [option for option in ENDS if options.get(option)]:
        given = options[option]
        whole = path(given)
        if not whole.endswith(ENDS[option]) or os.path.isdir(whole):
            raise InvalidInput(f"trove_{option}", given, f"the path of a file on this controller that ends in {ENDS[option]}")
        if not os.path.isdir(os.path.dirname(whole)):
            raise InvalidInput(f"trove_{option}", given, f"a path in a folder that is there; {os.path.dirname(whole)} is not")


def path(given: str) -> str:
    """Absolute, from where ansible-playbook was started; a module with a local connection runs in the folder of the playbook."""
    return os.path.abspath(os.path.expanduser(given))


def wanted(options: Mapping[str, Any], texts: Mapping[str, str]) -> list[dict[str, str]]:
    """``[{path, text}]`` of those that were asked for.

    :param texts: by option
    """
    return [{"path": path(options[option]), "text": text} for option, text in texts.items() if options.get(option)]
