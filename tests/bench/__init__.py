"""The benchmark: how fast the real service is, on this machine, beside a handler that does nothing.

``make bench`` runs all of it, ``make bench ARGS=--quick`` a short form. Loopback only.
"""
