"""What the demos work on: the feeds, who writes to them, and who decides about claims."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from demos.box_office import BoxOffice
from demos.feed import Feed
from lesson.classroom.chat import Chat
from lesson.classroom.judge import JudgedClaims
from lesson.machinery.seller import Seller
from lesson.settings import Settings


class Parts(NamedTuple):
    """Of one process, or shared by several."""

    sales: Feed
    chat: Chat
    box_office: Seller
    claims: JudgedClaims
    loops: tuple[Callable[[], None], ...] = ()  # fill the feeds, where other processes write too

    @property
    def feeds(self) -> dict[str, Feed]:
        """The feeds, by channel."""
        return {feed.channel: feed for feed in (self.sales, self.chat)}


def create_parts(settings: Settings) -> Parts:
    """Build the feeds and who writes to them: in this process, or on a Redis that several share."""
    if settings.redis_url is not None:
        from lesson.machinery.shared.parts import connect  # what it loads, few need

        return connect(settings)
    sales, room = Feed("sales", settings.capacity), Chat("chat", settings.capacity)
    in_class = settings.mode != "run"  # there the sale waits for the instructor
    box_office = BoxOffice(sales, settings.rate, settings.seed, paused=in_class)
    return Parts(sales, room, box_office, JudgedClaims(sales))
