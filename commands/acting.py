"""A person as whoever acts, with the roles they have now."""

from __future__ import annotations

from store.model import Actor, Person


def actor_of(person: Person, surface: str, address: str = "") -> Actor:
    """A person as an actor on a surface."""
    return Actor(
        "person", person.handle, person.name, surface, person.roles, address, person.grants
    )
