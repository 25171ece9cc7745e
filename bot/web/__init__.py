"""HTTP: the intake hooks, the API, health, and the console."""
