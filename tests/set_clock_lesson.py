"""The lesson whose time of day can be set, and which pings often, so that a test can wait for it.

`POST /clock` {"seconds"} sets it forward by so much.
"""

PING = 2  # seconds

if __name__ == "__main__":  # the import patches the process that it happens in
    import time

    wall = time.time
    ahead = {"seconds": 0}
    time.time = lambda: wall() + ahead["seconds"]

    import lesson.__main__ as entry  # isort: skip

    import os

    from demos import chat
    from demos.protocol import read_message
    from lesson import app

    mount_chat = chat.mount

    def mount(flask, feeds):
        mount_chat(flask, feeds)

        @flask.post("/clock")
        def set_clock():
            ahead["seconds"] += read_message()["seconds"]
            return ahead

    chat.mount = mount
    app.PING = PING
    os._exit(entry.main())
