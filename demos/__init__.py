"""What is compared: one feed of events, and three ways to hear of it."""
