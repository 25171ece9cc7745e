"""What there is to run things on, and what is done with it."""
