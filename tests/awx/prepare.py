# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# For the standard input of `awx-manage shell`: what a new AWX lacks after its migrations, and this run's password of the administrator.
import os

from django.contrib.auth import get_user_model
from django.core.management import call_command

if not get_user_model().objects.filter(username="admin").exists():
    # it takes the password from the environment
    call_command("createsuperuser", interactive=False, username="admin", email="admin@example.com")
    call_command("create_preload_data")
    call_command("register_default_execution_environments")
    call_command("provision_instance", "--hostname=awx-test", "--node_type=hybrid")
    call_command("register_queue", "--queuename=controlplane", "--hostnames=awx-test")
    call_command("register_queue", "--queuename=default", "--hostnames=awx-test")
admin = get_user_model().objects.get(username="admin")
admin.set_password(os.environ["DJANGO_SUPERUSER_PASSWORD"])
admin.save()
