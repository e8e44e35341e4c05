"""The first exercise: change one word, save, and look at the terminal and at the page."""

WHO = "Ada"
