# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user finds in the cloud: flavors, images, a network, a key, quotas, volume types. Safe to repeat."""
import ipaddress
import time
import tomllib

from openstack.exceptions import NotFoundException

from control.cloud import connect
from control.settings import SOURCE, ZONES, Settings

FLAVORS = {  # name: (vCPUs, MiB, GiB)
    "db.tiny": (1, 512, 10), "db.small": (1, 1024, 10), "db.medium": (2, 2048, 10), "db.large": (2, 4096, 10), "db.diskless": (1, 1024, 0)}
VOLUME_TYPES = ("standard", "fast")
# As clouds elsewhere have them: networks of both versions of IP, without port security, and floating addresses. The first address of each subnet is
# the bridge's own: guests are reached from this machine directly.
NETWORKS = {"db-net": ["10.213.77.0/24"], "dual-net": ["fd77:213:78::/64", "10.213.78.0/24"], "open-net": ["10.213.79.0/24"]}
WITHOUT_PORT_SECURITY = ("open-net",)
OUTSIDE, OUTSIDE_CIDR, ROUTED = "outside", "10.213.80.0/24", "db-net"
SCSI = ("debian-12-scsi", "debian-12")  # an image whose servers' disks show as those of virtio-scsi
KEYPAIR = "devcloud"
DEFAULT_ZONE = "nova"
COMPUTE_QUOTA = {"instances": 40, "cores": 200, "ram": 400 * 1024, "key_pairs": 100,
                 "server_groups": 20, "server_group_members": 20}
NETWORK_QUOTA = {"networks": 100, "subnets": 100, "ports": 500, "routers": 20, "floating_ips": 50,
                 "security_groups": 100, "security_group_rules": 1000}
VOLUME_QUOTA = {"volumes": 200, "snapshots": 200, "gigabytes": 10000, "backups": 50, "backup_gigabytes": 5000}


def flavors(admin):
    for name, (vcpus, ram, disk) in FLAVORS.items():
        if not admin.compute.find_flavor(name):
            admin.compute.create_flavor(name=name, vcpus=vcpus, ram=ram, disk=disk)


def images(admin, built):
    """Nova's guests use the trees below images/: Glance knows them by name, with a few bytes to stand for them.

    An optional one is known once it is built; the others are being built by now.
    """
    present = {image.name for image in admin.image.images()}
    for name, recipe in tomllib.loads((SOURCE / "images" / "recipes.toml").read_text()).items():
        if name not in present and (not recipe.get("optional") or (built / name).exists()):
            image(admin, name, name)
    if SCSI[0] not in present:
        image(admin, *SCSI, hw_disk_bus="scsi", hw_scsi_model="virtio-scsi")


def image(admin, name, rootfs, **properties):
    admin.image.create_image(
        name=name, data=f"{name}\n".encode(), disk_format="raw", container_format="bare", visibility="public",
        min_disk=1, devcloud_rootfs=rootfs, allow_duplicates=True, wait=True, **properties)


def quotas(admin):
    project = admin.identity.find_project("demo").id
    admin.set_compute_quotas(project, **COMPUTE_QUOTA)
    admin.set_network_quotas(project, **NETWORK_QUOTA)
    admin.set_volume_quotas(project, **VOLUME_QUOTA)


def volume_types(admin):
    present = {kind.name for kind in admin.block_storage.types()}
    for name in VOLUME_TYPES:
        if name not in present:
            admin.block_storage.create_type(name=name, description=f"{name} file-backed volumes")


def networks(member):
    for name, cidrs in NETWORKS.items():
        network(member, name, cidrs, is_port_security_enabled=name not in WITHOUT_PORT_SECURITY)


def network(cloud, name, cidrs, **attributes):
    net = cloud.network.find_network(name) or cloud.network.create_network(name=name, **attributes)
    present = {subnet.cidr for subnet in cloud.network.subnets(network_id=net.id)}
    for cidr in [ipaddress.ip_network(cidr) for cidr in cidrs if cidr not in present]:
        cloud.network.create_subnet(network_id=net.id, name=f"{name}-{cidr.version}", ip_version=cidr.version, cidr=str(cidr),
                                    gateway_ip=str(cidr[1]), is_dhcp_enabled=False)
    return net


def floating_addresses(admin, member):
    """A network outside, and a router to it."""
    outside = network(admin, OUTSIDE, [OUTSIDE_CIDR], is_router_external=True)
    if not member.network.find_router(OUTSIDE):
        router = member.network.create_router(name=OUTSIDE, external_gateway_info={"network_id": outside.id})
        subnet = next(member.network.subnets(network_id=member.network.find_network(ROUTED).id))
        port = member.network.create_port(network_id=subnet.network_id, fixed_ips=[{"subnet_id": subnet.id}], name="router")
        member.network.add_interface_to_router(router, port_id=port.id)


def zones(admin):
    """An aggregate for each availability zone but the default one, which has all hosts that are in none."""
    present = {aggregate.name: aggregate for aggregate in admin.compute.aggregates()}
    for name, computes in ZONES.items():
        if name != DEFAULT_ZONE:
            aggregate = present.get(name) or admin.compute.create_aggregate(name=name, availability_zone=name)
            for compute in set(computes) - set(aggregate.hosts or []):
                add_to_zone(admin, aggregate, compute)


def add_to_zone(admin, aggregate, compute, patience=60):
    """A compute that has just been started may not be known to Nova yet."""
    end = time.monotonic() + patience
    while True:
        try:
            return admin.compute.add_host_to_aggregate(aggregate, compute)
        except NotFoundException:
            if time.monotonic() > end:
                raise
        time.sleep(0.5)


def default_group(member):
    """The default group lets in ssh and ping, which newcomers expect; everything else is the groups' own affair."""
    group = member.network.find_security_group("default")
    present = {(rule.protocol, rule.port_range_min) for rule in member.network.security_group_rules(
        security_group_id=group.id, direction="ingress")}
    for protocol, port in {("tcp", 22), ("icmp", None)} - present:
        member.network.create_security_group_rule(
            security_group_id=group.id, direction="ingress", ethertype="IPv4", protocol=protocol,
            port_range_min=port, port_range_max=port, remote_ip_prefix="0.0.0.0/0")


def keypair(member, settings):
    if not member.compute.find_keypair(KEYPAIR):
        member.compute.create_keypair(name=KEYPAIR, public_key=settings.ssh_key.with_suffix(".pub").read_text().strip())


def main():
    admin, member, settings = connect("devcloud-admin"), connect("devcloud"), Settings.load()
    flavors(admin)
    images(admin, settings.state / "images")
    volume_types(admin)
    quotas(admin)
    networks(member)
    floating_addresses(admin, member)
    default_group(member)
    keypair(member, settings)
    zones(admin)


if __name__ == "__main__":
    main()
