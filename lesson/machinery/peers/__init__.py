"""The peers: the same feed, events, heads and clients, on servers of other kinds, in one run.

`python start.py bench-peers` runs it (see __main__.py). ours.py is the lesson with a sale like
clockwork, flask_plain.py the stock way through Flask-SocketIO and Flask, websockets_plain.py the
`websockets` library's broadcast, node/server.mjs Socket.IO and plain http on Node. Each of these
is a program of its own and as short as its kind allows; clockwork.py has what they sell.
Nobody's memory of the past is tested here: the others keep a short log, and no meter.
"""
