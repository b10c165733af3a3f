"""What a guest is made of; kept as ``guest.json`` in its directory."""
from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Interface:
    """A Neutron port as the guest has it."""
    port: str               # id
    tap: str                # the host's end of the pair
    mac: str
    mtu: int
    network: str            # id
    addresses: list[str]    # with prefix length: 10.0.0.5/24
    gateways: list[str]     # likewise; the first one is the default route of the first interface


@dataclasses.dataclass(frozen=True)
class Disk:
    """An attached volume."""
    volume: str     # id
    device: str     # vdb
    path: str       # the file behind it
    bus: str = "virtio"   # or scsi: as the image says

    @property
    def link(self) -> str:
        """As udev would name it in /dev/disk/by-id."""
        return {"scsi": "scsi-0QEMU_QEMU_HARDDISK_"}.get(self.bus, "virtio-") + self.volume[:20]


@dataclasses.dataclass
class Record:
    uuid: str
    name: str
    host: str               # the compute service that runs it
    image: str              # a directory below images/, of one build
    memory_mb: int
    vcpus: int
    interfaces: list[Interface]
    disks: list[Disk]

    @classmethod
    def from_dict(cls, value: dict) -> Record:
        return cls(**{**value, "interfaces": [Interface(**item) for item in value["interfaces"]], "disks": [Disk(**item) for item in value["disks"]]})

    def to_dict(self) -> dict:
        return dataclasses.asdict(self)
