"""AWS: what its accounts hold, told by the connector over real HTTP."""
