"""The exercises' machinery: what copies, watches, checks and shows them."""
