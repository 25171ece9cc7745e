"""The same connector at a real kube-apiserver with etcd, where both are there: in the folder
KUBEBUILDER_ASSETS names, as TEST_ASSET_KUBE_APISERVER and TEST_ASSET_ETCD, or on the path."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from integrations import kubernetes
from integrations.kubernetes.connector import Kubernetes
from integrations.kubernetes.settings import source
from store.model.resource import Resource
from tests.integrations.kubernetes.listening import Known, polled
from tests.support.kube import COLLECTIONS, seeds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
Thing = dict[str, Any]


def binary(name: str) -> str:
    """Where a program is, "" where it is not."""
    given = os.environ.get(f"TEST_ASSET_{name.upper().replace('-', '_')}", "")
    folder = os.environ.get("KUBEBUILDER_ASSETS", "")
    return given or shutil.which(name, path=folder or None) or shutil.which(name) or ""


def free() -> int:
    """A port nobody listens on."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


class Server:
    """A real API server; ``send`` is its administrator."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"https://127.0.0.1:{free()}"
        self.ca = folder / "certs/apiserver.crt"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start both, and wait until they answer."""
        key = rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption())  # fmt: skip
        (self.folder / "sa.key").write_bytes(key)
        (self.folder / "tokens.csv").write_text(
            'admin,admin,admin,"system:masters"\nreader,pixelview,pixelview\n'
        )
        client, peer = f"http://127.0.0.1:{free()}", f"http://127.0.0.1:{free()}"
        self._run(
            binary("etcd"), "--data-dir", str(self.folder / "etcd"),
            "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", f"default={peer}",
        )  # fmt: skip
        self._run(
            binary("kube-apiserver"), f"--etcd-servers={client}",
            f"--secure-port={self.url.rpartition(':')[2]}", "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1", f"--cert-dir={self.folder / 'certs'}",
            f"--token-auth-file={self.folder / 'tokens.csv'}", "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={self.folder / 'sa.key'}",
            f"--service-account-key-file={self.folder / 'sa.key'}",
            "--service-cluster-ip-range=10.96.0.0/16", "--disable-admission-plugins=ServiceAccount",
        )  # fmt: skip

    def _run(self, *command: str) -> None:
        with (self.folder / f"{Path(command[0]).name}.log").open("wb") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log))

    def stop(self) -> None:
        """End both."""
        for each in reversed(self.processes):
            each.kill()
            each.wait()

    async def ready(self) -> None:
        """Wait until it is; it makes its roles first."""
        async with asyncio.timeout(120):
            while True:
                with suppress(httpx.HTTPError, OSError, ssl.SSLError):
                    async with self.client("reader") as client:
                        if (await client.get("/readyz")).status_code == 200:
                            return
                await asyncio.sleep(0.2)

    def client(self, token: str = "admin") -> httpx.AsyncClient:
        """Somebody who is signed in."""
        context = ssl.create_default_context(cafile=str(self.ca))
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(
            base_url=self.url, verify=context, trust_env=False, headers=headers, timeout=20
        )

    async def put(self, *things: Thing) -> None:
        """Make objects; what they say of their state is written as controllers do."""
        async with self.client() as client:
            for each in things:
                found = next(c for c in COLLECTIONS if c.kind == each["kind"])
                meta = each["metadata"]
                meta.pop("managedFields", None)
                base = f"/apis/{found.api}" if found.group else "/api/v1"
                within = f"/namespaces/{meta['namespace']}" if found.namespaced else ""
                path = f"{base}{within}/{found.plural}"
                body = {"apiVersion": found.api, **each}
                answer = await client.post(path, json=body)
                assert answer.status_code == 201, answer.text
                if each.get("status"):
                    answer = await client.patch(
                        f"{path}/{meta['name']}/status", json={"status": each["status"]},
                        headers={"Content-Type": "application/merge-patch+json"},
                    )  # fmt: skip
                    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not binary("kube-apiserver") or not binary("etcd"):
        pytest.skip("no kube-apiserver and etcd are here")
    made = Server(tmp_path_factory.mktemp("kube"))
    made.start()
    yield made
    made.stop()


