"""Amazon Web Services for tests: the moto server as a process of its own, a front that answers what
moto does not, and a hundred things to find there."""
