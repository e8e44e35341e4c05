"""The first exercise: change one word, save, and look at the terminal and at the page."""

# TODO: put another name in place of nobody.
WHO = "nobody"
