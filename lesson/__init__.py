"""What teaches: the Flask app around the demos. Imports nothing: the patch must come first."""
