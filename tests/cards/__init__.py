"""Cards, notes, forms and mails say what the design of cards says."""