async def allowed(server: Server) -> None:
    """The shipped read-only role, for the user ``pixelview``."""
    import yaml

    from tests.integrations.kubernetes.listening import READER

    async with server.client() as client:
        for each in yaml.safe_load_all(READER.read_text()):
            if each["kind"] not in ("ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding"):
                continue
            if "subjects" in each:
                each["subjects"] = [{"kind": "User", "name": "pixelview",
                                     "apiGroup": "rbac.authorization.k8s.io"}]  # fmt: skip
            space = each["metadata"].get("namespace")
            within = f"/namespaces/{space}" if space else ""
            kind = each["kind"].lower() + "s"
            path = f"/apis/rbac.authorization.k8s.io/v1{within}/{kind}"
            answer = await client.post(path, json=each)
            assert answer.status_code in (201, 409), answer.text


async def test_broken_things_in_a_real_server_are_told_and_what_is_done_is_done(
    server: Server,
) -> None:
    await server.ready()
    await allowed(server)
    settings = {s.name: s.default for s in kubernetes.INVENTORY}
    settings |= {"api_server": server.url, "ca_file": str(server.ca)}
    made = Kubernetes(source("real", {**settings, "token": "reader"}))
    made.pace = 0.1
    rs = seeds.replicaset("cart-7f3c", "cart", since=0)
    rs["spec"]["template"]["metadata"]["labels"] = rs["spec"]["selector"]["matchLabels"]
    await server.put(
        {"kind": "Namespace", "metadata": {"name": "shop"}},
        seeds.node("n1", ready="Unknown"),
        seeds.deployment(have=0),
        rs,
        seeds.pod("cart-7f3c-a", of=seeds.owner("ReplicaSet", "cart-7f3c"), ready=False,
                  on="n2", statuses=[seeds.crashing(reason="OOMKilled", exit=137)]),
        seeds.claim("orders", phase="Pending"),
    )  # fmt: skip
    async with Known(made) as known:
        await known.all()
        assert {f"{each.kind} {each.labels['name']}" for each in known.faults.values()} >= {
            "CrashLoopBackOff cart", "NodeNotReady n1", "PersistentVolumeClaimPending orders",
        }  # fmt: skip
        for part in await made.parts():
            await polled(made, part.name)
        (certificate,) = [
            each for each in await polled(made, "certificates") if isinstance(each, Resource)
        ]
        assert certificate.state == "valid"
        doer = Kubernetes(source("real", {**settings, "token": "admin"}))
        cart = known.resources["k8s:real:deployment:shop/cart"]
        pod = known.resources["k8s:real:pod:shop/cart-7f3c-a"]
        for action, about, params in (
            ("scale", cart, {"replicas": 7}), ("restart", cart, {}), ("delete_pod", pod, {}),
            ("cordon", known.resources["k8s:real:node:n1"], {}),
        ):  # fmt: skip
            said = await doer.act(f"kubernetes.{action}", about, params, dry_run=True)
            assert not said.done
        async with server.client() as client:
            path = "/apis/apps/v1/namespaces/shop/deployments/cart"
            assert (await client.get(path)).json()["spec"]["replicas"] == 3
            assert (await client.get("/api/v1/namespaces/shop/pods/cart-7f3c-a")).status_code == 200
        await doer.act("kubernetes.scale", cart, {"replicas": 7}, dry_run=False)
        await known.until(lambda: known.resources[cart.key].size["replicas"] == 7)
        await doer.act("kubernetes.cordon", known.resources["k8s:real:node:n1"], {}, dry_run=False)
        await known.until(lambda: "cordoned" in known.resources["k8s:real:node:n1"].state)
        await doer.close()
        async with server.client() as client:
            query = {"gracePeriodSeconds": "0"}
            await client.delete("/api/v1/namespaces/shop/pods/cart-7f3c-a", params=query)
        await known.until(lambda: "CrashLoopBackOff" not in known.kinds())
