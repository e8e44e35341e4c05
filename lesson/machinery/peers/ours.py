"""The lesson, meter, edge and all, with a sale like clockwork.

`python -m lesson.machinery.peers.ours`. FAST=0 leaves out what makes push and polls fast.
"""

if __name__ == "__main__":  # the import patches the process that it happens in
    import lesson.__main__ as entry  # isort: skip

    import os
    import time

    from demos.box_office import BoxOffice
    from lesson.machinery.peers import clockwork

    def run(self: BoxOffice) -> None:
        """Sell like clockwork."""
        clockwork.run(lambda data: self._feed.append("sale", data), time.sleep)

    BoxOffice.run = run  # type: ignore[method-assign]
    os._exit(entry.main())
