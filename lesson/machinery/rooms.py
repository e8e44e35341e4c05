"""The rooms on real threads: whoever sends to one may find that the last one there has just left.

The library looks whether there is such a room and then takes it. On green threads nothing happens
in between; on real ones the room may go, and an error would end the loop that sends for everyone.
"""

from __future__ import annotations

from typing import Any

from socketio import Manager


class Rooms(Manager):
    """Keeps the rooms as Socket.IO does, and finds nobody in one that is gone."""

    def get_participants(self, namespace: str, room: str | None) -> list[Any]:
        """Return who is in a room now: pairs of its session in the namespace and in Engine.IO."""
        try:
            return list(super().get_participants(namespace, room))
        except KeyError:
            return []
