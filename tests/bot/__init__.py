"""The parts of the bot that belong to no surface: desk, outbox, settings, API, command line."""
