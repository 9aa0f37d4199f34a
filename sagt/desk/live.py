"""News for whoever waits: one look at the record for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from sagt.desk.guard import needs
from sagt.desk.service import PACE, Desk
from sagt.errors import SagtError

router = APIRouter(include_in_schema=False)

#: Seconds of silence after which a word is sent, so that a dead line is noticed by either end.
QUIET = 15.0
#: Milliseconds after which a browser asks again when the line broke.
AGAIN = 2000


class Pulse:
    """Looks at the record's mark as long as anybody waits for it to change."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.mark = ""
        self._waiting: set[asyncio.Event] = set()
        self._task: asyncio.Task[None] | None = None

    async def marks(self, after: str | None = None) -> AsyncIterator[str | None]:
        """The mark, each time that it differs from the one before (`after`, at first); None when nothing came for a while.

        Ends when the desk closes."""
        wake = asyncio.Event()
        self._waiting.add(wake)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        try:
            while not self.desk.closing.is_set():
                if self.mark and self.mark != after:
                    after = self.mark
                    yield after
                try:
                    await asyncio.wait_for(wake.wait(), QUIET)
                except TimeoutError:
                    yield None
                wake.clear()
        finally:
            self._waiting.discard(wake)

    async def _look(self) -> None:
        while self._waiting and not self.desk.closing.is_set():
            try:
                mark = str(await asyncio.to_thread(self.desk.mark))
            except SagtError:
                mark = self.mark  # a database that is away for a moment is no news
            if mark != self.mark:
                self.mark = mark
                self._wake()
            await asyncio.sleep(PACE)
        self._wake()

    def _wake(self) -> None:
        for one in self._waiting:
            one.set()


def stream(events: AsyncIterator[str]) -> StreamingResponse:
    """Server-sent events as an answer that nobody on the way keeps back."""
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


@router.get("/events", dependencies=[Depends(needs("reader"))])
async def events(request: Request) -> StreamingResponse:
    """An event `change` whenever the record changes, with its mark."""
    pulse: Pulse = request.app.state.pulse

    async def told() -> AsyncIterator[str]:
        yield f"retry: {AGAIN}\n\n"
        async for mark in pulse.marks(request.headers.get("last-event-id") or request.query_params.get("after")):
            yield ": \n\n" if mark is None else f"id: {mark}\nevent: change\ndata: {mark}\n\n"

    return stream(told())
