"""What was found once and is shown to many: made by one while others wait, and made anew behind whoever may see an older one."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar, cast

_log = logging.getLogger(__name__)

T = TypeVar("T")

#: Things that may be made at once; those of one key one after the other.
MAKERS = 64


@dataclass(frozen=True, slots=True)
class _Found:
    what: object
    under: Hashable
    when: float


class Kept:
    """So many found things, the last used ones."""

    def __init__(self, most: int, behind: ThreadPoolExecutor) -> None:
        """`behind`: what makes things anew while older ones are shown."""
        self._most, self._behind = most, behind
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, _Found] = OrderedDict()
        self._renewing: set[Hashable] = set()
        self._making = tuple(threading.Lock() for _ in range(MAKERS))

    def get(self, key: Hashable, make: Callable[[], T], under: Hashable, lasts: float, worn: float = 0.0) -> T:
        """What `make` finds. It is kept for so many seconds (`lasts`), as long as `under` stays the same. Who asks while it is being made
        waits for it: fifty readers must not make one page fifty times. `make` must not itself ask for what is kept here.

        `worn`: seconds after which what has lasted long enough may still be shown, while it is made anew for the next who asks."""
        found = self._there(key, under)
        if found is not None and (age := time.monotonic() - found.when) >= lasts and age < worn:
            self._renew(key, make, under)
            return cast(T, found.what)
        with self._making[hash(key) % MAKERS]:
            found = self._there(key, under)
            if found is None or time.monotonic() - found.when >= max(lasts, worn):
                found = self._put(key, make(), under)
            return cast(T, found.what)

    def _there(self, key: Hashable, under: Hashable) -> _Found | None:
        with self._lock:
            found = self._found.get(key)
            if found is None or found.under != under:
                return None
            self._found.move_to_end(key)
            return found

    def _put(self, key: Hashable, what: object, under: Hashable) -> _Found:
        # Dated after it is made: what takes long must not be old at once.
        found = _Found(what, under, time.monotonic())
        with self._lock:
            self._found[key] = found
            self._found.move_to_end(key)
            if len(self._found) > self._most:
                self._found.popitem(last=False)
        return found

    def _renew(self, key: Hashable, make: Callable[[], object], under: Hashable) -> None:
        with self._lock:
            if key in self._renewing:
                return
            self._renewing.add(key)

        def run() -> None:
            try:
                self._put(key, make(), under)
            except Exception as error:  # the older one is shown until it is too old; then who asks is told
                _log.info("not made anew: %s", type(error).__name__)
            finally:
                with self._lock:
                    self._renewing.discard(key)

        try:
            self._behind.submit(run)
        except RuntimeError:  # the desk closes
            with self._lock:
                self._renewing.discard(key)
