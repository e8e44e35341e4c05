"""The lesson where the system allows only 256 files, as macOS does at first."""

FILES = 256

if __name__ == "__main__":  # the import patches the process that it happens in
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))

    import lesson.__main__ as entry  # isort: skip

    import os

    os._exit(entry.main())
