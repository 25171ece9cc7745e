"""What can be run, by hand and by itself, and what comes of it."""
