"""Channels that reach people: each pager against a strict stand-in, and whole journeys."""
