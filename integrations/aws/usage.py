"""Usage types of the bill, ``EUC1-BoxUsage:m5.4xlarge``: the region and what was used."""

from __future__ import annotations

import re

_REGIONS = {
    "USE1": "us-east-1", "USE2": "us-east-2", "USW1": "us-west-1", "USW2": "us-west-2",
    "CAN1": "ca-central-1", "CAN2": "ca-west-1", "EU": "eu-west-1", "EUW1": "eu-west-1",
    "EUW2": "eu-west-2", "EUW3": "eu-west-3", "EUC1": "eu-central-1", "EUC2": "eu-central-2",
    "EUN1": "eu-north-1", "EUS1": "eu-south-1", "EUS2": "eu-south-2", "APN1": "ap-northeast-1",
    "APN2": "ap-northeast-2", "APN3": "ap-northeast-3", "APS1": "ap-southeast-1",
    "APS2": "ap-southeast-2", "APS3": "ap-south-1", "APS4": "ap-southeast-3",
    "APS5": "ap-south-2", "APS6": "ap-southeast-4", "APS7": "ap-southeast-5",
    "APE1": "ap-east-1", "SAE1": "sa-east-1", "MES1": "me-south-1", "MEC1": "me-central-1",
    "ILC1": "il-central-1", "AFS1": "af-south-1", "UGW1": "us-gov-west-1",
    "UGE1": "us-gov-east-1", "MXC1": "mx-central-1",
}  # fmt: skip
_BEFORE = re.compile(r"([A-Z]{2,4}\d?)-(?:(?:[A-Z]{2,4}\d?)-)?(.+)")
_WORDS = (
    (re.compile(r"(?:BoxUsage|HeavyUsage|DedicatedUsage|HostBoxUsage|UnusedBox):(.+)"), r"\1"),
    (re.compile(r"SpotUsage:(.+)"), r"\1 (spot)"),
    (re.compile(r"InstanceUsage:(.+)"), r"\1"),
    (re.compile(r"Multi-AZUsage:(.+)"), r"\1 (Multi-AZ)"),
    (re.compile(r"NodeUsage:(.+)"), r"\1"),
    (re.compile(r"EBS:VolumeUsage\.(.+)"), r"\1 disks"),
    (re.compile(r"EBS:VolumeUsage"), "magnetic disks"),
    (re.compile(r"EBS:SnapshotUsage.*"), "snapshots"),
    (re.compile(r"NatGateway-Hours"), "NAT gateways"),
    (re.compile(r"NatGateway-Bytes"), "NAT traffic"),
    (re.compile(r"(?:LoadBalancerUsage|LCUUsage)"), "load balancers"),
    (re.compile(r"TimedStorage-(?:.*)ByteHrs"), "storage"),
    (re.compile(r"DataTransfer-(?:Out|In)-.*|AWS-(?:Out|In)-.*"), "traffic"),
    (re.compile(r"DataTransfer-Regional-Bytes"), "traffic between zones"),
    (re.compile(r"ElasticIP:IdleAddress|PublicIPv4:IdleAddress"), "idle addresses"),
    (re.compile(r"PublicIPv4:InUseAddress"), "addresses"),
)


def region_of(usage: str) -> str:
    """The region in a usage type; "" where it names none."""
    found = _BEFORE.fullmatch(usage)
    return _REGIONS.get(found[1], "") if found else ""


def usage_of(usage: str) -> str:
    """What was used, in words, without the region: ``m5.4xlarge``."""
    found = _BEFORE.fullmatch(usage)
    bare = found[2] if found and found[1] in _REGIONS else usage
    for pattern, said in _WORDS:
        if match := pattern.fullmatch(bare):
            return match.expand(said)
    return bare
