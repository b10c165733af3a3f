# SPDX-License-Identifier: GPL-3.0-or-later
"""Registers services, endpoints, projects and users in Keystone. Safe to repeat."""
from control.cloud import connect
from control.settings import Settings

SERVICES = (  # name, type, which port, path
    ("placement", "placement", "placement", ""),
    ("glance", "image", "glance", ""),
    ("nova", "compute", "nova", "/v2.1"),
    ("neutron", "network", "neutron", ""),
    ("cinder", "block-storage", "cinder", "/v3"),
    ("cinderv3", "volumev3", "cinder", "/v3/%(project_id)s"),  # the name by which Nova looks for it
)


def register_services(identity, settings):
    for name, kind, port, path in SERVICES:
        service = identity.find_service(name) or identity.create_service(name=name, type=kind)
        present = {endpoint.interface for endpoint in identity.endpoints(service_id=service.id)}
        for interface in {"public", "internal", "admin"} - present:
            identity.create_endpoint(service_id=service.id, interface=interface, region_id="RegionOne",
                                     url=settings.url(port, path))


def ensure_user(identity, name, project, password, *roles):
    found = identity.find_project(project) or identity.create_project(name=project, domain_id="default")
    user = identity.find_user(name, domain_id="default") or identity.create_user(
        name=name, domain_id="default", default_project_id=found.id, password=password)
    for name in roles:
        role = identity.find_role(name) or identity.create_role(name=name)
        identity.assign_project_role_to_user(found, user, role)


def main():
    settings = Settings.load()
    identity = connect("devcloud-admin").identity
    register_services(identity, settings)
    ensure_user(identity, "service", "service", settings.secrets["service"], "admin", "service")
    ensure_user(identity, "demo", "demo", settings.secrets["demo"], "member")


if __name__ == "__main__":
    main()
