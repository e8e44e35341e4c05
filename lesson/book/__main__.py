"""Check the book: `python -m lesson.book` says what is wrong, with file and line."""

import sys
import time

from lesson.book import Book, BookError


def main() -> int:
    """Build the book; return the exit status."""
    began = time.perf_counter()
    try:
        book = Book.build()
        book.check()
    except BookError as error:
        print(error)
        return 1
    took = time.perf_counter() - began
    for chapter in book.chapters.values():
        draft = "  (draft)" if chapter.draft else ""
        print(f"{chapter.minutes:>4g} min  {len(chapter.steps)} steps  {chapter.slug}{draft}")
    minutes = sum(chapter.minutes for chapter in book.chapters.values())
    plans = ", ".join(f"{plan.minutes} min {plan.title!r}" for plan in book.plans.values())
    print(f"{len(book.chapters)} chapters, {minutes:g} minutes; plans: {plans}; {took:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
