"""Pure decisions: each function returns the decision together with its reason."""
