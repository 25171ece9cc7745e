"""What runs actions outside: followed from their start to their end."""
