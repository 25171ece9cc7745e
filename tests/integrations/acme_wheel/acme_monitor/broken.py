"""Needs something that is not installed."""

raise ImportError("libacme.so.7 is missing")
