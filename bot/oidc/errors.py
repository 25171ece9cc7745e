"""Why nobody was let in by a provider."""

from __future__ import annotations


class Refused(Exception):
    """What came is wrong: it was not meant for us, is too old, or was made by somebody else."""


class Unreachable(Exception):
    """The provider does not answer as one does."""
