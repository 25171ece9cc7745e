"""A hundred mixed things in three regions of two accounts of moto: well, broken, idle and dear."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx

MAIN, OTHER = "123456789012", "222222222222"
ROLE = f"arn:aws:iam::{OTHER}:role/PixelView"
REGIONS = ("eu-west-1", "eu-central-1", "us-east-1")
SERVERS = {"eu-west-1": 10, "eu-central-1": 5, "us-east-1": 5}
QUEUED = [
    ("AmazonEC2", "EUW1-BoxUsage:m5.large", 61.5), ("AmazonEC2", "EUC1-BoxUsage:t3.micro", 9),
    ("AmazonS3", "TimedStorage-ByteHrs", 2.25), ("AmazonSQS", "EUW1-Requests", 0.001),
]  # fmt: skip


@dataclass(slots=True)
class Seeded:
    """What was made, by what it is for."""

    address: str
    ids: dict[str, str] = field(default_factory=dict)
    servers: dict[str, list[str]] = field(default_factory=dict)


class _Maker:
    """Clients of an account."""

    def __init__(self, address: str, credentials: dict[str, str] | None = None) -> None:
        self._address = address
        self._credentials = credentials or {
            "aws_access_key_id": "testing", "aws_secret_access_key": "testing",
        }  # fmt: skip
        self._open: list[Any] = []

    def __call__(self, service: str, region: str) -> Any:
        client = boto3.Session(**self._credentials).client(
            service, region_name=region, endpoint_url=self._address
        )
        self._open.append(client)
        return client

    def close(self) -> None:
        for each in self._open:
            each.close()


def seed(address: str) -> Seeded:
    """Make it all."""
    made = Seeded(address)
    main = _Maker(address)
    assumed = main("sts", "us-east-1").assume_role(RoleArn=ROLE, RoleSessionName="seed")
    given = assumed["Credentials"]
    other = _Maker(address, {
        "aws_access_key_id": given["AccessKeyId"], "aws_session_token": given["SessionToken"],
        "aws_secret_access_key": given["SecretAccessKey"],
    })  # fmt: skip
    for region, count in SERVERS.items():
        made.servers[region] = _servers(main, region, count)
        _disks(main, region, made)
        _queues(main, region)
    made.servers[OTHER] = _servers(other, "eu-west-1", 5)
    _servers_idle(main, made)
    _balancers(main, made)
    _databases(main, made)
    _small(main, made)
    _costs(address)
    main.close()
    other.close()
    return made


def _servers(make: _Maker, region: str, count: int) -> list[str]:
    ec2 = make("ec2", region)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    found = []
    for number in range(count):
        tags = [{"Key": "Name", "Value": f"web-{number}"}, {"Key": "team", "Value": "web"}]
        answer = ec2.run_instances(
            ImageId=image, MinCount=1, MaxCount=1, InstanceType="m5.large",
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags[: 1 + number % 2]}],
        )  # fmt: skip
        found.append(answer["Instances"][0]["InstanceId"])
    ec2.stop_instances(InstanceIds=[found[-1]])
    return found


def _disks(make: _Maker, region: str, made: Seeded) -> None:
    ec2 = make("ec2", region)
    for size in (100, 50):
        volume = ec2.create_volume(AvailabilityZone=f"{region}a", Size=size, VolumeType="gp3")
        made.ids[f"{region}/free-volume-{size}"] = volume["VolumeId"]
    gone = ec2.create_volume(AvailabilityZone=f"{region}a", Size=20, VolumeType="gp2")
    snapshot = ec2.create_snapshot(VolumeId=gone["VolumeId"], Description="before the move")
    ec2.delete_volume(VolumeId=gone["VolumeId"])
    made.ids[f"{region}/snapshot"] = snapshot["SnapshotId"]
    free = ec2.allocate_address(Domain="vpc")
    made.ids[f"{region}/free-address"] = free["AllocationId"]
    used = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(
        AllocationId=used["AllocationId"], InstanceId=made.servers[region][0]
    )  # fmt: skip


def _queues(make: _Maker, region: str) -> None:
    sqs = make("sqs", region)
    dead = sqs.create_queue(QueueName="orders-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    policy = {"deadLetterTargetArn": arn["QueueArn"], "maxReceiveCount": "3"}
    sqs.create_queue(
        QueueName="orders", Attributes={"RedrivePolicy": json.dumps(policy)}, tags={"team": "shop"}
    )
    sqs.send_message(QueueUrl=dead, MessageBody="x")


def _servers_idle(make: _Maker, made: Seeded) -> None:
    """Two weeks of CPU: the first does nothing, the second little, the third enough."""
    watch = make("cloudwatch", "eu-west-1")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for ident, cpu in zip(made.servers["eu-west-1"], (1.0, 9.0, 70.0), strict=False):
        points = [
            {"MetricName": "CPUUtilization", "Value": cpu + hour / 10, "Unit": "Percent",
             "Dimensions": [{"Name": "InstanceId", "Value": ident}],
             "Timestamp": today - timedelta(days=day, hours=hour)}
            for day in range(14) for hour in (3, 9)
        ]  # fmt: skip
        watch.put_metric_data(Namespace="AWS/EC2", MetricData=points)
    now = datetime.now(UTC)
    points = [
        {"MetricName": "CPUUtilization", "Value": 42.0, "Unit": "Percent",
         "Dimensions": [{"Name": "InstanceId", "Value": made.servers["eu-west-1"][2]}],
         "Timestamp": now - timedelta(minutes=each)}
        for each in range(5, 25, 5)
    ]  # fmt: skip
    watch.put_metric_data(Namespace="AWS/EC2", MetricData=points)
    alarms = {"cpu-high": "ALARM", "cpu-fine": "OK", "ignored": "ALARM", "critical-disk": "ALARM"}
    for name, state in alarms.items():
        watch.put_metric_alarm(
            AlarmName=name, MetricName="CPUUtilization", Namespace="AWS/EC2", Period=60,
            Statistic="Average", EvaluationPeriods=5, Threshold=90,
            ComparisonOperator="GreaterThanThreshold", AlarmDescription=f"{name} of a server",
            Dimensions=[{"Name": "InstanceId", "Value": made.servers["eu-west-1"][1]}],
            Tags=[{"Key": "pixelview", "Value": "ignore"}] if name == "ignored" else [],
        )  # fmt: skip
        watch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="for the test")
    watch.put_metric_alarm(
        AlarmName="TargetTracking-x-AlarmLow", MetricName="CPUUtilization", Namespace="AWS/EC2",
        Period=60, Statistic="Average", EvaluationPeriods=5, Threshold=10,
        ComparisonOperator="LessThanThreshold",
    )  # fmt: skip
    watch.set_alarm_state(AlarmName="TargetTracking-x-AlarmLow", StateValue="ALARM",
                          StateReason="for the test")  # fmt: skip


def _balancers(make: _Maker, made: Seeded) -> None:
    ec2, elb = make("ec2", "eu-west-1"), make("elbv2", "eu-west-1")
    subnets = ec2.describe_subnets()["Subnets"]
    for name in ("shop", "empty"):
        answer = elb.create_load_balancer(
            Name=name, Subnets=[each["SubnetId"] for each in subnets[:2]],
            Tags=[{"Key": "team", "Value": "shop"}],
        )  # fmt: skip
        made.ids[name] = answer["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(
        Name="shop-web", Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"]
    )["TargetGroups"][0]["TargetGroupArn"]
    made.ids["shop-web"] = group
    targets = [{"Id": each} for each in made.servers["eu-west-1"][:3]]
    elb.register_targets(TargetGroupArn=group, Targets=targets)
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    elb.create_listener(
        LoadBalancerArn=made.ids["shop"], Protocol="HTTP", Port=80, DefaultActions=forward
    )
    gateway = ec2.create_nat_gateway(
        SubnetId=subnets[0]["SubnetId"],
        AllocationId=ec2.allocate_address(Domain="vpc")["AllocationId"],
    )["NatGateway"]
    made.ids["nat"] = gateway["NatGatewayId"]
    scaling = make("autoscaling", "eu-central-1")
    scaling.create_launch_configuration(
        LaunchConfigurationName="workers", ImageId="ami-12c6146b", InstanceType="t3.micro"
    )
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="workers", LaunchConfigurationName="workers", MinSize=1, MaxSize=4,
        DesiredCapacity=2, AvailabilityZones=["eu-central-1a"],
        Tags=[{"Key": "team", "Value": "data"}],
    )  # fmt: skip


def _databases(make: _Maker, made: Seeded) -> None:
    rds = make("rds", "eu-central-1")
    for name in ("orders", "reports", "old"):
        rds.create_db_instance(
            DBInstanceIdentifier=name, DBInstanceClass="db.m5.large", Engine="postgres",
            AllocatedStorage=100, MasterUsername="root", MasterUserPassword="only-for-tests",
            Tags=[{"Key": "team", "Value": "data"}],
        )  # fmt: skip
    rds.create_db_cluster(
        DBClusterIdentifier="books", Engine="aurora-postgresql", MasterUsername="root",
        MasterUserPassword="only-for-tests",
    )  # fmt: skip
    rds.create_db_instance(
        DBInstanceIdentifier="books-1", DBInstanceClass="db.r5.large", Engine="aurora-postgresql",
        DBClusterIdentifier="books",
    )  # fmt: skip
    watch = make("cloudwatch", "eu-central-1")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for name, used in (("old", 0.0), ("orders", 12.0)):
        points = [
            {"MetricName": "DatabaseConnections", "Value": used,
             "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": name}],
             "Timestamp": today - timedelta(days=day, hours=1)}
            for day in range(14)
        ]  # fmt: skip
        watch.put_metric_data(Namespace="AWS/RDS", MetricData=points)


def _small(make: _Maker, made: Seeded) -> None:
    dynamo = make("dynamodb", "eu-west-1")
    for name in ("carts", "sessions"):
        dynamo.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            Tags=[{"Key": "team", "Value": "shop"}],
        )  # fmt: skip
    s3 = make("s3", "eu-west-1")
    for number in range(6):
        where = {"LocationConstraint": "eu-west-1"}
        s3.create_bucket(Bucket=f"pixel-bucket-{number}", CreateBucketConfiguration=where)
    tags = {"TagSet": [{"Key": "team", "Value": "shop"}]}
    s3.put_bucket_tagging(Bucket="pixel-bucket-0", Tagging=tags)
    role = make("iam", "us-east-1").create_role(
        RoleName="run", AssumeRolePolicyDocument="{}", Path="/"
    )["Role"]["Arn"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("it.py", "def run(event, context): return 1")
    for name in ("resize", "notify"):
        make("lambda", "eu-west-1").create_function(
            FunctionName=name, Runtime="python3.12", Role=role, Handler="it.run",
            Code={"ZipFile": packed.getvalue()}, Tags={"team": "shop"},
        )  # fmt: skip
    ecs = make("ecs", "eu-west-1")
    ecs.create_cluster(clusterName="shop")
    ecs.register_task_definition(
        family="cart", containerDefinitions=[{"name": "cart", "image": "cart", "memory": 64}]
    )
    ecs.create_service(cluster="shop", serviceName="cart", taskDefinition="cart", desiredCount=2)
    net = {"subnetIds": ["subnet-1", "subnet-2"]}
    eks = make("eks", "eu-west-1")
    eks.create_cluster(name="prod", roleArn=role, resourcesVpcConfig=net)
    eks.create_nodegroup(clusterName="prod", nodegroupName="pool-a", nodeRole=role,
                         subnets=["subnet-1"])  # fmt: skip
    make("acm", "eu-west-1").request_certificate(DomainName="shop.example.com")
    make("route53", "us-east-1").create_hosted_zone(Name="example.com", CallerReference="1")
    make("sns", "eu-west-1").create_topic(Name="pages", Tags=[{"Key": "team", "Value": "sre"}])
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}
    make("cloudformation", "eu-west-1").create_stack(
        StackName="base", TemplateBody=json.dumps(template)
    )
    make("elasticache", "eu-west-1").create_cache_cluster(
        CacheClusterId="sessions", Engine="redis", NumCacheNodes=1, CacheNodeType="cache.t3.micro"
    )
    make("ecr", "eu-west-1").create_repository(repositoryName="cart")


def _costs(address: str) -> None:
    """What the next question of the cost is answered with: ten days."""
    today = datetime.now(UTC).date()
    days = []
    for back in range(10, 0, -1):
        day = today - timedelta(days=back)
        groups = [
            {"Keys": [service, usage],
             "Metrics": {"UnblendedCost": {"Amount": str(much), "Unit": "USD"}}}
            for service, usage, much in QUEUED
        ]  # fmt: skip
        span = {"Start": f"{day}", "End": f"{day + timedelta(days=1)}"}
        days.append({"TimePeriod": span, "Total": {}, "Groups": groups, "Estimated": False})
    answer = {"ResultsByTime": days, "DimensionValueAttributes": []}
    httpx.post(
        f"{address}/moto-api/static/ce/cost-and-usage-results", trust_env=False,
        json={"account_id": MAIN, "results": [answer]}, timeout=30,
    ).raise_for_status()  # fmt: skip


__all__ = ["MAIN", "OTHER", "REGIONS", "ROLE", "Seeded", "seed"]
