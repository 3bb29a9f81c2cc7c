"""Facts by year and plain measures: panel, activity, spells, published series."""
