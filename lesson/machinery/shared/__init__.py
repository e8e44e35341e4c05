"""One lesson in several processes: what they share is on Redis, and each copies the feeds."""
