"""What things cost a month, for findings that Advisor does not price: list prices, rounded."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SAID = "List prices of 2025-01-01, East US."
LIST: Mapping[str, float] = MappingProxyType({
    "disk standard_lrs": 0.045, "disk standardssd_lrs": 0.075, "disk standardssd_zrs": 0.115,
    "disk premium_lrs": 0.135, "disk premium_zrs": 0.2, "disk premiumv2_lrs": 0.081,
    "disk ultrassd_lrs": 0.12, "snapshot standard": 0.05, "snapshot premium": 0.12,
    "ip standard": 3.65, "ip basic": 2.63, "load balancer": 18.25,
    "plan b1": 13.0, "plan b2": 26.0, "plan b3": 51.0, "plan s1": 69.0, "plan s2": 138.0,
    "plan s3": 276.0, "plan p0v3": 62.0, "plan p1v2": 81.0, "plan p2v2": 161.0,
    "plan p3v2": 322.0, "plan p1v3": 113.0, "plan p2v3": 226.0, "plan p3v3": 453.0,
})  # fmt: skip
"""Disks and snapshots by GB; what is sold in steps costs about that on the whole."""
