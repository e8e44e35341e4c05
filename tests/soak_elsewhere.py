"""Runs the soak, and writes what is found to the file that is named before the parts."""

import sys
from pathlib import Path

from lesson.machinery.soak.__main__ import main

if __name__ == "__main__":
    file, *parts = sys.argv[1:]
    sys.exit(main(parts, Path(file)))
