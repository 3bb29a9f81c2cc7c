"""Synthetic districts whose truth is known."""
