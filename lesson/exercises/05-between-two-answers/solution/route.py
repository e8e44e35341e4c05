"""Short polling, the server's half: answer at once with everything after the cursor."""

from flask import abort, request

from demos.feed import Cursor
from demos.protocol import answer


def mount(app):
    """Add the route that answers at once, news or none."""

    @app.get("/yours/short-poll/<feed:feed>")
    def short_poll(feed):
        after = request.args.get("after")
        if after is not None and not after.isdecimal():
            abort(400, f"after is {after}; allowed is a whole number")
        cursor = Cursor(request.args.get("epoch"), None if after is None else int(after))
        return answer(feed.since(cursor))
