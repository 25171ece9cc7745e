"""Chats people are reached in: one may stand for several workspaces (``slack``, ``slack-acme``)."""

from __future__ import annotations

CHATS = ("slack", "discord")


def chat_of(surface: str) -> str:
    """``slack`` for ``slack-acme``, its further workspace; any other surface as it is."""
    chat, dash, _ = surface.partition("-")
    return chat if dash and chat in CHATS else surface


def is_chat(surface: str) -> bool:
    """Whether it is a chat, or a further workspace of one."""
    return chat_of(surface) in CHATS


def workspace_of(surface: str) -> str:
    """``acme`` for ``slack-acme``, "" for the first workspace."""
    return surface.partition("-")[2] if is_chat(surface) else ""
