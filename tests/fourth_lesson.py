"""The lesson with a fourth technique beside the three: the solution of exercise 13.

CAPACITY (events that a feed holds) is an environment variable, so that a test can outrun it.
"""

SOLUTION = "lesson/exercises/13-the-fourth-technique/solution/event_stream.py"

if __name__ == "__main__":  # the import patches the process that it happens in
    import lesson.__main__ as entry  # isort: skip

    import os
    import runpy
    from dataclasses import replace

    from demos import short_poll
    from lesson.machinery.listener import listen
    from lesson.settings import Settings

    if entry.ENGINE == "eventlet":  # it would hold a stream's pieces back until there are 4 kB
        from eventlet.wsgi import HttpProtocol

        HttpProtocol.minimum_chunk_size = 1

    mount_short_poll, mount_stream = short_poll.mount, runpy.run_path(SOLUTION)["mount"]
    short_poll.mount = lambda app: (mount_short_poll(app), mount_stream(app))

    capacity = int(os.environ["CAPACITY"])
    settings = replace(Settings.from_environment(os.environ), capacity=capacity)
    entry.serve(settings, listen(settings.host, settings.port))
    os._exit(0)
