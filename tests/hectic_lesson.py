"""The lesson on real threads that take turns as often as they can: what may race, does."""

if __name__ == "__main__":
    import os
    import sys

    os.environ["ENGINE"] = "threading"
    sys.setswitchinterval(1e-6)  # seconds

    import lesson.__main__ as entry

    os._exit(entry.main())
