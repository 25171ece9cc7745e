"""How an interaction reaches the application: over the gateway, or as a signed HTTP request to its
interactions URL, which must refuse a bad signature."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.discord import interactions
from tests.support.discord.errors import ApiError
from tests.support.discord.gateway import Gateway
from tests.support.discord.interactions import FIRST_ANSWER, Interaction
from tests.support.discord.model import JSON
from tests.support.discord.state import State


class Delivery:
    """Sends interactions; holds the application's key pair."""

    def __init__(self, state: State, gateway: Gateway) -> None:
        self.state, self.gateway = state, gateway
        # A fixed seed: the same public key in every run.
        self.key = Ed25519PrivateKey.from_private_bytes(b"a stand-in of Discord, not real!")
        raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        state.public_key = raw.hex()
        self.down = False

    async def deliver(self, one: Interaction) -> bool:
        """Sends it on its way; False where nobody is there to take it."""
        if self.down:
            one.failed = True
            return False
        body = interactions.payload(self.state, one)
        if self.state.interactions_url:
            return await self._deliver_http(one, body)
        if not self.gateway.resumable:
            one.failed = True
            return False
        self.state.emit("INTERACTION_CREATE", body, one.channel)
        return True

    async def check_endpoint(self, url: str) -> list[str]:
        """What Discord checks before it saves an interactions URL: PING, and two bad signatures."""
        ping: JSON = {"id": str(self.state.new_id()), "type": 1, "token": "ping", "version": 1}
        ping["application_id"] = str(self.state.application_id)
        problems = []
        status, said = await self.post(url, ping)
        if status != 200 or not isinstance(said, dict) or said.get("type") != 1:
            problems.append(f"PING was answered {status} {said!r}, not PONG")
        for bad in ("00" * 64, "not hex"):
            status, _ = await self.post(url, ping, signature=bad)
            if status != 401:
                problems.append(f"a bad signature was answered {status}, not 401")
        for problem in problems:
            self.state.complain(f"interactions URL: {problem}")
        return problems

    async def post(
        self, url: str, body: JSON, *, signature: str | None = None, timestamp: str | None = None
    ) -> tuple[int, Any]:
        """Posts a body signed with the application's key; status and parsed answer."""
        raw = json.dumps(body).encode()
        stamp = timestamp or str(int(self.state.clock()))
        signed = self.key.sign(stamp.encode() + raw).hex()
        headers = {
            "X-Signature-Ed25519": signature if signature is not None else signed,
            "X-Signature-Timestamp": stamp, "Content-Type": "application/json",
            "User-Agent": "Discord-Interactions/1.0 (+https://discord.com)",
        }  # fmt: skip
        timeout = aiohttp.ClientTimeout(total=FIRST_ANSWER)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=raw, headers=headers) as answer,
        ):
            text = await answer.text()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text

    async def _deliver_http(self, one: Interaction, body: JSON) -> bool:
        url = str(self.state.interactions_url)
        try:
            status, said = await self.post(url, body)
        except (aiohttp.ClientError, TimeoutError):
            one.failed = True
            return False
        if status == 202:
            return True
        if status != 200 or not isinstance(said, dict):
            self.state.complain(f"interactions URL answered {status}")
            one.failed = True
            return False
        if one.answer is None:
            try:
                data = said.get("data") or {}
                interactions.respond(self.state, one, said.get("type"), data, [])
            except ApiError as no:
                self.state.complain(f"interactions URL: {no}")
                one.failed = True
                return False
        return True
