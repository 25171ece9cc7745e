"""Rules of the house that no linter knows: lock files, how a module opens, how long it is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("bot", "commands", "integrations", "store")
PRODUCT = sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LOCKS = ("requirements.txt", "requirements-dev.txt")
LONGEST = 400  # lines; a file is split well before


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def pins(lock: str) -> set[str]:
    """Each `name==version` of the lock with its marker, if it has one."""
    found = re.findall(r"^\S+==[^\\\n]+", (ROOT / lock).read_text(), re.MULTILINE)
    return {each.strip() for each in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry_and_no_machine(lock: str) -> None:
    for line in (ROOT / lock).read_text().splitlines():
        assert "://" not in line
        assert " @ " not in line
        assert not re.match(r"-|.*(?<![\w-])/\w+/", line), line


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text()
    blocks = re.split(r"^(?=\S+==)", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins(lock))
    assert all("--hash=sha256:" in each for each in blocks)


def test_tests_run_on_the_pins_of_the_service() -> None:
    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def test_every_module_opens_with_why_it_exists() -> None:
    texts = {name_of(path): path.read_text() for path in PRODUCT + TESTS}
    silent = [
        name
        for name, text in texts.items()
        if ast.get_docstring(ast.parse(text)) is None
        and (text.strip() or not name.endswith("__init__.py"))
    ]
    assert not silent, "say in one to three lines why each exists"


def test_no_file_is_too_long() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in PRODUCT}
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST}
    assert not long, "split them: by noun, or by height"
