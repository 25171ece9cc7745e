"""What connectors that speak plain REST to a cloud share: signing in, asking, reading answers."""
