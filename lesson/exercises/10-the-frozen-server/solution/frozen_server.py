"""A box office. While somebody buys, all others go on.

Left out: that two may buy the last ticket.
"""

import os
import random
import threading
from time import monotonic

from flask import Flask, jsonify
from flask_socketio import SocketIO

BANK_TAKES = float(os.environ.get("BANK_TAKES", 4))  # seconds

app = Flask(__name__)
socketio = SocketIO(app, async_mode="eventlet")


class Hall:
    """Which seats are free. Many may ask at once."""

    def __init__(self):
        self._free = [f"{row}-{seat}" for row in range(1, 41) for seat in range(1, 51)]
        self._lock = threading.Lock()
        random.shuffle(self._free)

    def sell(self):
        with self._lock:
            return self._free.pop() if self._free else None

    def left(self):
        with self._lock:
            return len(self._free)

    def plan(self):
        with self._lock:
            return sorted(self._free)


class Bank:
    """Answers an order some seconds after it was given. A stand-in for one that is far away."""

    def __init__(self):
        self._ready_at = {}

    def order(self, name):
        number = len(self._ready_at) + 1
        self._ready_at[number] = monotonic() + BANK_TAKES
        print(f"order {number}: {name}", flush=True)
        return number

    def answer(self, number):
        """Return "paid" once the bank has decided, and None before. Does not wait."""
        return "paid" if monotonic() >= self._ready_at[number] else None


hall, bank = Hall(), Bank()


@app.get("/left")
def left():
    return jsonify(left=hall.left())


@app.get("/free")
def free():
    return jsonify(free=hall.plan())


@app.get("/next")
def wait_for_a_sale():
    """Answer when the next ticket is sold, as a long poll does."""
    before = hall.left()
    while hall.left() == before:
        socketio.sleep(0.1)
    return left()


@app.post("/buy/<name>")
def buy(name):
    number = bank.order(name)
    while bank.answer(number) is None:
        socketio.sleep(0.1)
    return jsonify(order=number, bank=bank.answer(number), seat=hall.sell())


def sell_to_visitors():
    """Sell a ticket now and then, whether somebody looks or not."""
    while hall.left():
        socketio.sleep(random.uniform(0.2, 0.6))
        hall.sell()


@app.get("/")
def page():
    return """<!doctype html><title>Box office</title><h1><span id="left">?</span> left</h1>
    <button id="buy">Buy</button> <p id="told"></p><script>
    const show = async () => {
      left.textContent = (await (await fetch("/left")).json()).left;
      setTimeout(show, 250) };
    buy.onclick = async () => { told.textContent = "asking the bank …";
      const ticket = await (await fetch("/buy/you", {method: "POST"})).json();
      told.textContent = `${ticket.bank}: seat ${ticket.seat}` };
    show();</script>"""


if __name__ == "__main__":
    socketio.start_background_task(sell_to_visitors)
    socketio.run(app, port=int(os.environ.get("PORT", 5001)))
