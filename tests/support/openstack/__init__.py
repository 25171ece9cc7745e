"""A stand-in of a cloud's APIs, strict where the real ones are."""
