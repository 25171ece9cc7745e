"""What things cost a month. List prices of us-east-1 by size and family, with a factor for the
region; for servers the Price List API is asked first where it may be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from integrations.aws.place import Place
from integrations.aws.reading import number, part, text

DAY = "2025-06-01"
"""The day of the prices below: on demand, Linux, in US dollars."""
HOURS = 730
ADDRESS = 0.005 * HOURS
NAT = 0.045 * HOURS
BALANCERS = {"application": 0.0225 * HOURS, "network": 0.0225 * HOURS,
             "gateway": 0.0125 * HOURS, "classic": 0.025 * HOURS}  # fmt: skip
DISKS = {"gp3": 0.08, "gp2": 0.10, "io1": 0.125, "io2": 0.125, "st1": 0.045, "sc1": 0.015,
         "standard": 0.05}  # fmt: skip
IOPS = {"io1": 0.065, "io2": 0.065}
SNAPSHOT = 0.05
SNAPSHOT_ARCHIVE = 0.0125
LOGS = 0.03
DATABASE_DISK = 0.115

_FAMILIES = {
    "t2": 0.0928, "t3": 0.0832, "t3a": 0.0752, "t4g": 0.0672, "m1": 0.175, "m2": 0.245,
    "m3": 0.133, "m4": 0.10, "m5": 0.096, "m5a": 0.086, "m5n": 0.119, "m6a": 0.0864,
    "m6g": 0.077, "m6i": 0.096, "m7a": 0.1159, "m7g": 0.0816, "m7i": 0.1008, "c1": 0.13,
    "c3": 0.105, "c4": 0.10, "c5": 0.085, "c5a": 0.077, "c5n": 0.108, "c6a": 0.0765,
    "c6g": 0.068, "c6i": 0.085, "c7g": 0.0725, "c7i": 0.0893, "r3": 0.166, "r4": 0.133,
    "r5": 0.126, "r5a": 0.113, "r6a": 0.1134, "r6g": 0.1008, "r6i": 0.126, "r7g": 0.1071,
    "r7i": 0.1323, "i3": 0.156, "i3en": 0.226, "i4i": 0.172, "x2gd": 0.167, "db.t2": 0.136,
    "db.t3": 0.136, "db.t4g": 0.129, "db.m4": 0.175, "db.m5": 0.171, "db.m6g": 0.152,
    "db.m6i": 0.171, "db.m7g": 0.168, "db.r4": 0.24, "db.r5": 0.24, "db.r6g": 0.215,
    "db.r6i": 0.24, "db.r7g": 0.239,
}  # fmt: skip
"""An hour of the size ``large``."""
_SIZES = {"nano": 1 / 16, "micro": 1 / 8, "small": 1 / 4, "medium": 1 / 2, "large": 1.0,
          "xlarge": 2.0}  # fmt: skip
_REGIONS = {
    "us-west-1": 1.17, "ca-central-1": 1.11, "eu-west-1": 1.11, "eu-west-2": 1.16,
    "eu-west-3": 1.17, "eu-central-1": 1.20, "eu-central-2": 1.32, "eu-north-1": 1.06,
    "eu-south-1": 1.17, "eu-south-2": 1.11, "ap-southeast-1": 1.25, "ap-southeast-2": 1.25,
    "ap-southeast-3": 1.25, "ap-northeast-1": 1.29, "ap-northeast-2": 1.23,
    "ap-northeast-3": 1.29, "ap-south-1": 1.05, "ap-east-1": 1.37, "sa-east-1": 1.60,
    "me-south-1": 1.22, "me-central-1": 1.22, "af-south-1": 1.32, "us-gov-west-1": 1.26,
    "us-gov-east-1": 1.26,
}  # fmt: skip
_OLD = {"t1": "t3", "t2": "t3", "m1": "m6i", "m2": "r6i", "m3": "m6i", "m4": "m6i", "c1": "c6i",
        "c3": "c6i", "c4": "c6i", "r3": "r6i", "r4": "r6i"}  # fmt: skip


def factor(region: str) -> float:
    """How much dearer a region is than us-east-1, about."""
    return _REGIONS.get(region, 1.0 if region in ("us-east-1", "us-east-2", "us-west-2") else 1.15)


def monthly(type_: str, region: str) -> float | None:
    """A month of an instance type, servers' and databases' alike; None where it is not known."""
    family, _, size = type_.rpartition(".")
    times = _SIZES.get(size)
    if times is None and (found := re.fullmatch(r"(\d+)xlarge", size)):
        times = 2.0 * int(found[1])
    hour = _FAMILIES.get(family)
    return None if hour is None or times is None else hour * times * HOURS * factor(region)


def disk(type_: str, gb: float, iops: float, region: str) -> float:
    """A month of a volume."""
    more = IOPS.get(type_, 0.0) * iops
    return (DISKS.get(type_, 0.08) * gb + more) * factor(region)


def newer(type_: str) -> str:
    """The type of today that an old one would be; "" where it is none of the old."""
    family, _, size = type_.rpartition(".")
    return f"{_OLD[family]}.{size}" if family in _OLD else ""


async def server(place: Place, type_: str) -> tuple[float | None, str]:
    """A month of an instance type here, and where that is from."""
    key = (type_, place.region)
    if place.source.flags["pricing_api"] and key not in place.memory.prices:
        place.memory.prices[key] = await _listed(place, type_)
    if found := place.memory.prices.get(key):
        return found * HOURS, f"list price of {_today(place)}"
    return monthly(type_, place.region), f"list price of {DAY}"


def _today(place: Place) -> str:
    from store import clock

    return clock.iso(place.now)[:10]


async def _listed(place: Place, type_: str) -> float | None:
    wanted = {"instanceType": type_, "regionCode": place.region, "operatingSystem": "Linux",
              "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used"}  # fmt: skip
    answer = await place.at(place.account.home).maybe(
        "pricing", "GetProducts", ServiceCode="AmazonEC2", MaxResults=10,
        Filters=[{"Type": "TERM_MATCH", "Field": k, "Value": v} for k, v in wanted.items()],
    )  # fmt: skip
    found = [hourly(each) for each in answer.get("PriceList") or ()]
    return next((each for each in found if each), None)


def hourly(listed: Any) -> float | None:
    """The price of an hour in a product of the price list."""
    try:
        product: Mapping[str, Any] = json.loads(listed) if isinstance(listed, str) else listed
    except ValueError:
        return None
    for term in part(product, "terms", "OnDemand").values():
        for each in part(term, "priceDimensions").values():
            price = number(part(each, "pricePerUnit").get("USD"))
            if price and text(each.get("unit")).lower().startswith("hr"):
                return price
    return None
