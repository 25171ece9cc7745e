"""Five providers on loopback, each a strict stand-in, and the people who are told when one of them
has something wrong: what a whole service is tried with."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import re
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import boto3
from aiosmtpd.smtp import SMTP

from store.clock import SystemClock
from tests.support.aws.front import Front, before
from tests.support.aws.moto import running
from tests.support.azure import server as azure
from tests.support.azure.server import FakeAzure
from tests.support.azure.world import SHOP
from tests.support.gate import Gate
from tests.support.gcp.server import FakeGoogle
from tests.support.kube import FakeKube, seeds
from tests.support.openstack.server import Cloud, serving
from tests.support.openstack.stack import Stack, small

T = TypeVar("T")
Thing = dict[str, Any]

YAML = """
roles: {{scaler: {{permissions: ["action:kubernetes.*"]}}}}
people:
  ana: {{name: Ana Petrova, email: ana@example.eu, roles: [admin]}}
  omar: {{name: Omar Haddad, email: omar@example.eu, roles: [responder, scaler]}}
  mei: {{name: Mei Lin, email: mei@example.eu}}
teams:
  ops: {{members: [ana, omar], oncall: ana, lead: omar}}
  shop: {{members: [omar, ana], oncall: omar, lead: ana}}
  data: {{members: [mei, ana], oncall: mei, lead: ana}}
routes:
  - {{name: shop, match: {{team: shop}}, team: shop}}
  - {{name: data, match: {{team: data}}, team: data}}
  - {{name: rest, team: ops}}
rules:
  - {{name: steady, flapping: false}}
  - {{name: patience, match: "type:host host=web-*", delay: 1}}
mail: {{host: 127.0.0.1, port: {mail}, tls: none}}
inventory:
  actions:
    kubernetes.scale: {{approval: {{by: "@ana", within: 15m}}}}
  sources:
    kube-prod: {{kind: kubernetes, api_server: "{kube}", token: admin, every: 2, crash_after: 0,
                crash_calm: 0, node_after: 0, read_timeout: 3, metrics_every: 0}}
    os-prod: {{kind: openstack, auth_url: "{openstack}/identity/v3", username: bot,
              password: hunter2-not, project: demo, connect_timeout: 3, read_timeout: 3,
              stretch: 0.1}}
    aws-prod: {{kind: aws, access_key: testing, secret_key: testing, endpoint_url: "{aws}",
               regions: [eu-west-1], rate: 100, pricing_api: false, every: 3, metrics_every: 0,
               findings_every: 0, cost_every: 0}}
    azure-prod: {{kind: azure, tenant: "{tenant}", client_id: "{client}", client_secret: {secret},
                 login_url: "{azure}", management_url: "{azure}", imds_url: "{azure}",
                 metrics_url: "{azure}/metrics/{{region}}", subscriptions: ["{sub}"],
                 stretch: 0.1}}
    gcp-prod: {{kind: gcp, credentials_file: "{key}", base_urls: {{all: "{gcp}"}},
               metadata_url: "{gcp}", projects: [shop-prod], quotas: false, stretch: 0.1}}
