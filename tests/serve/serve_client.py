"""Asks an application without a network, at a time that the test sets."""

from __future__ import annotations

import asyncio
from datetime import datetime

import httpx
from fastapi import FastAPI


class Client:
    """Asks an application in this process; no socket is opened."""

    def __init__(self, app: FastAPI, base_url: str = "http://127.0.0.1:8000") -> None:
        self.app, self.base_url = app, base_url

    def ask(self, method: str, path: str, **options: object) -> httpx.Response:
        return asyncio.run(self._ask(method, path, **options))

    def get(self, path: str, **options: object) -> httpx.Response:
        return self.ask("GET", path, **options)

    async def _ask(self, method: str, path: str, **options: object) -> httpx.Response:
        # Answers to defects are looked at here, as a client would see them.
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=self.base_url) as client:
            return await client.request(method, path, **options)  # type: ignore[arg-type]


class Clock:
    """Shows the time that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now
