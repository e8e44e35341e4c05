"""What teaches: the Flask app around the demos. Imports nothing, so that the patch can come first."""
