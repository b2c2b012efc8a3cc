"""The API's whole world: releases, and the ledger of who was told them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from tracker.domain.orders import OrderId
from tracker.domain.releases import Release
from tracker.store import Store

LOOPBACK = "loopback"
"""Recipient of everything that is asked for on this machine; keys with names of their own come with access rights."""


class Released:
    """Releases of a store and nothing else of it.

    The store itself is kept inside two functions, so that whoever holds this object cannot reach anything more by
    mistake: no orders, events, estimates or history.

    Args:
        store: Where releases and the ledger are.
        clock: Aware UTC now.
    """

    __slots__ = ("_read", "_tell")

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        def read(order: OrderId | None) -> tuple[Release, ...]:
            with store.read() as view:
                if order is None:
                    return view.releases()
                found = view.release(order)
                return () if found is None else (found,)

        def tell(releases: Sequence[Release]) -> None:
            with store.write(clock()) as unit:
                for release in releases:
                    unit.disclose(release, LOOPBACK)

        self._read, self._tell = read, tell

    def releases(self) -> tuple[Release, ...]:
        """The latest release of every order that has one, by order id.

        Raises:
            StoreError: The database cannot be read.
        """
        return self._read(None)

    def release(self, order: OrderId) -> Release | None:
        """The latest release of an order; ``None`` before the first.

        Raises:
            StoreError: The database cannot be read.
        """
        return next(iter(self._read(order)), None)

    def tell(self, releases: Sequence[Release]) -> None:
        """Writes down that these are being told: the first time in the log, later ones as a count per epoch.

        Raises:
            StoreError: It could not be written; then nothing may be told.
        """
        if releases:
            self._tell(releases)
