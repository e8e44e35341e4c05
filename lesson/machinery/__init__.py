"""What a student need not read: the engines, and what stands underneath and around the demos."""
