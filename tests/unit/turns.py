# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs at the same time over one FakeOpenStack, whose calls come in an order that a seed chooses."""

from __future__ import annotations

import random
import threading
from types import SimpleNamespace as Thing

from ansible_collections.stackdb.trove.tests.unit.fake_neutron import FakeNeutron


class Turns:
    """Before each call of a run the seed chooses whose turn comes next; between two calls up to `pause` seconds pass."""

    def __init__(self, seed, pause=0.6):
        self.random = random.Random(seed)
        self.pause = pause
        self.waiting = threading.Condition()
        self.running, self.turn = [], None
        #: so many calls are the first run's
        self.head_start = 0

    def run(self, cloud, *acts):
        """What each act, a function of a cloud, returned or raised."""
        results = [None] * len(acts)
        self.running = list(range(len(acts)))
        self.head_start = self.random.choice((0, 0, 5, 10, 20, 40))
        self._next()

        def go(number):
            try:
                results[number] = acts[number](self._view(cloud, number))
            except Exception as error:  # a result to look at, whatever it is
                results[number] = error
            with self.waiting:
                self.running.remove(number)
                self._next()

        threads = [threading.Thread(target=go, args=(number,)) for number in range(len(acts))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not self.running, "a run does not end"
        return results

    def _next(self):
        self.head_start -= 1
        if self.running:
            self.turn = self.running[0] if self.head_start > 0 else self.random.choice(self.running)
        with self.waiting:
            self.waiting.notify_all()

    def _view(self, cloud, number):
        """The cloud as one run sees it."""

        def call(function):
            def wrapped(*args, **kwargs):
                with self.waiting:
                    assert self.waiting.wait_for(lambda: self.turn == number, 30)
                    FakeNeutron.now += self.random.uniform(0, self.pause)
                    try:
                        return function(*args, **kwargs)
                    finally:
                        self._next()

            return wrapped

        class Proxy:
            def __init__(self, inner):
                self.inner = inner

            def __getattr__(self, name):
                return call(getattr(self.inner, name))

        inner = cloud.sdk
        sdk = Thing(network=Proxy(inner.network), block_storage=Proxy(inner.block_storage), image=Proxy(inner.image), has_service=inner.has_service)
        lists = {"list_servers": call(cloud.list_servers), "get_volumes": call(cloud.get_volumes)}
        return Thing(project_id=cloud.project_id, compute=Proxy(cloud.compute), sdk=sdk, **lists)
