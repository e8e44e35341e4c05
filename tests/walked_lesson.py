"""The lesson for walks: small feeds, and two more ways to move them.

`POST /log` {"count", "size"} appends to the chat; each event says of which epoch it is, and which
one, so that it cannot be taken for another. `POST /clock` {"by"} sets the whole process's wall
clock, by seconds from the true one.
"""

CAPACITY = 700  # more than a batch holds, and less than the largest burst

if __name__ == "__main__":  # the import patches the process that it happens in
    import time

    ahead = {"by": 0}
    wall = time.time
    time.time = lambda: wall() + ahead["by"]

    import lesson.__main__ as entry  # isort: skip

    import os
    from dataclasses import replace

    from demos import chat
    from demos.protocol import read_message
    from lesson.machinery.listener import listen
    from lesson.settings import Settings

    mount_chat = chat.mount

    def mount(app, feeds):
        mount_chat(app, feeds)
        feed = feeds["chat"]

        @app.post("/log")
        def log():
            asked = read_message()
            for _ in range(asked["count"]):
                text = f"{feed.epoch} {feed.last + 1}".ljust(asked["size"])
                feed.append("said", {"name": "Ada", "text": text})
            return {"epoch": feed.epoch, "last": feed.last}

        @app.post("/clock")
        def clock():
            ahead["by"] = read_message()["by"]
            return {}

    chat.mount = mount
    settings = replace(Settings.from_environment(os.environ), capacity=CAPACITY)
    entry.serve(settings, listen(settings.host, settings.port))
    os._exit(0)
