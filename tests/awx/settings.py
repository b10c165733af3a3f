# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tools/awx gives to AWX as its settings (AWX_SETTINGS_FILE): all that it needs is in one folder. The database's password is in PGPASSFILE."""

import os
from pathlib import Path

_STATE = Path(os.environ["AWX_STATE"])
_FILES = str(_STATE / "awx")

SECRET_KEY = (_STATE / "key").read_text()
ALLOWED_HOSTS = ["127.0.0.1"]
CLUSTER_HOST_ID = "awx-test"
DATABASES = {
    "default": {"ENGINE": "awx.main.db.profiled_pg", "NAME": "awx", "USER": "postgres", "HOST": os.environ["PGHOST"], "ATOMIC_REQUESTS": True},
}
BROKER_URL = f"unix://{_STATE}/redis.sock"
CACHES = {"default": {"BACKEND": "awx.main.cache.AWXRedisCache", "LOCATION": f"{BROKER_URL}?db=1"}}
CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [BROKER_URL]}}}
PROJECTS_ROOT = JOBOUTPUT_ROOT = LOG_ROOT = STATIC_ROOT = _FILES
