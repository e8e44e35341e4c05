"""A cluster on one machine: a Redis, several servers, and nginx in front of them."""
