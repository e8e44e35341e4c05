"""Short polling, the server's half: answer at once with everything after the cursor."""

from flask import abort, request

from demos.feed import Cursor
from demos.protocol import answer


def mount(app):
    """Add the route that answers at once, news or none."""

    @app.get("/yours/short-poll/<feed:feed>")
    def short_poll(feed):
        # TODO: an empty cursor means "from now on". Read `epoch` and `after` from request.args.
        cursor = Cursor()
        return answer(feed.since(cursor))
