"""Tests of the Slack surface: the real slack_bolt and slack_sdk against a strict stand-in."""
