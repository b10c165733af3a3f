"""The driver for Nova: says to guests what Nova says to servers."""
from __future__ import annotations

import dataclasses
import os
import threading
import time
import uuid

from nova import exception
from nova.compute import power_state, task_states
from nova.virt import event, fake, hardware
from oslo_log import log as logging

from . import seed, snapshots, state
from .guests import disks, rootfs
from .guests import guest as guests
from .guests import host as machine
from .guests.model import Disk, Interface, Record

LOG = logging.getLogger(__name__)
WATCH_EVERY = 2           # s
CONSOLE_TAIL = 64 * 1024   # bytes


def node_uuid(host: str) -> str:
    """The same after every restart; nova's own fake driver makes a new one each time."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, host))


class DevcloudDriver(fake.FakeDriver):
    """Real guests where nova.virt.fake has entries in a dictionary. What is not overridden here (inventory, consoles, statistics) stays fake."""

    capabilities = {**fake.FakeDriver.capabilities, "supports_evacuate": False, "supports_tagged_attach_interface": False,
                    "supports_tagged_attach_volume": False, "supports_device_tagging": False, "supports_multiattach": False}
    vcpus = 64
    memory_mb = 262144
    local_gb = 4096

    # the host

    def init_host(self, host):
        super().init_host(host)
        machine.prepare()
        state.guests().mkdir(parents=True, exist_ok=True)
        threading.Thread(target=self._watch, name="devcloud-watch", daemon=True).start()

    def _watch(self):
        """Tell Nova of guests that powered themselves off; without that it would find out after ten minutes."""
        before = set()
        while True:
            own = {record.uuid for record in self._own_records()}
            running = {one for one in own if guests.Guest(one).running}
            for stopped in before & own - running:   # those that Nova stopped itself it ignores
                self.emit_event(event.LifecycleEvent(stopped, event.EVENT_LIFECYCLE_STOPPED))
            before = running
            time.sleep(WATCH_EVERY)

    def get_nodenames_by_uuid(self, refresh=False):
        return {node_uuid(name): name for name in self.get_available_nodes()}

    def get_available_resource(self, nodename):
        resource = super().get_available_resource(nodename)
        if resource:
            resource["uuid"] = node_uuid(nodename)
        return resource

    def _own_records(self) -> list[Record]:
        return [record for record in guests.records() if record.host == self._host]

    def list_instances(self):
        return [record.name for record in self._own_records()]

    def list_instance_uuids(self):
        return [record.uuid for record in self._own_records()]

    def get_info(self, instance, use_cache=True):
        guest = self._guest(instance)
        if not guest.running:
            return hardware.InstanceInfo(state=power_state.SHUTDOWN)
        return hardware.InstanceInfo(state=power_state.PAUSED if guest.paused else power_state.RUNNING)

    def instance_on_disk(self, instance):
        return guests.Guest(instance.uuid).exists

    def check_instance_shared_storage_local(self, context, instance):
        return None   # to Nova: all hosts have the same disks

    def _guest(self, instance) -> guests.Guest:
        guest = guests.Guest(instance.uuid)
        if not guest.exists:
            raise exception.InstanceNotFound(instance_id=instance.uuid)
        return guest

    # birth and death

    def spawn(self, context, instance, image_meta, injected_files, admin_password, allocations,
              network_info=None, block_device_info=None, power_on=True, accel_info=None):
        guest = guests.Guest(instance.uuid)
        upper = rootfs.create(guest.directory)
        image = snapshots.image_for(context, image_meta, root_volume(block_device_info))
        guest.save(self._record(instance, image, network_info, block_device_info))
        seed.plant(upper, instance, injected_files, network_info)
        if power_on:
            guest.start()

    def _record(self, instance, image, network_info, block_device_info) -> Record:
        return Record(
            uuid=instance.uuid, name=instance.name, host=self._host, image=image,
            memory_mb=instance.flavor.memory_mb, vcpus=instance.flavor.vcpus,
            interfaces=[interface(vif) for vif in network_info or []], disks=attached(block_device_info, bus(instance)),
        )

    def destroy(self, context, instance, network_info, block_device_info=None, destroy_disks=True, destroy_secrets=True):
        guest = guests.Guest(instance.uuid)
        if guest.exists and guest.load().host != self._host:
            return   # it lives on the host that it was resized to
        if destroy_disks:
            guest.remove()
        else:
            guest.stop()

    def cleanup(self, context, instance, network_info, block_device_info=None, destroy_disks=True,
                migrate_data=None, destroy_vifs=True, destroy_secrets=True):
        self.destroy(context, instance, network_info, block_device_info, destroy_disks)

    # power

    def power_off(self, instance, timeout=0, retry_interval=0):
        self._guest(instance).stop(timeout)

    def power_on(self, context, instance, network_info, block_device_info=None, accel_info=None, share_info=None):
        self._start(instance, network_info, block_device_info)

    def reboot(self, context, instance, network_info, reboot_type, block_device_info=None, bad_volumes_callback=None,
               accel_info=None, share_info=None):
        self._guest(instance).stop(timeout=30 if reboot_type == "SOFT" else 0)
        self._start(instance, network_info, block_device_info)

    def pause(self, instance):
        self._guest(instance).pause()

    def unpause(self, instance):
        self._guest(instance).unpause()

    def resume_state_on_host_boot(self, context, instance, network_info, share_info, block_device_info=None):
        if not self._guest(instance).running:
            self._start(instance, network_info, block_device_info)

    def _start(self, instance, network_info, block_device_info):
        """Start the guest here with what Nova knows of it now."""
        guest = self._guest(instance)
        guest.save(self._record(instance, guest.load().image, network_info, block_device_info))
        guest.start()

    # resize and migration: all hosts are this machine, so only the record moves

    def migrate_disk_and_power_off(self, context, instance, dest, flavor, network_info, block_device_info=None, timeout=0, retry_interval=0):
        self._guest(instance).stop(timeout)
        return "[]"

    def finish_migration(self, context, migration, instance, disk_info, network_info, image_meta, resize_instance,
                         allocations, block_device_info=None, power_on=True, share_info=None):
        self._arrive(instance, network_info, block_device_info, power_on)

    def finish_revert_migration(self, context, instance, network_info, migration, block_device_info=None, power_on=True, share_info=None):
        self._arrive(instance, network_info, block_device_info, power_on)

    def confirm_migration(self, context, migration, instance, network_info):
        pass   # the source keeps nothing

    def post_live_migration_at_destination(self, context, instance, network_info, block_migration=False, block_device_info=None):
        guest = self._guest(instance)
        guest.save(dataclasses.replace(guest.load(), host=self._host))

    def _arrive(self, instance, network_info, block_device_info, power_on):
        guest = self._guest(instance)
        guest.save(self._record(instance, guest.load().image, network_info, block_device_info))
        if power_on:
            guest.start()

    # devices

    def default_root_device_name(self, instance, image_meta, root_bdm):
        return "/dev/sda" if bus(instance) == "scsi" else "/dev/vda"   # so that volumes are vdb, vdc, …

    def attach_volume(self, context, connection_info, instance, mountpoint, disk_bus=None, device_type=None, encryption=None):
        self._guest(instance).attach_disk(disk(connection_info, mountpoint, bus(instance)))

    def detach_volume(self, context, connection_info, instance, mountpoint, encryption=None):
        guest = guests.Guest(instance.uuid)
        if guest.exists:
            guest.detach_disk(connection_info["data"]["volume_id"])

    def extend_volume(self, context, connection_info, instance, requested_size):
        disks.grow(connection_info["data"]["device_path"])

    def attach_interface(self, context, instance, image_meta, vif):
        self._guest(instance).attach_interface(interface(vif))

    def detach_interface(self, context, instance, vif):
        self._guest(instance).detach_interface(vif["id"])

    # what users ask for

    def get_console_output(self, context, instance):
        with open(self._guest(instance).directory / "console.log", "rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - CONSOLE_TAIL))
            return log.read().replace(b"\r", b"")

    def snapshot(self, context, instance, image_id, update_task_state):
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        with snapshots.archive(self._guest(instance)) as archive:
            update_task_state(task_state=task_states.IMAGE_UPLOADING, expected_state=task_states.IMAGE_PENDING_UPLOAD)
            snapshots.upload(context, image_id, self._guest(instance).load().image, archive)


def interface(vif) -> Interface:
    """A port as Nova's network information has it."""
    network = vif["network"]
    addresses, gateways = [], []
    for subnet in network["subnets"]:
        prefix = subnet["cidr"].split("/")[1]
        addresses += [f"{ip['address']}/{prefix}" for ip in subnet["ips"]]
        if subnet.get("gateway"):
            gateways.append(f"{subnet['gateway']['address']}/{prefix}")
    return Interface(
        port=vif["id"], tap=vif["devname"] or f"tap{vif['id'][:11]}", mac=vif["address"], mtu=int(network.get_meta("mtu") or 1500),
        network=network["id"], addresses=addresses, gateways=gateways,
    )


def bus(instance) -> str:
    """By which disks come, as the image says (hw_disk_bus)."""
    return instance.image_meta.properties.get("hw_disk_bus", "virtio")


def disk(connection_info, mountpoint: str, bus: str) -> Disk:
    data = connection_info["data"]
    return Disk(volume=data["volume_id"], device=os.path.basename(mountpoint), path=data["device_path"], bus=bus)


def attached(block_device_info, bus: str) -> list[Disk]:
    """The volumes of data. One that a server boots from is not among them: the guest's root is a tree of its own."""
    return [disk(item["connection_info"], item["mount_device"], bus) for item in _mapping(block_device_info) if not _is_root(item, block_device_info)]


def root_volume(block_device_info) -> str | None:
    """The id of the volume that a server boots from, or None."""
    return next((item["connection_info"]["data"]["volume_id"] for item in _mapping(block_device_info) if _is_root(item, block_device_info)), None)


def _mapping(block_device_info) -> list[dict]:
    return (block_device_info or {}).get("block_device_mapping") or []


def _is_root(item, block_device_info) -> bool:
    return item["mount_device"] == block_device_info["root_device_name"]
