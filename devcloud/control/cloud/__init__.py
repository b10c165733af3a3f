# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done through the cloud's own APIs. These modules run in the cloud's venv, with openstacksdk."""
import openstack


def connect(cloud):
    return openstack.connect(cloud=cloud)
