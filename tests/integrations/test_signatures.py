"""Senders that sign, and senders that send a shared secret."""

from __future__ import annotations

import hashlib
import hmac
from importlib import import_module

import pytest

from integrations.base import Malformed, Request


@pytest.mark.parametrize(("tool", "header", "prefix", "before"), [
    ("github", "x-hub-signature-256", "sha256=", b""),
    ("bitbucket", "x-hub-signature", "sha256=", b""),
    ("gocd", "x-hub-signature", "sha256=", b""),
    ("semaphore", "x-semaphore-signature-256", "sha256=", b""),
    ("circleci", "circleci-signature", "v1=", b""),
    ("buildkite", "x-buildkite-signature", "timestamp=17,signature=", b"17."),
])  # fmt: skip
def test_with_a_secret_only_what_is_signed_with_it_is_taken(
    tool: str, header: str, prefix: str, before: bytes
) -> None:
    verify = import_module(f"integrations.{tool}").verify
    body, secrets = b'{"a": 1}', {"secret": ["old", "new"]}
    mac = hmac.new(b"new", before + body, hashlib.sha256).hexdigest()
    verify(Request(body, headers={header: prefix + mac}), secrets)
    verify(Request(body), {})
    for wrong in (prefix + mac[:-1] + "x", mac, "", prefix + "\ud800"):
        with pytest.raises(Malformed) as refused:
            verify(Request(body, headers={header: wrong}), secrets)
        assert refused.value.status == 401


@pytest.mark.parametrize(("tool", "header"), [
    ("gitlab", "x-gitlab-token"), ("buildkite", "x-buildkite-token"),
])  # fmt: skip
def test_with_a_shared_secret_only_who_sends_it_is_heard(tool: str, header: str) -> None:
    verify = import_module(f"integrations.{tool}").verify
    verify(Request(b"{}", headers={header: "abc"}), {"secret": "abc"})
    for wrong in ("abd", "", "ab\u00e9"):
        with pytest.raises(Malformed):
            verify(Request(b"{}", headers={header: wrong}), {"secret": "abc"})


@pytest.mark.parametrize("old", [-301_000, 301_000])
def test_a_signature_of_another_time_is_refused_although_it_is_right(old: int) -> None:
    """What was overheard can't be sent again later, where the tool signs the time as well."""
    now = 1_800_000_000_000
    stamp = str((now + old) // 1000)
    made = hmac.digest(b"s3cret", f"{stamp}.{{}}".encode(), "sha256").hex()
    signed = {
        "tailscale": {"tailscale-webhook-signature": f"t={stamp},v1={made}"},
        "buildkite": {"x-buildkite-signature": f"timestamp={stamp},signature={made}"},
    }
    for tool, headers in signed.items():
        request = Request(body=b"{}", headers=headers, received_at=now)
        with pytest.raises(Malformed, match="too old"):
            import_module(f"integrations.{tool}").verify(request, {"secret": "s3cret"})
        in_time = Request(body=b"{}", headers=headers, received_at=now + old)
        import_module(f"integrations.{tool}").verify(in_time, {"secret": "s3cret"})
