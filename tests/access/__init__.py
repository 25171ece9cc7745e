"""Tokens, accounts, whoever is not known, and how often somebody may ask."""
