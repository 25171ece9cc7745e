"""What is posted where, and what others are told. discord.py is imported here first: on Python 3.11
and 3.12 it warns of a module of the standard library that it uses for voice alone."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord as discord
