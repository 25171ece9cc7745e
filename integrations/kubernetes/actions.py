"""What can be done in a cluster, to what, with which arguments."""

from __future__ import annotations

from integrations.base import Action, Param

_ROLLED = ("deployment", "statefulset", "daemonset")
ACTIONS = (
    Action(
        "kubernetes.restart", "Rollout restart", _ROLLED,
        help="Replaces the pods one after the other, as kubectl rollout restart does.",
        dangerous=True,
    ),
    Action(
        "kubernetes.scale", "Scale", ("deployment", "statefulset"),
        help="Sets how many replicas there are to be.",
        params=(
            Param("replicas", "number", "How many replicas."),
            Param("by", "number", "Or how many more: 1, or -1 for one less."),
            Param("most", "number", "With by: never more than so many."),
        ),
        dangerous=True,
    ),
    Action(
        "kubernetes.rollback", "Roll back", _ROLLED,
        help="Goes back to the revision before, or to a given one.",
        params=(Param("revision", "number", "The revision; the one before if empty."),),
        dangerous=True,
    ),
    Action("kubernetes.cordon", "Cordon", ("node",), help="The node takes no new pods."),
    Action("kubernetes.uncordon", "Uncordon", ("node",), help="The node takes new pods again."),
    Action(
        "kubernetes.delete_pod", "Delete pod", ("pod",),
        help="Ends the pod; what owns it makes a new one.",
        dangerous=True,
    ),
)  # fmt: skip
"""All of them, with what they are done to."""
