"""Every call the connector can make. No other call can be made: the SDK's models are cut down to
these; and the policies in deploy/aws allow these and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

LOOKS: Mapping[str, str] = {
    "acm": "ListCertificates",
    "autoscaling": "DescribeAutoScalingGroups DescribeScalingActivities",
    "ce": "GetCostAndUsage GetRightsizingRecommendation",
    "cloudformation": "DescribeStacks",
    "cloudfront": "ListDistributions",
    "cloudtrail": "LookupEvents",
    "cloudwatch": "DescribeAlarms GetMetricData",
    "compute-optimizer": "GetEC2InstanceRecommendations GetEBSVolumeRecommendations"
    " GetIdleRecommendations",
    "dynamodb": "ListTables DescribeTable",
    "ec2": "DescribeAddresses DescribeAvailabilityZones DescribeInstanceStatus"
    " DescribeInstanceTypes DescribeInstances DescribeNatGateways DescribeRegions"
    " DescribeSnapshots DescribeSubnets DescribeVolumeStatus DescribeVolumes DescribeVpcs"
    " GetConsoleOutput",
    "ecr": "DescribeRepositories",
    "ecs": "ListClusters DescribeClusters ListServices DescribeServices",
    "eks": "ListClusters DescribeCluster ListNodegroups DescribeNodegroup",
    "elasticache": "DescribeCacheClusters DescribeReplicationGroups",
    "elb": "DescribeLoadBalancers DescribeInstanceHealth DescribeTags",
    "elbv2": "DescribeLoadBalancers DescribeTargetGroups DescribeTargetHealth DescribeTags",
    "health": "DescribeEvents DescribeEventDetails DescribeAffectedEntities",
    "lambda": "ListFunctions GetFunctionConfiguration",
    "logs": "DescribeLogGroups FilterLogEvents",
    "organizations": "ListAccounts",
    "pricing": "GetProducts",
    "rds": "DescribeDBInstances DescribeDBClusters DescribePendingMaintenanceActions",
    "resource-explorer-2": "ListResources",
    "resourcegroupstaggingapi": "GetResources",
    "route53": "ListHostedZones",
    "s3": "ListBuckets GetBucketLocation",
    "sqs": "ListQueues GetQueueAttributes",
    "sts": "GetCallerIdentity AssumeRole",
    "support": "DescribeTrustedAdvisorChecks DescribeTrustedAdvisorCheckResult",
}  # fmt: skip
"""What is asked, by the SDK's name of the service."""

DEEDS: Mapping[str, str] = {
    "autoscaling": "SetDesiredCapacity",
    "ec2": "RebootInstances StartInstances StopInstances",
}
"""What the actions do."""

_PREFIX = {
    "elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing",
    "resourcegroupstaggingapi": "tag",
}  # fmt: skip
_ACTION = {"s3:ListBuckets": "s3:ListAllMyBuckets"}
_FREE = {"sts:GetCallerIdentity"}  # nobody needs a permission for it
_BESIDE = {  # what a call asks for in addition
    "resource-explorer-2:ListResources": ("resource-explorer-2:GetDefaultView",),
    "compute-optimizer:GetEC2InstanceRecommendations": ("ec2:DescribeInstances",),
    "compute-optimizer:GetEBSVolumeRecommendations": ("ec2:DescribeVolumes",),
}


def operations(service: str) -> frozenset[str]:
    """The operations of a service that the connector knows."""
    return frozenset(f"{LOOKS.get(service, '')} {DEEDS.get(service, '')}".split())


def actions(calls: Mapping[str, str]) -> frozenset[str]:
    """The IAM actions that these calls ask for."""
    found: set[str] = set()
    for service, names in calls.items():
        for name in names.split():
            said = f"{_PREFIX.get(service, service)}:{name}"
            found |= {_ACTION.get(said, said), *_BESIDE.get(said, ())} - _FREE
    return frozenset(found)
