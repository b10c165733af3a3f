# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FakeCinder and FakeGlance: the parts of a FakeOpenStack that openstacksdk calls block_storage and image."""

from __future__ import annotations

from types import SimpleNamespace as Thing

from ansible_collections.stackdb.trove.tests.unit.fake_proxy import FakeProxy, http_error
from openstack.exceptions import BadRequestException, NotFoundException


class FakeCinder(FakeProxy):
    REAL = "openstack.block_storage.v3._proxy"

    def types(self):
        return [Thing(id="t1", name="fast")]

    def get_limits(self):
        return Thing(absolute=self.cloud.unlimited)

    def snapshots(self, *, details=True, name=None, volume_id=None):
        return [one for one in self.cloud.snapshots if name in (None, one.name) and volume_id in (None, one.volume_id)]

    def create_snapshot(self, *, volume_id, name, force, description):
        """Of a volume in use with force only."""
        volume = self.cloud.volumes[volume_id]
        if volume.server_id and not force:
            raise http_error(BadRequestException, f"Invalid volume: Volume {volume_id} status must be available, but current status is: in-use.", 400)
        with self.cloud.writing("create", "snapshot", name):
            made = Thing(id=f"snapshot-{len(self.cloud.snapshots)}", name=name, volume_id=volume_id, status="available", description=description)
            self.cloud.snapshots.append(made)
        return made

    def get_snapshot(self, snapshot):
        return next(one for one in self.cloud.snapshots if one.id == snapshot)

    def get_volume(self, volume):
        found = self.cloud.seen(self.cloud.volumes, volume)
        return Thing(**vars(found), volume_type=found.type, is_bootable=False)

    def availability_zones(self):
        return [Thing(name=name, state={"available": True}) for name in self.cloud.volume_zones]

    def create_volume(self, name, size, volume_type, metadata, availability_zone=None):
        zone = availability_zone or self.cloud.volume_zones[0]
        # Cinder takes the id, and shows the name
        shown = {"t1": "fast"}.get(volume_type, volume_type)
        fields = {"size": size, "type": shown, "metadata": metadata, "status": "creating", "becomes": "available", "server_id": None, "zone": zone}
        return self.cloud.add("volume", self.cloud.volumes, name=name, **fields)

    def extend_volume(self, volume, size):
        """Also of one in use, where the back end can do it (3.42)."""
        self.cloud.is_there(self.cloud.volumes, volume, ignore_missing=False)
        at = self.cloud.volumes[volume]
        if at.status not in ("available", *(("in-use",) if self.cloud.extends_online else ())):
            raise http_error(BadRequestException, f"Invalid volume: Volume {volume} status must be '('available',)' to extend, currently {at.status}.", 400)
        if size <= at.size:
            raise http_error(BadRequestException, f"New size for extend must be greater than current size. (current: {at.size}, extended: {size}).", 400)
        with self.cloud.writing("extend", "volume", at.name):
            at.status, at.becomes, at.size = "extending", at.status, size

    def set_volume_metadata(self, volume, **metadata):
        found = self.cloud.volumes[volume]
        with self.cloud.writing("update", "volume_metadata", found.name):
            found.metadata = {**found.metadata, **metadata}

    def update_volume(self, volume, *, name, description, metadata):
        found = self.cloud.volumes[volume]
        with self.cloud.writing("update", "volume", found.name):
            found.name, found.description, found.metadata = name, description, dict(metadata)

    def delete_volume(self, volume, ignore_missing=True):
        if volume in self.cloud.volumes and self.cloud.volumes[volume].server_id:
            raise http_error(BadRequestException, "the volume is in use", 400)
        self.cloud.remove("volume", self.cloud.volumes, volume, ignore_missing)


class FakeGlance(FakeProxy):
    REAL = "openstack.image.v2._proxy"

    def images(self):
        return [image for image in self.cloud.images if image.visible]

    def get_image(self, image):
        found = next((one for one in self.cloud.images if one.id == image), None)
        if not found:
            raise http_error(NotFoundException, f"No image found with ID {image}", 404)
        return found
