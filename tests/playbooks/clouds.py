# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every test begins with: a recording cloud with a Galera cluster of three (shop), a Redis Cluster of four (sess), a source with two replicas
(orders), and two of which one was detached from the other (goods). Needs the staged collection to be importable.
"""

from __future__ import annotations

import os
import pickle
import shutil


def build(directory):
    """Write it to a directory: the file that it is."""
    os.environ["TROVE_SCRIPTED"] = str(directory)
    from ansible_collections.stackdb.trove.plugins.module_utils._cloud import connection
    from ansible_collections.stackdb.trove.plugins.module_utils._cloud.recording_cloud import RecordingCloud
    from ansible_collections.stackdb.trove.plugins.module_utils._datastores import registry
    from ansible_collections.stackdb.trove.plugins.module_utils._model import request
    from ansible_collections.stackdb.trove.plugins.module_utils._plan.runner import reconcile
    from ansible_collections.stackdb.trove.plugins.module_utils._servers.cluster import ClusterPresent
    from ansible_collections.stackdb.trove.plugins.module_utils._servers.wanted import Wanted
    from ansible_collections.stackdb.trove.tests.unit import builders, runs

    connection.PARALLEL = 1
    cloud = RecordingCloud()
    runs.present(cloud, locality=None)
    redis = registry.of_cluster("redis")
    wanted = request.build(builders.params(name="sess", datastore="redis", datastore_version="7.0", instances=4, locality=None), redis)
    reconcile(ClusterPresent(cloud, Wanted(wanted, redis), 60, True), check_mode=False)
    runs.instance_present(cloud, locality=None)
    _end_tasks(cloud)
    runs.replicas_present(cloud, count=2)
    _end_tasks(cloud)
    runs.instance_present(cloud, name="goods", locality=None)
    _end_tasks(cloud)
    runs.replicas_present(cloud, source="goods", name="goods-back")
    _end_tasks(cloud)
    runs.contract_changed(cloud, "goods-back", "detached")
    _end_tasks(cloud)
    cloud.save()
    return directory / "cloud"


def lose(bench, directory, name):
    """A directory for a run with the cloud in which somebody has deleted a member's server; its volume is left."""
    directory.mkdir()
    shutil.copy(bench.cloud, directory / "cloud")
    (directory / "journal").write_text("")
    kept = pickle.loads((directory / "cloud").read_bytes())
    (id_,) = [server.id for server in kept["servers"].values() if server.name == name]
    del kept["servers"][id_]
    for volume in kept["volumes"].values():
        if volume.server_id == id_:
            volume.server_id, volume.status, volume.becomes = None, "available", "available"
    (directory / "cloud").write_bytes(pickle.dumps(kept))


def _end_tasks(cloud):
    for server in cloud.servers.values():
        server.metadata["trove_task"] = "NONE"
