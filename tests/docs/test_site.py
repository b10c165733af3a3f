# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The site as a reader's browser has it: narrow and wide, light and dark. The last tests see that each kind of fault would be found."""

from __future__ import annotations

from pathlib import Path

import pytest
import site_faults
from conftest import HTML
from selenium import webdriver

PAGES = sorted(str(path.relative_to(HTML)) for path in HTML.rglob("*.html") if path.name != "index.html" or path.parent != HTML)
NARROW, WIDE = 390, 1440
#: the least contrast of text that WCAG 2 asks for (AA)
CONTRAST = 4.5

LOOK = Path(__file__).with_name("look.js").read_text()


def look(browser: webdriver.Chrome, width: int, scheme: str) -> dict:
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    return browser.execute_script(LOOK)


def faults(browser: webdriver.Chrome) -> list[str]:
    """What is wrong with the page that the browser has open."""
    found = []
    for width in (NARROW, WIDE):
        for scheme in ("light", "dark"):
            seen, name = look(browser, width, scheme), f"{width} px, {scheme}"
            if seen["overflow"] > 0 or seen["parts"]:
                found.append(f"{name}: {seen['overflow']} px too wide: {seen['parts']}")
            if seen["weakest"][0] < CONTRAST:
                found.append(f"{name}: contrast {seen['weakest'][0]:.1f}: {seen['weakest'][1]}")
            if (seen["back"] > 0.5) != (scheme == "light"):
                found.append(f"{name}: the page is {'light' if seen['back'] > 0.5 else 'dark'}")
    return found + [f"console: {entry['message']}" for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


@pytest.fixture(scope="module")
def read() -> dict:
    return site_faults.pages(HTML)


def test_there_is_a_page_for_each_guide_module_and_role(read: dict) -> None:
    root = HTML.parents[2]
    guides = {f"docs/{path.stem}.html" for path in (root / "docs").glob("*.md")}
    modules = {f"docs/reference/{path.stem}_module.html" for path in (root / "plugins/modules").glob("*.py")}
    roles = {f"docs/reference/{path.name}_role.html" for path in (root / "roles").iterdir()}
    assert {*guides, *modules, *roles, "docs/reference/trove_inventory.html"} - read.keys() == set()


def test_no_link_leads_nowhere(read: dict) -> None:
    assert site_faults.broken(HTML, read) == []


def test_no_page_is_empty(read: dict) -> None:
    assert site_faults.empty(read) == []


@pytest.mark.parametrize("page", PAGES)
def test_page_in_a_browser(browser: webdriver.Chrome, address: str, page: str) -> None:
    browser.get(f"{address}/{page}")
    assert faults(browser) == []


def test_search_finds_a_verb(browser: webdriver.Chrome, address: str) -> None:
    browser.get(f"{address}/search.html?q=cluster_recover")
    browser.implicitly_wait(15)
    assert browser.find_elements("css selector", "ul.search li a")


BAD = {
    "wide": ("<p style='width: 2000px'>wide</p>", "px too wide"),
    "pale": ("<p style='color: #777; background: #888'>pale</p>", "contrast 1."),
    "white": ("<style>article { background: #fff; color: #000 }</style><p>x</p>", "dark: the page is light"),
    "console": ("<script>no_such_name()</script>", "console: "),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_fault_of_a_page_is_seen(browser: webdriver.Chrome, tmp_path: Path, kind: str) -> None:
    body, said = BAD[kind]
    style = "<style>:root { color-scheme: light dark } @media (prefers-color-scheme: dark) { body { background: #000; color: #fff } }</style>"
    (tmp_path / "page.html").write_text(f"<!doctype html><meta name=viewport content='width=device-width'>{style}<body><article><h1>T</h1>{body}</article>")
    browser.get(f"file://{tmp_path}/page.html")
    found = faults(browser)
    assert [fault for fault in found if said in fault]
    assert not [fault for fault in found if said not in fault and "contrast" not in fault]


def test_a_broken_link_and_an_empty_page_are_seen(tmp_path: Path) -> None:
    links = "".join(f"<a href={target}>x</a>" for target in ("b.html#there", "b.html#gone", "c.html"))
    (tmp_path / "a.html").write_text(f"<article><h1 id=top>T</h1>{'word ' * 60}{links}</article>")
    (tmp_path / "b.html").write_text("<article><h1 id=there>T</h1></article>")
    read = site_faults.pages(tmp_path)
    assert site_faults.broken(tmp_path, read) == ["a.html: b.html#gone", "a.html: c.html"]
    assert site_faults.empty(read) == ["b.html"]
