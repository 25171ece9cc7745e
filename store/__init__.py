"""What is remembered: nouns, tables, encryption and one small repository per noun."""
