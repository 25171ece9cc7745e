"""A stand-in of Google Cloud over real HTTP, as strict as the real one about what it is asked."""
