"""The command line: the same verbs, and what an operator needs."""
