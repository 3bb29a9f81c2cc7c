"""How a table and its columns are declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "nik", "name", "legal", "text", "district", "kecamatan", "nagari", "date", "range", "year", "count", "idr", "number",
    "category", "flag", "causes",
]  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One canonical column.

    Attributes
    ----------
    name : str
        Canonical name.
    kind : str
        How its cells are read.
    label : str
        Heading in Bahasa Indonesia, as the template prints it.
    synonyms : tuple of str
        Other headings it is known by; case, spaces, punctuation and line breaks don't matter.
    required : bool
        A bad or missing value sets the row aside.
    unit : str
        ``idr``, ``people``, ``heads``, ``points`` or empty.
    low, high : float or None
        Possible range, ends included.
    categories : mapping of str to str
        Word in the cell (normal form) to canonical category; empty where any text goes.
    sensitivity : str
        ``open``, ``business`` (names a cooperative's money) or ``office`` (internal remarks).
    definition : str
        One line for the codebook.
    """

    name: str
    kind: Kind
    label: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    unit: str = ""
    low: float | None = None
    high: float | None = None
    categories: Mapping[str, str] = field(default_factory=dict)
    sensitivity: str = "open"
    definition: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """Label and synonyms."""
        return (self.label, *self.synonyms)


@dataclass(frozen=True)
class Table:
    """One of the nine tables.

    Attributes
    ----------
    name, label : str
        Canonical name; title in Bahasa Indonesia.
    columns : tuple of Column
        In canonical order.
    needs : tuple of tuple of str
        A sheet is this table when each group has at least one of its columns among the headings.
    required_any : tuple of tuple of str
        A row needs at least one of each group.
    keys : tuple of str
        Rows with equal keys are duplicates; no duplicates are sought where a key is missing.
    latest_by : tuple of str
        Dates that decide which of several duplicates is the latest.
    """

    name: str
    label: str
    columns: tuple[Column, ...]
    needs: tuple[tuple[str, ...], ...]
    required_any: tuple[tuple[str, ...], ...]
    keys: tuple[str, ...]
    latest_by: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """One of its columns, by canonical name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Canonical column names."""
        return tuple(column.name for column in self.columns)
