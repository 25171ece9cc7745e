"""What people and monitors wrote stands nowhere in clear: planted words are looked for in every
file beside the database and in every column of every table."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from store import access, timeline
from store.db import Tx, is_sqlite
from store.model import Link
from tests.support.engines import ENGINES, fresh_url
from tests.support.world import World

PLANTED = {
    "title": "zebrafinch", "label": "quokkalabel", "annotation": "wombatwords",
    "note": "narwhalnote", "link": "axolotllink", "name": "Okapiperson", "mail": "ibexmail",
    "phone": "4915155501777", "secret": "gibbonsecret",
    "reason": "lemurreason", "update": "tapirupdate",
}  # fmt: skip
YAML = f"""
people:
  ana:
    name: {PLANTED["name"]}
    email: {PLANTED["mail"]}@example.eu
    phone: "+{PLANTED["phone"]}"
    roles: [admin]
    slack: U0ANA
teams:
  db: {{members: [ana], oncall: ana}}
routes:
  - {{name: all, team: db, channels: ["slack:#ops"]}}
"""


def forms(word: str) -> Iterator[bytes]:
    """A word as it may stand somewhere: plain, in hex, in UTF-16, in each of base64's three."""
    for written in {word, word.lower(), word.upper()}:
        plain = written.encode()
        yield from (plain, plain.hex().encode(), written.encode("utf-16-le"))
        for shift in range(3):
            whole = base64.b64encode(b"\0" * shift + plain)
            yield whole[4 if shift else 0 : len(whole) - 4]


def layers(content: bytes) -> Iterator[bytes]:
    """A content as it is and, where it is packed, unpacked."""
    yield content
    for bits in (15, 31):
        try:
            yield zlib.decompressobj(bits).decompress(content)
        except zlib.error:
            continue


def found_in(content: bytes) -> set[str]:
    """The planted words that stand in a content."""
    return {
        kind
        for layer in layers(content)
        for kind, word in PLANTED.items()
        if any(form in layer for form in forms(word))
    }


def test_the_search_itself_finds_each_form() -> None:
    word = PLANTED["title"]
    written = (
        word.encode(), word.encode().hex().encode(), word.encode("utf-16-le"),
        base64.b64encode(b"a" + word.encode() + b"bc"), zlib.compress(word.encode()),
    )  # fmt: skip
    assert [found_in(b"..." + w if i < 4 else w) for i, w in enumerate(written)] == [{"title"}] * 5


async def everything_is_written(world: World) -> None:
    """Words of each kind go in by the doors they come by."""
    p = PLANTED
    incident = await world.fires(
        title=p["title"], description=p["annotation"], labels={"team": "db", "x": p["label"]},
        links=(Link("l", f"https://{p['link']}.example/"),),
    )  # fmt: skip
    await world.does("ana", "note", incident, text=p["note"])
    await world.does("ana", "ack", incident)
    source = await world.source()
    await world.door.system(
        lambda ctx: access.configure_source(ctx.tx, source.id, {"secret": p["secret"]})
    )
    await world.door.system(
        lambda ctx: timeline.add(
            ctx.tx, incident, ctx.now, "note", "ana", "web", p["update"], p["reason"]
        )
    )
    await world.minute()


def every_value(tx: Tx) -> bytes:
    """Everything a reader of the tables sees, as a dump would print it."""
    names = inspect(tx.conn).get_table_names()
    rows = [row for n in names for row in tx.conn.execute(text(f'SELECT * FROM "{n}"'))]
    values = [bytes(v) if isinstance(v, memoryview) else v for row in rows for v in row]
    return b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in values)


@pytest.mark.parametrize("engine", ENGINES)
async def test_no_planted_word_stands_in_the_database_or_beside_it(
    engine: str, tmp_path: Path
) -> None:
    url = fresh_url(engine, tmp_path)
    world = await World.build(url, tmp_path, YAML)
    try:
        await everything_is_written(world)
        assert found_in(await world.door.reader.read(every_value)) == set()
        files = [path for path in tmp_path.iterdir() if path.is_file()]
        assert {path.name for path in files if found_in(path.read_bytes())} == set()
        assert not is_sqlite(url) or "pixelview.db-wal" in {path.name for path in files}
    finally:
        await world.end()
