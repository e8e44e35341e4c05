"""My own WebSocket server: it sells tickets, and tells everyone who is connected."""

import os

from flask import Flask, send_file
from flask_socketio import SocketIO, join_room

app = Flask(__name__, static_folder="../../static/vendor")
socketio = SocketIO(app)


@app.get("/")
def page():
    return send_file("my_page.html")


@socketio.on("connect")
def connect():
    join_room("sales")


def sell():
    sold = 0
    while True:
        socketio.sleep(0.2)
        sold += 1
        socketio.emit("sale", {"id": sold, "left": 2000 - sold}, to="sales")


socketio.start_background_task(sell)
socketio.run(app, port=int(os.environ.get("PORT", 5001)))
