# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx's settings for the site that `make docs` builds from the pages that tools/docs has staged."""

import os
import re

from docutils import nodes

project = "stackdb.trove"
author = copyright = "stackdb.trove contributors"
version = release = os.environ.get("TROVE_DOCS_VERSION", "")
root_doc = "docs/site/index"
extensions = ["myst_parser", "sphinx_antsibull_ext"]

# As GitHub does it: each heading has an anchor, which links can name.
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"stackdb.trove {release}".strip()
html_copy_source = False
html_show_sourcelink = False
html_static_path = ["static"]
html_css_files = ["site.css"]

html_favicon = "static/favicon.svg"

# Light and dark, as the reader's browser prefers, or by the switch on each page. antsibull's own dark colours know of no switch, so here they are
# variables of the theme.
LIGHT = {
    "links-background": "#006577", "links-background-active": "#004a57", "links-focus-outline": "#204748", "links-text": "#fff",
    "option-type": "#800080", "option-elements": "#800080", "option-required": "#b30000", "option-version-added": "#005c00", "option-aliases": "#005c00",
    "option-default": "#00c", "option-sample": "#00c", "option-sample-header": "#000", "attribute-support-none": "#b30000",
    "attribute-support-partial": "#666600", "attribute-support-full": "#005c00", "deprecation-border": "#000", "deprecation-background": "#f3f3f3",
    "deprecation-color": "#000",
}  # fmt: skip
DARK = {
    "links-background": "#9fe0e2", "links-background-active": "#c8f0f1", "links-focus-outline": "#fff", "links-text": "#10282a",
    "option-type": "#ff93ff", "option-elements": "#ff93ff", "option-required": "#ff9a9a", "option-version-added": "#71d471", "option-aliases": "#71d471",
    "option-default": "#b8b8ff", "option-sample": "#b8b8ff", "option-sample-header": "#fff", "attribute-support-none": "#ff9a9a",
    "attribute-support-partial": "#c6c600", "attribute-support-full": "#00d000", "deprecation-border": "#fff", "deprecation-background": "#111",
    "deprecation-color": "#fff",
}  # fmt: skip
antsibull_ext_color_scheme = "none"
html_theme_options = {
    "light_css_variables": {f"antsibull-{name}": colour for name, colour in LIGHT.items()},
    "dark_css_variables": {f"antsibull-{name}": colour for name, colour in DARK.items()},
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

# What antsibull-docs links to of Ansible's own documentation. Building asks no other site, so these addresses are written here.
ANSIBLE = "https://docs.ansible.com/projects/ansible/latest"
ANSIBLE_LABELS = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
    "inventory_plugins": "plugins/inventory.html",
}
MODULE = re.compile(r"ansible_collections\.(ansible|community)\.(\w+)\.(\w+)_module")


def ansible_reference(_app, _env, node, content):
    """A link to Ansible's documentation, or nothing, and then Sphinx says that the label is not there."""
    label = node["reftarget"]
    page = ANSIBLE_LABELS.get(label)
    if module := MODULE.fullmatch(label):
        page = "collections/{}/{}/{}_module.html".format(*module.groups())
    if page is None:
        return None
    return nodes.reference("", "", content, refuri=f"{ANSIBLE}/{page}", internal=False)


def setup(app):
    app.connect("missing-reference", ansible_reference)
