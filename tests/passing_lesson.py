"""The lesson that can be ten minutes further in a moment.

`POST /pass` {"seconds"} lets so much time pass, second by second: for the sale, which goes on
meanwhile, and for the wall clock. It answers with the newest event's id.
"""

if __name__ == "__main__":  # the import patches the process that it happens in
    import time

    passed = {"seconds": 0}
    wall = time.time
    time.time = lambda: wall() + passed["seconds"]

    import lesson.__main__ as entry  # isort: skip

    import os

    from demos import chat
    from demos.box_office import BoxOffice
    from demos.protocol import read_message
    from lesson import parts

    offices: list[BoxOffice] = []
    mount_chat = chat.mount

    def open_office(*given, **more):
        clock = lambda: time.monotonic() + passed["seconds"]  # noqa: E731
        offices.append(BoxOffice(*given, **more, clock=clock))
        return offices[0]

    def mount(app, feeds):
        mount_chat(app, feeds)

        @app.post("/pass")
        def let_pass():
            for _ in range(read_message()["seconds"]):
                passed["seconds"] += 1
                offices[0].step()
            return {"last": feeds["sales"].last}

    parts.BoxOffice = open_office
    chat.mount = mount
    os._exit(entry.main())
