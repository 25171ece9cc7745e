"""OpenAPI 3.1 of the outside contract, made from the catalog."""

from __future__ import annotations

from typing import Any

from bot.web import api_inventory, openapi_dropins
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
    paths["/api/audit/export"] = {"get": _record()}
    paths |= api_inventory.paths(_responses)
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
                "Incidents": _PAGE,
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {"error": {"type": "string"}, "where": {"type": "string"}},
                },
            },
        },
    }


def _responses(ok: str, *codes: int) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    found: dict[str, Any] = {"200": {"description": ok}}
    for code in (401, 429, *codes):
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
    429: "Too many at once, or too many wrong tokens: Retry-After.",
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
    parameters = [
        {"name": f.name, "in": "query", "description": f.help, "schema": _schema(f)}
        for f in CATALOG["list"].fields
    ]
    found = _responses("The incidents of one page, the next one's URL, and groups if any.", 422)
    page = {"$ref": "#/components/schemas/Incidents"}
    found["200"]["content"] = {"application/json": {"schema": page}}
    return {
        "operationId": "incidents",
        "summary": CATALOG["list"].help,
        "description": _LANGUAGE,
        "parameters": parameters,
        "responses": found,
    }


_LANGUAGE = """`filter` takes the words that chat and console take: `critical,error team=db env=prod
host!=db-* since=2h group=service sort=worst view:payments disk`. A word that is no field is looked
for in the text; values with blanks stand in quotation marks; `*` and `?` are patterns. The other
fields mean the same one by one, and all of them must fit. What can't be read is answered with 422,
and `where` names the field. Labels of `intake.indexed_labels` and tags are found by an index, also
those of every alert that joined; other labels are read from the incidents."""

_TEXT = {"type": "string"}
_PAGE = {
    "type": "object",
    "required": ["incidents", "next"],
    "properties": {
        "incidents": {"type": "array", "items": {"type": "object"}},
        "next": {"type": ["string", "null"], "description": "The URL of the next page."},
        "group": {"type": "string", "description": "What the list is grouped by."},
        "groups": {
            "type": "array",
            "description": "Every group, the worst first; value is null where there is none.",
            "items": {
                "type": "object",
                "properties": {
                    "value": {"type": ["string", "null"]},
                    "total": {"type": "integer"},
                    "nobody": {"type": "integer", "description": "How many nobody has."},
                    "worst": {
                        "type": "object",
                        "properties": {"id": _TEXT, "severity": _TEXT, "title": _TEXT},
                    },
                },
            },
        },
        "counted_all": {
            "type": "boolean",
            "description": "False where the groups count only the newest incidents.",
        },
        "hint": {"type": "string", "description": "What may have been meant: nothing fits."},
    },
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


def _record() -> dict[str, Any]:
    kinds = ("application/x-ndjson", "text/csv", "text/plain")
    answers = _responses("", 403, 422)
    answers["200"] = {
        "description": "The record, newest first; each row with its place in the chain.",
        "content": {kind: {"schema": {"type": "string"}} for kind in kinds},
    }
    names = ("jsonl", "csv", "cef")
    return {
        "operationId": "record_export_file",
        "summary": "The audit record as a file.",
        "parameters": [
            {"name": "what", "in": "query", "schema": {"type": "string"}},
            {"name": "format", "in": "query", "schema": {"type": "string", "enum": [*names]}},
        ],
        "responses": answers,
    }
