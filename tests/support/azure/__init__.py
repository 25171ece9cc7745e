"""A stand-in of Azure over real HTTP, as strict as the real one about what it is asked."""