"""
SOURCES = ("kube-prod", "os-prod", "aws-prod", "azure-prod", "gcp-prod")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Five:
    """The stand-ins and a mail server, on an event loop of their own thread, AWS in a process.
    ``gates`` stand before them by the name of their source."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._stack, self._tasks = ExitStack(), AsyncExitStack()
        self._clients: list[Any] = []
        self.gates: dict[str, Gate] = {}
        self.mails: list[tuple[float, str, str]] = []
        self.kube = FakeKube()
        self.openstack: Cloud
        self.azure: FakeAzure
        self.google: FakeGoogle
        self.front: Front
        self.moto = self.instance = ""

    def __enter__(self) -> Self:
        self.moto = self._stack.enter_context(running())
        self.instance = self._make_aws()
        self._thread.start()
        self.run(self._start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.run(self._stop())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()
            for each in self._clients:
                each.close()
            self._stack.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the stand-ins' loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def now(self, change: Callable[[], T]) -> T:
        """Change something of a stand-in, while it is not answering anybody."""

        async def so() -> T:
            return change()

        return self.run(so())

    def turn(self, source: str, how: str) -> None:
        """Open or shut the gate of a source."""
        self.run(self.gates[source].turn(how))

    async def _start(self) -> None:
        enter, clock = self._tasks.enter_async_context, SystemClock()
        await enter(self.kube)
        self.openstack = await enter(serving(_stack()))
        self.front = await enter(before(self.moto))
        self.azure = await enter(FakeAzure(clock))
        self.google = await enter(FakeGoogle(clock))
        _well(self.azure, self.google)
        at = (self.kube.url, self.openstack.url, self.front.address, self.azure.url,
              self.google.url)  # fmt: skip
        for name, url in zip(SOURCES, at, strict=True):
            self.gates[name] = gate = Gate(url)
            await gate.start()
            self._tasks.push_async_callback(gate.stop)
        self.openstack.url = self.gates["os-prod"].url
        self.google.url = self.gates["gcp-prod"].url
        smtp = lambda: SMTP(self, loop=self._loop)  # noqa: E731
        self._smtp = await self._loop.create_server(smtp, "127.0.0.1", 0)

    async def _stop(self) -> None:
        self._smtp.close()
        await self._tasks.aclose()

    def _make_aws(self) -> str:
        """One server of the team data, with an alarm that watches it."""
        ec2, tags = self.aws("ec2"), [{"Key": "team", "Value": "data"}]
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        answer = ec2.run_instances(
            ImageId=image, MinCount=1, MaxCount=1, InstanceType="m5.large",
            TagSpecifications=[{"ResourceType": "instance",
                                "Tags": [{"Key": "Name", "Value": "orders-db"}, *tags]}],
        )  # fmt: skip
        made: str = answer["Instances"][0]["InstanceId"]
        self.aws("cloudwatch").put_metric_alarm(
            AlarmName="orders-db-cpu", MetricName="CPUUtilization", Namespace="AWS/EC2",
            Period=60, Statistic="Average", EvaluationPeriods=5, Threshold=90,
            ComparisonOperator="GreaterThanThreshold",
            Dimensions=[{"Name": "InstanceId", "Value": made}],
        )  # fmt: skip
        self.alarm("OK")
        return made

    def aws(self, service: str) -> Any:
        """A client of moto."""
        client = boto3.Session("testing", "testing").client(
            service, region_name="eu-west-1", endpoint_url=self.moto
        )
        self._clients.append(client)
        return client

    def alarm(self, state: str) -> None:
        """The alarm goes off, or is over."""
        self.aws("cloudwatch").set_alarm_state(
            AlarmName="orders-db-cpu", StateValue=state, StateReason="CPU is above 90 %"
        )

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """aiosmtpd calls this for each mail."""
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((time.time(), envelope.rcpt_tos[0], str(mail["Subject"])))
        return "250 OK"

    def yaml(self) -> str:
        """Settings of a service that looks at all of them."""
        key = self._folder / "google.json"
        key.write_text(json.dumps(self.google.key_file()))
        urls = {name.partition("-")[0]: gate.url for name, gate in self.gates.items()}
        return YAML.format(
            mail=self._smtp.sockets[0].getsockname()[1], kube=urls["kube"], openstack=urls["os"],
            aws=urls["aws"], azure=urls["azure"], gcp=urls["gcp"], key=key, tenant=azure.TENANT,
            client=azure.CLIENT, secret=azure.SECRET, sub=SHOP,
        )  # fmt: skip

    def put(self, *things: Thing) -> None:
        """These objects of the cluster are so, now."""
        self.now(lambda: self.kube.put(*map(of_today, things)))


def of_today(thing: Any) -> Any:
    """An object whose instants are as long ago as they were when it was thought up."""
    by = timedelta(milliseconds=SystemClock().now() - seeds.NOW)
    if isinstance(thing, dict):
        return {name: of_today(value) for name, value in thing.items()}
    if isinstance(thing, list):
        return [of_today(value) for value in thing]
    if isinstance(thing, str) and _STAMP.fullmatch(thing):
        return f"{datetime.fromisoformat(thing) + by:%Y-%m-%dT%H:%M:%SZ}"
    return thing


def _stack() -> Stack:
    """Two hosts; what runs on them are nodes of the cluster too."""
    made = small()
    for each in made.servers:
        each["metadata"] = {"team": "shop"}
    return made


def _well(azure: FakeAzure, google: FakeGoogle) -> None:
    """Nothing is wrong in either cloud, and there is little of it."""
    azure.world.usages.clear()
    azure.world.events.clear()
    for status in azure.world.statuses.values():
        status |= {"availabilityState": "Available", "reasonType": ""}
    keep = ("vm-00", "vnet", "/lb")
    azure.world.rows[:] = [row for row in azure.world.rows if any(k in row["id"] for k in keep)]
    google.world.events.clear()
    for item in google.world.lists["shop-prod", "instances"]:
        if item.get("status", "RUNNING") not in ("RUNNING", "TERMINATED"):
            item["status"] = "RUNNING"
    for found in google.world.databases.values():
        for each in found:
            each["state"] = "RUNNABLE"
    for found in google.world.clusters.values():
        for each in found:
            each["status"] = "RUNNING"
            each["nodePools"] = [{"name": "default", "status": "RUNNING"}]
    google.world.lists["shop-prod", "sslCertificates"] = []
    google.world.assets[:] = [
        e for e in google.world.assets if "Certificate" not in str(e.get("assetType"))
    ]
