"""Integrations are found by folder and by entry point: a third party's wheel, sound and broken."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import integrations
from integrations.base import Capability, Receiver
from tests.intake.support import Station, firing, group
from tests.support.engines import migrated_url
from tests.support.world import YAML

SOURCES = Path(__file__).parent / "acme_wheel"
ROOT = Path(__file__).parents[2]
BODY = {"device": "press-17", "lamp": "red"}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the sample wheel is built and installed, by pip and without a network."""
    home = tmp_path_factory.mktemp("acme")
    shutil.copytree(SOURCES, home / "source")
    offline = ["-q", "--disable-pip-version-check", "--no-deps", "--no-index"]
    _pip("wheel", *offline, "--no-build-isolation", "-w", str(home), str(home / "source"))
    (wheel,) = home.glob("*.whl")
    _pip("install", *offline, "--target", str(home / "site"), str(wheel))
    return home / "site"


def _pip(*argv: str) -> None:
    command = [sys.executable, "-m", "pip", *argv]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The wheel can be imported, as after an installation and a restart."""
    monkeypatch.syspath_prepend(str(site))
    integrations.forget()
    yield
    monkeypatch.undo()
    for name in [each for each in sys.modules if each.startswith("acme_monitor")]:
        del sys.modules[name]
    integrations.forget()


@pytest.fixture
def _nothing_else() -> Iterator[None]:
    integrations.forget()
    yield
    integrations.forget()


@pytest.mark.usefixtures("_nothing_else")
def test_ours_are_found_by_listing_the_folder() -> None:
    assert {"alertmanager", "webhook"} <= set(integrations.names())
    assert not {"base", "_http", "_json"} & set(integrations.names())
    for name in integrations.names():
        found = integrations.load(name)
        assert found is not None, integrations.problems()
        assert found.MANIFEST.name == name and found.MANIFEST.title
        receives = Capability.RECEIVE in found.MANIFEST.capabilities
        assert isinstance(found, Receiver) == receives
    assert integrations.problems() == {}
    assert integrations.load("nosuch") is None
    assert integrations.load("../x") is None


@pytest.mark.usefixtures("installed")
def test_a_third_partys_is_found_by_its_entry_point() -> None:
    assert {"acme", "alertmanager", "webhook"} <= set(integrations.names())
    found = integrations.load("acme")
    assert isinstance(found, Receiver)
    assert found.MANIFEST.title == "Acme Monitor"


@pytest.mark.usefixtures("installed")
def test_a_broken_one_is_reported_by_name_and_leaves_the_others_alone() -> None:
    for name in ("acme_broken", "acme_bare", "acme_other", "acme_gone", "Acme Loud"):
        assert integrations.load(name) is None
    said = integrations.problems()
    assert "libacme.so.7 is missing" in said["acme_broken"]
    assert said["acme_bare"] == "has no MANIFEST"
    assert said["acme_other"] == "its MANIFEST says 'acme'"
    assert "ModuleNotFoundError" in said["acme_gone"]
    assert "PixelView has its own" in said["alertmanager"]
    assert "lower case" in said["Acme Loud"]
    ours = integrations.load("alertmanager")
    assert ours is not None and ours.MANIFEST.title == "Prometheus Alertmanager"
    assert integrations.load("acme") is not None


@pytest.mark.usefixtures("installed")
async def test_a_third_partys_webhook_is_taken_over_http(tmp_path: Path) -> None:
    secret = "intake: {sources: {press: {secret: s3cret}}}\n"
    station = await Station.build(migrated_url("sqlite", tmp_path), tmp_path, YAML + secret)
    try:
        answer = await station.post("acme", BODY)
        assert (answer.status, answer.body) == (200, {"acme": "thanks"})
        assert (await station.stored())["incidents"] == 1
        refused = await station.post("acme", {"device": "x"})
        assert (refused.status, refused.body["where"]) == (422, "lamp")

        body = json.dumps(BODY).encode()
        unsigned = await station.post("acme", body, source="press")
        assert (unsigned.status, unsigned.body["where"]) == (401, "x-acme-signature")
        sign = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
        signed = await station.post(
            "acme", body, source="press", headers={"X-Acme-Signature": sign}
        )
        assert signed.status == 200

        for name in ("acme_broken", "acme_bare"):
            broken = await station.ask("POST", f"/in/{name}/any", BODY)
            assert (broken.status, broken.body["where"]) == (503, "path")
            assert "libacme" not in broken.text and broken.headers["Retry-After"]
        assert (await station.post("alertmanager", group(firing()))).status == 202
    finally:
        await station.end()


@pytest.mark.usefixtures("installed")
async def test_a_fault_of_a_third_party_is_a_fault_and_nothing_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    station = await Station.build(migrated_url("sqlite", tmp_path), tmp_path)
    try:
        answer = await station.post("acme", b"this makes it fall over")
        assert answer.status == 500 and set(answer.body) == {"error", "where"}
        assert "JSONDecodeError" not in answer.text and "JSONDecodeError" in caplog.text
        assert (await station.stored())["alerts"] == 0
        assert (await station.post("acme", BODY)).status == 200
    finally:
        await station.end()


def test_a_third_partys_body_can_be_tried(site: Path, tmp_path: Path) -> None:
    (tmp_path / "body.json").write_text(json.dumps(BODY))

    def tries(name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", "try", name, "body.json"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(site)))},
            capture_output=True,
            text=True,
            check=False,
        )

    good = tries("acme")
    assert good.returncode == 0, good.stderr
    said = json.loads(good.stdout)
    assert (said["source"], said["key"], said["title"]) == (
        "acme", "press-17", "press-17 shows red",
    )  # fmt: skip
    bad = tries("acme_broken")
    assert bad.returncode == 2
    error = json.loads(bad.stderr.splitlines()[-1])
    assert error["where"] == "integration" and "libacme.so.7" in error["error"]
