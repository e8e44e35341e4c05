"""The lesson that is soaked: `/holds` tells what it holds, and all else is as always.

CAPACITY in the environment says how many events a feed holds.
"""

if __name__ == "__main__":  # the import patches the process that it happens in
    import lesson.__main__ as entry  # isort: skip

    import gc
    import os
    from dataclasses import replace

    from greenlet import greenlet

    import lesson.app
    from lesson.machinery.listener import listen
    from lesson.settings import Settings

    create = lesson.app.create_lesson

    def create_telling_lesson(settings):  # type: ignore[no-untyped-def]
        """Build the lesson, and let it tell."""
        built = create(settings)

        @built.app.get("/holds")
        def holds() -> dict[str, int]:
            gc.collect()
            return {
                "green threads": sum(isinstance(one, greenlet) for one in gc.get_objects()),
                "sessions": len(built.socketio.server.eio.sockets),
            }

        return built

    lesson.app.create_lesson = create_telling_lesson
    settings = Settings.from_environment(os.environ)
    capacity = int(os.environ.get("CAPACITY") or settings.capacity)
    entry.serve(replace(settings, capacity=capacity), listen(settings.host, settings.port))
    os._exit(0)
