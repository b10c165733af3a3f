# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a built site, without a browser: links, anchors, empty pages."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

#: what Sphinx makes beside the pages: they have no text of their own
BESIDES = {"genindex.html", "search.html", "index.html"}
SHORTEST = 200


def pages(html: Path) -> dict[str, BeautifulSoup]:
    return {str(path.relative_to(html)): BeautifulSoup(path.read_text(), "html.parser") for path in sorted(html.rglob("*.html"))}


def _targets(soup: BeautifulSoup) -> Iterator[str]:
    for name in ("href", "src", "data"):
        yield from (element[name] for element in soup.find_all(attrs={name: True}) if element.name != "link" or "stylesheet" in element.get("rel", []))


def broken(html: Path, read: dict[str, BeautifulSoup]) -> list[str]:
    """The links within the site that lead nowhere, as ``page: link``."""
    anchors = {page: {element["id"] for element in soup.find_all(id=True)} | {""} for page, soup in read.items()}
    found = []
    for page, soup in read.items():
        for target in _targets(soup):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path))) if parts.path else page
            known = path in read or (html / path).is_file()
            if not known or (path in anchors and unquote(parts.fragment) not in anchors[path]):
                found.append(f"{page}: {target}")
    return found


def empty(read: dict[str, BeautifulSoup]) -> list[str]:
    """Pages whose article says less than a sentence or two, or has no title."""
    return [page for page, soup in read.items() if page not in BESIDES and (not soup.h1 or len(soup.article.get_text(" ", strip=True)) < SHORTEST)]
