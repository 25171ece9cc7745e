"""Which resource a name of a service means: a dimension of CloudWatch, an event's resource."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.aws.place import Place

_EC2 = {"i-": "instance", "vol-": "volume", "snap-": "snapshot", "vpc-": "vpc",
        "subnet-": "subnet", "nat-": "natgateway", "eipalloc-": "elastic-ip"}  # fmt: skip
_BY_ID = ("InstanceId", "VolumeId", "NatGatewayId")
_BY_DIMENSION: Mapping[str, tuple[str, str]] = {
    "DBInstanceIdentifier": ("rds", "db:"), "DBClusterIdentifier": ("rds", "cluster:"),
    "LoadBalancer": ("elasticloadbalancing", "loadbalancer/"),
    "LoadBalancerName": ("elasticloadbalancing", "loadbalancer/"), "QueueName": ("sqs", ""),
    "FunctionName": ("lambda", "function:"), "TableName": ("dynamodb", "table/"),
    "CacheClusterId": ("elasticache", "cluster:"),
}  # fmt: skip
_BY_TYPE = {
    "AWS::RDS::DBInstance": "DBInstanceIdentifier", "AWS::RDS::DBCluster": "DBClusterIdentifier",
    "AWS::Lambda::Function": "FunctionName", "AWS::DynamoDB::Table": "TableName",
    "AWS::S3::Bucket": "BucketName", "AWS::SQS::Queue": "QueueName",
    "AWS::ElasticLoadBalancing::LoadBalancer": "LoadBalancerName",
}  # fmt: skip


def by_id(place: Place, name: str) -> str:
    """The key of something of EC2's by its id; an ARN is one already; "" where it is neither."""
    if name.startswith("arn:"):
        return name
    for start, word in _EC2.items():
        if name.startswith(start):
            return place.arn("ec2", f"{word}/{name}")
    return ""


def by_dimensions(place: Place, dimensions: Mapping[str, str]) -> str:
    """The key of what a metric is about, "" where it can't be told."""
    if {"ClusterName", "ServiceName"} <= set(dimensions):
        path = f"service/{dimensions['ClusterName']}/{dimensions['ServiceName']}"
        return place.arn("ecs", path)
    for name in _BY_ID:
        if said := dimensions.get(name):
            return by_id(place, said)
    if bucket := dimensions.get("BucketName"):
        return f"arn:{place.account.partition}:s3:::{bucket}"
    for name, (service, before) in _BY_DIMENSION.items():
        if said := dimensions.get(name):
            return place.arn(service, before + said)
    return ""


def by_type(place: Place, kind: str, name: str) -> str:
    """The key of what an event names by CloudFormation's type."""
    if found := by_id(place, name):
        return found
    dimension = _BY_TYPE.get(kind)
    return by_dimensions(place, {dimension: name.rpartition("/")[2]}) if dimension else ""
