"""Numbers, words, tables and figures: results made readable; nothing is computed here."""
