"""The lesson as a class is served, on this machine. Nobody has the instructor's cookie."""

if __name__ == "__main__":  # the import patches the process that it happens in
    import lesson.__main__ as entry  # isort: skip

    import os
    from dataclasses import replace

    from lesson.machinery.listener import listen
    from lesson.settings import Settings

    settings = replace(Settings.from_environment(os.environ), mode="class")
    entry.serve(settings, listen(settings.host, settings.port))
    os._exit(0)
