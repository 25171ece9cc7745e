"""The rota changed by people: overrides, covers, swaps, time off, temporary schedules, and undo."""
