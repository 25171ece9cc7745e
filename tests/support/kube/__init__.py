"""A strict stand-in of a Kubernetes API server over real HTTP: real resource versions, consistent
pages, watches that begin where they are told to, 410, RBAC from YAML, patch types, dry runs."""

from .rbac import Rules, rules_of
from .server import FakeKube
from .store import COLLECTIONS, Collection, Stored

__all__ = ["COLLECTIONS", "Collection", "FakeKube", "Rules", "Stored", "rules_of"]
