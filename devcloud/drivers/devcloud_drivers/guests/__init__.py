"""Servers as systemd-nspawn guests. Nothing in this package knows of OpenStack: the driver for Nova stands on it, and so does the cleanup."""
