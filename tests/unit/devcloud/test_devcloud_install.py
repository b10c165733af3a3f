# SPDX-License-Identifier: GPL-3.0-or-later
from control.install import uv_environment


def test_pip_settings_in_uvs_words():
    listing = """global.index-url='https://mirror.example/simple'
global.extra-index-url='file:///opt/one/simple file:///opt/two/simple'
global.cert='/etc/ssl/ca.crt'
:env:.find-links='/opt/wheels /srv/wheels'
global.disable-pip-version-check='1'
"""
    assert uv_environment(listing) == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_INDEX": "file:///opt/one/simple file:///opt/two/simple",
        "UV_FIND_LINKS": "/opt/wheels,/srv/wheels",
        "SSL_CERT_FILE": "/etc/ssl/ca.crt",
    }


def test_a_machine_without_pip_settings():
    assert uv_environment("") == {"UV_INDEX_STRATEGY": "unsafe-best-match"}
