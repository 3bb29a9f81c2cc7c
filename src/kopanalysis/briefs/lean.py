"""Imports without what a library takes along for a case that never comes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

GRAMMAR = "rfc3987_syntax"


@contextmanager
def no_grammar() -> Iterator[None]:
    """Import nbformat, and papermill with it, without the grammar of internationalised addresses.

    jsonschema takes it along where it is installed. No notebook holds such an address, and to compile it takes a second.
    """
    if GRAMMAR in sys.modules:
        yield
        return
    sys.modules[GRAMMAR] = None  # type: ignore[assignment]  # how Python is told that a module can't be had
    try:
        yield
    finally:
        sys.modules.pop(GRAMMAR, None)
