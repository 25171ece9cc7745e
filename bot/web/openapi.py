"""OpenAPI 3.1 of the outside contract, made from the catalog."""

from __future__ import annotations

from typing import Any

from bot.web import openapi_dropins
from commands.registry import CATALOG, Field, Verb

_KINDS = {"incident": "integer", "number": "integer", "flag": "boolean"}


def document(url: str) -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, Any] = {
        "/in/{integration}": {"post": _intake()},
        "/api/incidents": {"get": _list()},
        "/api/incidents/{id}": {"get": _show()},
        "/api/oncall": {
            "get": {
                "operationId": "oncall",
                "summary": "Who is on call now.",
                "responses": _responses("Teams and schedules, with people, why, and until when."),
            }
        },
    }
    paths |= openapi_dropins.paths()
    for verb in CATALOG.values():
        paths[f"/api/commands/{verb.name}"] = {"post": _command(verb)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PixelView",
            "version": "1",
            "description": "Incidents, and every verb people have.",
        },
        "servers": [{"url": url}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {"error": {"type": "string"}, "where": {"type": "string"}},
                }
            },
        },
    }


def _responses(ok: str, *codes: int) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    found: dict[str, Any] = {"200": {"description": ok}}
    for code in (401, *codes):
        found[str(code)] = {"description": _SAID[code], "content": error}
    return found


_SAID = {
    400: "The body can't be read.",
    401: "No valid token.",
    403: "Not allowed: needs and ask say what and whom.",
    404: "Not there.",
    409: "Somebody was first, or a choice is missing.",
    413: "Too large.",
    415: "Not a content type that is read.",
    422: "An argument is wrong: where names it.",
    503: "Busy: Retry-After.",
}


def _intake() -> dict[str, Any]:
    found = _responses("", 400, 404, 413, 415, 422, 503)
    found.pop("200")
    found["202"] = {"description": "On disk: accepted, incidents, incident_id, incident_url."}
    return {
        "operationId": "intake",
        "summary": "Take a monitor's webhook in.",
        "responses": found,
        "parameters": [
            {"name": "integration", "in": "path", "required": True, "schema": {"type": "string"}}
        ],
        "requestBody": {"content": {"application/json": {"schema": {}}}},
    }


def _list() -> dict[str, Any]:
    names = [f for f in CATALOG["list"].fields if f.name != "filter"]
    parameters = [
        {"name": f.name, "in": "query", "description": f.help, "schema": _schema(f)} for f in names
    ]
    return {
        "operationId": "incidents",
        "summary": CATALOG["list"].help,
        "parameters": parameters,
        "responses": _responses("incidents and the next page's URL.", 422),
    }


def _show() -> dict[str, Any]:
    where = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    return {
        "operationId": "incident",
        "summary": CATALOG["show"].help,
        "parameters": where,
        "responses": _responses("The incident with alerts, timeline and pages.", 404),
    }


def _schema(field: Field) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": _KINDS.get(field.kind, "string"), "description": field.help}
    if field.choices and field.kind == "choice":
        schema["enum"] = [value for value, _ in field.choices]
    return schema


def _command(verb: Verb) -> dict[str, Any]:
    body = {
        "type": "object",
        "additionalProperties": False,
        "required": [f.name for f in verb.fields if f.required],
        "properties": {f.name: _schema(f) for f in verb.fields},
    }
    return {
        "operationId": verb.name,
        "summary": verb.help,
        "description": f"Needs {verb.permission}. Example: {verb.example or verb.name}",
        "requestBody": {"content": {"application/json": {"schema": body}}},
        "responses": _responses("ok, say, changed.", 403, 404, 409, 422, 503),
    }
