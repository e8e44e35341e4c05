"""A chat on an open connection. Left out: who may speak, and what was said before one came."""

from flask_socketio import emit, join_room


def mount(socketio, chat):
    """Add the chat. `chat` is its log: `chat.append(kind, data)` returns the event."""

    @socketio.on("connect")
    def connect():
        join_room("chat")

    @socketio.on("say")
    def say(message):
        # TODO: refuse it, or log it and tell everyone in the room; and acknowledge.
        return None


def problem_with(message):
    """Return what is wrong with a message, or None. A browser may send anything."""
    if not isinstance(message, dict):
        return {"title": "Bad Request", "status": 400, "detail": "a message is an object"}
    for field, longest in (("name", 40), ("text", 500)):
        text = message.get(field)
        if not isinstance(text, str) or not 1 <= len(text) <= longest:
            detail = f"{field} is 1 to {longest} characters"
            return {"title": "Bad Request", "status": 400, "detail": detail}
    return None
