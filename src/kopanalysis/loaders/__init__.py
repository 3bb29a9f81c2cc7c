"""Office files to tables: reading, recognising, typing, linking, and nothing lost on the way."""
