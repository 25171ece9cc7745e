"""What the demo's clouds cost for sixty days, with one jump, and what could be saved in them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from commands.rules.cost import date_of
from store.model import DAY
from store.model.resource import Cost, Finding
from tests.support.demo.estate import AWS, AZURE, GCP

BILLS = {
    AWS: ("USD", (
        ("AmazonEC2", "eu-west-1", "data", "m5.4xlarge", 84.0),
        ("AmazonEC2", "eu-west-1", "web", "m5.large", 31.0),
        ("AmazonRDS", "eu-west-1", "db", "db.r6g.large", 42.0),
        ("AmazonS3", "eu-west-1", "data", "storage", 18.5),
        ("AWSLambda", "eu-west-1", "web", "requests", 3.2),
        ("AmazonEC2-Other", "eu-west-1", "", "gp3", 11.0),
    )),
    AZURE: ("EUR", (
        ("Virtual Machines", "westeurope", "web", "D4s v5", 52.0),
        ("SQL Database", "westeurope", "data", "GP_Gen5_4", 38.0),
        ("Bandwidth", "westeurope", "web", "egress", 6.0),
    )),
    GCP: ("USD", (
        ("Compute Engine", "europe-west1", "data", "n2-standard-8", 61.0),
        ("Cloud Storage", "europe-west1", "data", "standard", 9.4),
    )),
}  # fmt: skip
"""Service, region, team, usage and what a day costs."""
JUMPED = 6
"""So many days ago somebody made larger machines."""


def bills(source: str, today: int, days: int = 60) -> Iterator[Cost]:
    """A line for each day and service; weekends are cheaper."""
    currency, kinds = BILLS[source]
    for day in range(today - days, today):
        calm = 0.82 if day % 7 in (2, 3) else 1.0
        for n, (service, region, team, usage, amount) in enumerate(kinds):
            more = 1.38 if (source, n) == (AWS, 0) and day >= today - JUMPED else 1.0
            wave = 1 + 0.04 * math.sin(day / 3 + n)
            resource = _server() if (source, n) == (AWS, 1) else ""
            yield Cost(
                date_of(day).isoformat(), service, round(amount * calm * more * wave, 2), currency,
                "111122223333" if source == AWS else source, region, team, usage,
            )  # fmt: skip
            if resource:
                yield Cost(
                    date_of(day).isoformat(), service, 2.3, currency, "111122223333", region, team,
                    usage, resource,
                )  # fmt: skip


def _server() -> str:
    return "arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc0000"


def savings(now: int) -> dict[str, list[Finding]]:
    """Unattached disks and addresses, idle and oversized servers."""

    def arn(what: str) -> str:
        return f"arn:aws:ec2:eu-west-1:111122223333:{what}"

    disks = [
        Finding(f"disk-{n}", "unattached-disk", arn(f"volume/{n}"),
                f"volume-{n + 1} is attached to nothing", 16.0, "USD",
                "200 GB gp3 at 0.08 $ per GB (eu-west-1, 1 Nov 2026); unattached for 94 d",
                since=now - 94 * DAY)
        for n in (19, 20, 21)
    ]  # fmt: skip
    idle = [
        Finding(f"idle-{n}", "idle-server", arn(f"instance/i-0abc{n:04}"), "CPU under 3 % for 14 d",
                188.0, "USD", "CPU at most 2.9 % in 14 d, network under 5 MB a day; r6i.2xlarge at "
                "0.504 $ an hour", since=now - 20 * DAY)
        for n in (8, 17, 26)
    ]  # fmt: skip
    address = Finding(
        "ip-4", "unused-address", arn("address/4"), "address-5 points at nothing", 3.6, "USD",
        "0.005 $ an hour for an address that nothing uses", since=now - 40 * DAY,
    )  # fmt: skip
    group = "/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333/resourcegroups/web"
    vm = f"{group}/providers/microsoft.compute/virtualmachines/win-0"
    stopped = Finding(
        "advisor-1", "stopped-server", vm, "win-1 is stopped and its disks still cost", 24.0,
        "EUR", "deallocated for 31 d; two disks of 128 GB", "Azure Advisor", now - 31 * DAY,
    )  # fmt: skip
    return {AWS: [*disks, *idle, address], AZURE: [stopped]}
