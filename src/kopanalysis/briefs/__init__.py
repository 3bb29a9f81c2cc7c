"""Briefs: which there are, how they are run, published and traced."""
