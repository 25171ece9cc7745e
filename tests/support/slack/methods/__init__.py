"""The Web API methods the stand-in answers, found by name."""

from . import chat, conversations, files, groups, people, presence, rooms, views
from .registry import METHODS, Method, Refused, Request

__all__ = [
    "METHODS",
    "Method",
    "Refused",
    "Request",
    "chat",
    "conversations",
    "files",
    "groups",
    "people",
    "presence",
    "rooms",
    "views",
]
