"""One run of a command that measures: what it prints, what it keeps, and how it ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lesson.machinery.bench.about import in_words
from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Results

Kind = TypeVar("Kind", bound=Results)


def run(
    results: Kind,
    measure: Callable[[Kind, Progress], None],
    in_a_table: Callable[[Kind], str],
    file: Path,
) -> int:
    """Measure, print what was found, and write it to a file; Ctrl-C and SIGTERM end it early.

    :param measure: fills the results, and says how far it is.
    :param in_a_table: returns the results as text.
    :returns: the exit status: 0, or 130 if it was interrupted.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(in_words(results.about) + "\n", flush=True)
    progress = Progress()
    try:
        measure(results, progress)
    except KeyboardInterrupt:
        results.interrupted = True
        results.remark("it was interrupted: what is missing was not measured")
    progress.end()
    results.write(file)
    print(f"\n{in_a_table(results)}\n\nAll of it: {os.path.relpath(file)}")
    return 128 + signal.SIGINT if results.interrupted else 0
