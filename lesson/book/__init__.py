"""The book: Markdown in, pages out. `Book.build()` reads all of it, or says all that is wrong."""

from lesson.book.problems import BookError
from lesson.book.shelf import Book

__all__ = ["Book", "BookError"]
