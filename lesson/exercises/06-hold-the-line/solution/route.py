"""Long polling, the server's half: wait inside the request until there is news."""

from demos.protocol import answer, read_cursor, read_hold


def mount(app):
    """Add the route that answers when there is news, or at the hold's end."""

    @app.get("/yours/long-poll/<feed:feed>")
    def long_poll(feed):
        batch = feed.wait(read_cursor(), timeout=read_hold())
        return answer(batch)
