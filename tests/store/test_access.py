"""Tokens, sources, sessions and linked accounts: who may speak, by hash alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from store import access
from store.tables import IDENTITIES, TOKENS
from tests.store.conftest import NOW, Base


async def test_a_token_is_kept_as_its_hash_alone(base: Base) -> None:
    secret = await base.do(lambda tx: access.create_token(tx, NOW, "ci", role="responder"))
    row = await base.read(lambda tx: tx.conn.execute(select(TOKENS)).one())
    assert secret.startswith("pvr_") and secret not in repr(tuple(row))
    assert row.hash == access.hashed(secret)


async def test_a_token_opens_what_it_was_made_for(base: Base) -> None:
    source = await base.do(lambda tx: access.source(tx, NOW, "prod", "alertmanager"))
    intake = await base.do(lambda tx: access.create_token(tx, NOW, "am", source_id=source.id))
    role = await base.do(lambda tx: access.create_token(tx, NOW, "ci", role="viewer"))
    one = await base.read(lambda tx: access.token(tx, intake, NOW))
    two = await base.read(lambda tx: access.token(tx, role, NOW))
    assert one is not None and one.role is None
    assert one.source == replace(source, token_id=one.id)
    assert two is not None and (two.source, two.role) == (None, "viewer")
    assert intake.startswith("pvi_")
    assert await base.read(lambda tx: access.token(tx, intake + "x", NOW)) is None


async def test_a_token_ends_when_it_expires_or_is_revoked(base: Base) -> None:
    secret = await base.do(
        lambda tx: access.create_token(tx, NOW, "short", role="viewer", expires_at=NOW + 10)
    )
    assert await base.read(lambda tx: access.token(tx, secret, NOW + 9)) is not None
    assert await base.read(lambda tx: access.token(tx, secret, NOW + 10)) is None
    other = await base.do(lambda tx: access.create_token(tx, NOW, "long", role="viewer"))
    assert await base.do(lambda tx: access.revoke_token(tx, NOW, "long")) is True
    assert await base.do(lambda tx: access.revoke_token(tx, NOW, "long")) is False
    assert await base.read(lambda tx: access.token(tx, other, NOW)) is None


async def test_a_token_s_name_is_taken_until_it_is_forgotten(base: Base) -> None:
    await base.do(lambda tx: access.create_token(tx, NOW, "ci", role="viewer"))
    with pytest.raises(ValueError, match="already"):
        await base.do(lambda tx: access.create_token(tx, NOW, "ci", role="admin"))
    await base.do(lambda tx: access.forget_token(tx, "ci"))
    await base.do(lambda tx: access.create_token(tx, NOW, "ci", role="admin"))
    await base.do(lambda tx: access.used(tx, access.tokens(tx)[0].id, NOW + 5))
    (row,) = await base.read(access.tokens)
    assert (row.name, row.role, row.last_used_at) == ("ci", "admin", NOW + 5)


async def test_a_source_is_made_once_and_belongs_to_one_integration(base: Base) -> None:
    one = await base.do(lambda tx: access.source(tx, NOW, "prod", "alertmanager"))
    assert await base.do(lambda tx: access.source(tx, NOW, "prod", "alertmanager")) == one
    with pytest.raises(ValueError, match="belongs to alertmanager"):
        await base.do(lambda tx: access.source(tx, NOW, "prod", "webhook"))
    await base.do(lambda tx: access.configure_source(tx, one.id, {"title": "$.name"}))
    (kept,) = await base.read(access.sources)
    assert kept.settings == {"title": "$.name"}


async def test_an_account_is_one_person_and_its_id_is_sealed(base: Base) -> None:
    await base.do(lambda tx: access.link_account(tx, NOW, "ana", "slack", "U0ANA", "e-mail"))
    await base.do(lambda tx: access.link_account(tx, NOW, "omar", "discord", "42", "e-mail"))
    assert await base.read(access.accounts) == [
        ("ana", "slack", "U0ANA"),
        ("omar", "discord", "42"),
    ]
    assert await base.read(lambda tx: access.surfaces_of(tx, "ana")) == ["slack"]
    row = await base.read(lambda tx: tx.conn.execute(select(IDENTITIES)).all()[0])
    assert b"U0ANA" not in row.sealed + row.account_hash
    await base.do(lambda tx: access.link_account(tx, NOW, "omar", "slack", "U0ANA", "by hand"))
    linked = await base.read(access.accounts)
    assert ("omar", "slack", "U0ANA") in linked and len(linked) == 2
