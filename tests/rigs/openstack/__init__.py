"""A real control plane of OpenStack, and everything that can go wrong with it."""
