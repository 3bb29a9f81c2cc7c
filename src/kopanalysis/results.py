"""What a statistic returns: frozen records that know their n, their interval, their rows and how to be shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any, Literal

import pandas as pd

from kopanalysis.lineage import Call, Rows
from kopanalysis.suppression import SMALLEST_PUBLIC_COUNT, Cell, Sum, betrays, coarse_steps, small_cells, too_small

__all__ = [
    "EDITION_VARIABLE", "LANGUAGES", "SMALLEST_PUBLIC_COUNT", "TIDY_COLUMNS", "Check", "Curve", "Estimate", "Lang", "Number", "Table",
    "Text", "edition", "small_cells",
]  # fmt: skip

Lang = Literal["id", "en"]
LANGUAGES: tuple[Lang, ...] = ("id", "en")
EDITION_VARIABLE = "KOPANALYSIS_EDITION"
MAGNITUDES = ("people", "idr", "share", "points")  # of one to four units they would describe those
TIDY_COLUMNS = (
    "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high",
    "n_obs", "n_units", "n_clusters", "method",
)  # fmt: skip


def edition() -> str:
    """``internal`` or ``public``: which edition records are made for, from the environment of the process."""
    return "public" if os.environ.get(EDITION_VARIABLE) == "public" else "internal"


@dataclass(frozen=True)
class Text:
    """The same words in both languages."""

    id: str
    en: str

    def get(self, lang: Lang) -> str:
        """The words in one language."""
        return self.id if lang == "id" else self.en


@dataclass(frozen=True)
class Number:
    """One number that may be printed, with all that its reader may ask for.

    Attributes
    ----------
    name : str
        Stable registry name, such as ``inactive.count.no_rat_3y.legal``.
    value : float or int or None
        None where it can't be computed or may not be shown.
    unit : str
        ``cooperatives``, ``coop_years``, ``share`` (0 to 1), ``points`` (a difference of shares), ``years``, ``heads``, ``idr``,
        ``people``, ``rows``, ``index`` or ``score`` (a Brier score, an AUC, a p-value) or ``grade``.
    low, high, level : float or None
        Interval and its confidence level.
    n : int or None
        How many units stand behind it.
    rule, silence, method, grade : str or None
        Definition of inactive, coding of silence, method in words, evidence grade.
    call : Call or None
        The chain of functions that computes it again.
    rows : Rows
        The source rows that decide it.
    cell : tuple of (int, str) or None
        Row position and column in the table it belongs to.
    suppressed : bool
        True where the public edition hides it.
    complement : bool
        True where it is hidden only because it would give a small one away.
    """

    name: str
    value: float | int | None
    unit: str
    low: float | None = None
    high: float | None = None
    level: float | None = None
    n: int | None = None
    rule: str | None = None
    silence: str | None = None
    method: str | None = None
    grade: str | None = None
    call: Call | None = None
    rows: Rows = field(default_factory=Rows)
    cell: tuple[int, str] | None = None
    suppressed: bool = False
    complement: bool = False

    def __post_init__(self) -> None:
        if edition() == "public" and not self.suppressed and self._gives_away():
            object.__setattr__(self, "suppressed", True)
            object.__setattr__(self, "complement", not too_small(self.value))
        if self.suppressed:
            for name in ("value", "low", "high", "n"):
                object.__setattr__(self, name, None)

    def _gives_away(self) -> bool:
        """Whether the public could read a count of 1 to 4 off it, or what one to four units have."""
        if self.unit == "cooperatives":
            rest = None if self.n is None or self.value is None else self.n - self.value
            return too_small(self.value) or too_small(rest)
        few = self.unit in MAGNITUDES and too_small(self.n)
        return few or (self.unit == "share" and "wilson" in (self.method or "").lower() and betrays(self.value, self.n))

    def hidden(self) -> Number:
        """The same number, hidden as the public edition hides it."""
        return self if self.suppressed else replace(self, suppressed=True, complement=not too_small(self.value))

    def text(self, lang: Lang, form: str = "") -> str:
        """The number as it is printed in running text."""
        from kopanalysis.present.numbers import format_number

        return format_number(self, lang, form)


@dataclass(frozen=True)
class Table:
    """A table of results. In the public edition small cells never enter it.

    Attributes
    ----------
    name : str
        Stable name; its CSV is ``tables/<brief>-<name>.csv``.
    data : pandas.DataFrame
        Tidy, one row a line of the table.
    counts : tuple of str
        Columns that count cooperatives: 1 to 4 is hidden in the public edition.
    total : str or None
        The column that the counts of a row add up to: one hidden count alone would be found by subtraction, so a second is hidden.
    derived : mapping of str to tuple of str
        Columns computed from counts (shares, limits): hidden with them.
    additive : bool
        True where rows add up to a printed line: then hiding also goes down the columns.
    within : tuple of str
        Only rows that are equal in these columns add up.
    of : mapping of str to tuple of str
        Column to the counts that are parts of it and may leave a rest that isn't printed (``n`` to ``count``).
    sums : tuple of Sum
        Other cells that add up, to each other or to a number printed elsewhere.
    first_hidden : tuple of (int, str)
        Cells that are hidden first where a second one must be; the others may be headlines.
    names_units : bool
        True where rows name cooperatives: the public edition has none of its rows.
    numbers : tuple of Number
        Registered numbers of its cells.
    call, rows
        As in :class:`Number`, for the whole table.
    fitted : Any
        What a later step needs of the fit behind it; never printed, not part of what makes two tables equal.
    """

    name: str
    data: pd.DataFrame
    counts: tuple[str, ...] = ()
    total: str | None = None
    derived: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    additive: bool = False
    names_units: bool = False
    numbers: tuple[Number, ...] = ()
    call: Call | None = None
    rows: Rows = field(default_factory=Rows)
    hidden: frozenset[Cell] = frozenset()
    complements: frozenset[Cell] = frozenset()
    fitted: Any = field(default=None, repr=False, compare=False)
    within: tuple[str, ...] = ()
    of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sums: tuple[Sum, ...] = ()
    first_hidden: tuple[Cell, ...] = ()

    def __post_init__(self) -> None:
        if edition() != "public":
            return
        if self.names_units:
            object.__setattr__(self, "data", self.data.iloc[:0])
            object.__setattr__(self, "numbers", tuple(number.hidden() for number in self.numbers))
            return
        own = {number.cell for number in self.numbers if number.suppressed and number.cell and number.cell[1] in self.data}
        hidden = self.hidden | small_cells(
            self.data, self.counts, self.total, self.derived, self.additive, self.within, self.of, self.sums, self.first_hidden,
            self.hidden | own,
        )  # fmt: skip
        numbers = tuple(number.hidden() if number.cell in hidden else number for number in self.numbers)
        known = {(row, column): self.data[column].iloc[row] for row, column in hidden}
        large = {cell for cell, value in known.items() if not pd.isna(value) and not _small_number(value)}
        data = _without(self.data, hidden)
        object.__setattr__(self, "hidden", frozenset(hidden))
        object.__setattr__(self, "complements", self.complements | frozenset(large))
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "numbers", numbers)

    def number(self, name: str) -> Number:
        """One of its numbers, by registry name."""
        for number in self.numbers:
            if number.name == name:
                return number
        raise KeyError(f"table {self.name} has no number {name}")

    def tidy(self) -> pd.DataFrame:
        """The table as a frame of its own."""
        return self.data.copy()

    def text(self, lang: Lang) -> str:
        """The table as plain text, rounded as it is printed."""
        from kopanalysis.present.tables import table_text

        return table_text(self, lang)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from kopanalysis.present.tables import show_table

        return show_table(self)._repr_mimebundle_(include, exclude)


@dataclass(frozen=True)
class Curve:
    """A curve over time with its interval and the numbers at risk.

    Attributes
    ----------
    data : pandas.DataFrame
        ``term, time, estimate, std_error, conf_low, conf_high, n_risk, n_event``, one row an event time.
    """

    name: str
    data: pd.DataFrame
    level: float = 0.95
    method: str = ""
    unit: str = "share"
    rule: str | None = None
    silence: str | None = None
    numbers: tuple[Number, ...] = ()
    call: Call | None = None
    rows: Rows = field(default_factory=Rows)

    def number(self, name: str) -> Number:
        """One of its numbers, by registry name."""
        for number in self.numbers:
            if number.name == name:
                return number
        raise KeyError(f"curve {self.name} has no number {name}")

    def tidy(self) -> pd.DataFrame:
        """The curve as a frame of its own."""
        return self.data.copy()

    def drawn(self, together: bool = False) -> pd.DataFrame:
        """The curve as it may be drawn: for the public, only steps that 5 or more events made (:func:`coarse_steps`)."""
        return coarse_steps(self.data, together) if edition() == "public" else self.data

    def at(self, time: float, term: str | None = None) -> pd.Series:
        """The last row at or before ``time``: the value of the step function there."""
        rows = self.data if term is None else self.data[self.data["term"] == term]
        rows = rows[rows["time"] <= time]
        if rows.empty:
            raise KeyError(f"curve {self.name} begins after {time}")
        return rows.iloc[-1]

    def plot(self, ax: Any = None) -> Any:
        """Draw it and return the axes."""
        from kopanalysis.present.figures_status import draw_curve

        return draw_curve(self, ax=ax)

    def text(self, lang: Lang) -> str:
        """Its values as a plain table."""
        from kopanalysis.present.tables import frame_text

        return frame_text(self.drawn(), lang)


@dataclass(frozen=True)
class Estimate:
    """One estimate with its interval, its n and the smallest effect its design could have seen.

    Attributes
    ----------
    mde, p_floor : float or None
        Smallest effect that the estimate, by its own standard error, would see in eight of ten; smallest p-value that its
        reassignments can give.
    df : float or None
        Degrees of freedom of the t distribution.
    draws, mc_error, exact
        Of a permutation test: how many reassignments, Monte Carlo error of the p-value, whether all were enumerated.
    dropped : mapping of str to int
        What was left out and how many, by reason.
    """

    term: str
    estimate: float
    std_error: float | None = None
    statistic: float | None = None
    p_value: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    n_obs: int | None = None
    n_units: int | None = None
    n_clusters: int | None = None
    method: str = ""
    level: float = 0.95
    unit: str = "points"
    n_treated: int | None = None
    mde: float | None = None
    p_floor: float | None = None
    grade: str | None = None
    rule: str | None = None
    silence: str | None = None
    seed: int | None = None
    call: Call | None = None
    rows: Rows = field(default_factory=Rows)
    df: float | None = None
    draws: int | None = None
    mc_error: float | None = None
    exact: bool | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)

    def tidy(self) -> pd.DataFrame:
        """One row, with the column names of broom."""
        return pd.DataFrame([{name: getattr(self, name) for name in TIDY_COLUMNS}])

    def as_number(self, name: str) -> Number:
        """The estimate as a number that may be printed."""
        return Number(
            name, self.estimate, self.unit, self.conf_low, self.conf_high, self.level, self.n_units or self.n_obs,
            self.rule, self.silence, self.method, self.grade, self.call, self.rows,
        )  # fmt: skip


@dataclass(frozen=True)
class Check:
    """What a guard found: passed, failed, or None where it only informs.

    Attributes
    ----------
    reasons : tuple of str
        Stable codes.
    texts : tuple of Text
        The same reasons in words, in the same order.
    grade_ceiling : str or None
        Best grade that the assignment allows, ``A`` to ``D``.
    p_floor, mde : float or None
        Smallest p-value that reassignment can give; smallest effect that could be seen.
    n_treated : int or None
        Treated units that the estimand keeps.
    empty_cells : tuple of str
        Comparisons without a unit on one side.
    facts : mapping of str to Any
        What was read off the data, by name.
    """

    name: str
    passed: bool | None
    reasons: tuple[str, ...] = ()
    table: Table | None = None
    grade_ceiling: str | None = None
    call: Call | None = None
    texts: tuple[Text, ...] = ()
    p_floor: float | None = None
    mde: float | None = None
    n_treated: int | None = None
    empty_cells: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    numbers: tuple[Number, ...] = ()
    rows: Rows = field(default_factory=Rows)

    def tidy(self) -> pd.DataFrame:
        """One row a reason."""
        return pd.DataFrame({"check": self.name, "passed": self.passed, "reason": list(self.reasons) or [""]})

    def text(self, lang: Lang) -> str:
        """The reasons in words, one a line; their codes where no words were given."""
        return "\n".join(words.get(lang) for words in self.texts) if self.texts else "\n".join(self.reasons)


def _small_number(value: Any) -> bool:
    return isinstance(value, Real) and too_small(value)


def _without(data: pd.DataFrame, hidden: set[Cell] | frozenset[Cell]) -> pd.DataFrame:
    """The frame with these cells missing; its own columns stay as they are."""
    shown = data.copy()
    for row, column in hidden:
        if pd.api.types.is_numeric_dtype(shown[column]):
            shown[column] = shown[column].astype("Float64")
        shown.loc[shown.index[row], column] = None if shown[column].dtype == "object" else pd.NA
    return shown
