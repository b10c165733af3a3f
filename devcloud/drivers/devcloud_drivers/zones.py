"""A filter for Nova's scheduler: who names no availability zone gets a host of the default one, where the volumes are."""
from __future__ import annotations

import nova.conf
from nova.scheduler import filters

CONF = nova.conf.CONF


class ZoneFilter(filters.BaseHostFilter):
    """The default zone is all hosts without a zone of their own, so that a host with servers need not be put into an aggregate, which Nova refuses."""

    run_filter_once_per_request = True
    RUN_ON_REBUILD = False

    def host_passes(self, host_state, spec_obj):
        default = CONF.default_availability_zone
        own = next((aggregate.availability_zone for aggregate in host_state.aggregates if aggregate.availability_zone), default)
        return own == (spec_obj.availability_zone or default)
