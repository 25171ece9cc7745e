"""Neutral cards: what is shown, before any platform's limits or markup."""
