"""The lesson with a mistake below Flask, where none of its own handlers sees it: at `/broken`."""

if __name__ == "__main__":  # the import patches the process that it happens in
    import lesson.__main__ as entry  # isort: skip

    import os

    from lesson import app

    create_lesson = app.create_lesson

    def create_broken(settings):
        lesson = create_lesson(settings)
        sound = lesson.app.wsgi_app

        def wsgi_app(environ, start_response):
            if environ["PATH_INFO"] == "/broken":
                raise RuntimeError("a mistake")
            return sound(environ, start_response)

        lesson.app.wsgi_app = wsgi_app
        return lesson

    app.create_lesson = create_broken
    os._exit(entry.main())
