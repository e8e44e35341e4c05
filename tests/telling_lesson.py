"""The lesson with a push that prints what it does: a word for each batch and each connection."""

if __name__ == "__main__":  # the import patches the process that it happens in
    import lesson.__main__ as entry  # isort: skip

    import os
    from typing import Any

    from lesson.machinery import push

    class TellingConnection(push.Connection):
        """Says what it wrote, and what it completed."""

        def take(self, frame: bytes) -> bool:
            """Write a frame."""
            taken = super().take(frame)
            print("direct" if taken else "busy", flush=True)
            return taken

        def reset(self) -> None:
            """Break it off."""
            print("cut", flush=True)
            super().reset()

        def _complete(self, rest: bytes) -> None:
            print("partial", flush=True)
            super()._complete(rest)

    class TellingPush(push.Push):
        """Says what it did not send."""

        def _miss(self, *args: Any) -> None:
            print("missed", flush=True)
            super()._miss(*args)

    push.Connection = TellingConnection  # type: ignore[misc]
    push.Push = TellingPush  # type: ignore[misc]
    status = entry.main()
    os._exit(status)
