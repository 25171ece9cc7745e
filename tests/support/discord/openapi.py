"""Checks request bodies against Discord's own OpenAPI document, where a copy of it is at hand."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

JSON_TYPE = "application/json"


class Contract:
    """The request schemas of an OpenAPI 3.1 document. Needs the package jsonschema."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text(encoding="utf-8"))
        self._jsonschema: Any = importlib.import_module("jsonschema")
        self._operations = {
            (method.upper(), self._shape(name)): operation
            for name, item in self._document["paths"].items()
            for method, operation in item.items()
            if isinstance(operation, dict)
        }
        self._validators: dict[tuple[str, str], Any] = {}

    def check(self, method: str, path: str, body: Any) -> list[str]:
        """What is wrong with a body, as sentences; `path` may be a template or a real path."""
        key = (method.upper(), self._shape(path))
        validator = self._validators.get(key)
        if validator is None:
            validator = self._validators[key] = self._validator(key)
        if validator is False:
            return [f"openapi: {method} {path} is not in the document"]
        if validator is None:
            return []
        found = [self._deepest(e) for e in validator.iter_errors(body)]
        return [f"openapi: {method} {path}: {words}" for words in found]

    def _validator(self, key: tuple[str, str]) -> Any:
        operation = self._operations.get(key)
        if operation is None:
            return False
        content = operation.get("requestBody", {}).get("content", {})
        if JSON_TYPE not in content:
            return None
        # anyOf of $refs resolves against the whole document, hence the components beside it.
        schema = dict(content[JSON_TYPE]["schema"]) | {"components": self._document["components"]}
        return self._jsonschema.Draft202012Validator(schema)

    @staticmethod
    def _shape(path: str) -> str:
        """The path with every parameter as {}, `@me` and `@original` kept."""
        marked = re.sub(r"\{[^}]*\}", "{}", path)
        return re.sub(r"/\d{15,}(?=/|$)", "/{}", marked)

    def _deepest(self, error: Any) -> str:
        best = self._jsonschema.exceptions.best_match([error])
        where = "/".join(str(p) for p in best.absolute_path)
        return f"{where or 'body'}: {best.message[:300]}"
