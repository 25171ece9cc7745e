"""Pages by e-mail: how they look, and how they leave."""
