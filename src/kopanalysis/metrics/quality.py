"""Can the data carry the question: what each question needs, measured, and the light that the measures give it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from kopanalysis import rules
from kopanalysis.lineage import Rows, recorded
from kopanalysis.loaders.reconcile import known_rows
from kopanalysis.metrics.activity import classify
from kopanalysis.results import SMALLEST_PUBLIC_COUNT, Number, Table, edition

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

QUESTIONS = ("why", "training", "cattle")
LIGHTS = ("red", "amber", "green")  # from worst to best
NEARLY_ALL = 0.9  # a book year is known when this share of those concerned is
PRE_YEARS = 3
RECENT = 3
Measured = tuple[float | None, pd.DataFrame]
MEASURE_COLUMNS = ["question", "measure", "value", "amber", "green", "light"]


def light_of(value: float | None, amber: float, green: float, floor: str = "red") -> str:
    """The light of one measure.

    Parameters
    ----------
    value : float or None
        None or missing: it couldn't be measured.
    amber, green : float
        From where on it is amber, green.
    floor : {"red", "amber"}
        The worst light that this measure alone may give.

    Returns
    -------
    str
        ``green``, ``amber`` or ``red``.
    """
    if value is None or value != value or value < amber:
        return floor
    return "green" if value >= green else "amber"


def worst(lights: Iterable[str]) -> str:
    """The worst of several lights; without any: red."""
    return min(lights, key=LIGHTS.index, default="red")


@recorded
def panel_measures(panel: pd.DataFrame, rule: str = "no_rat_3y") -> Table:
    """What the panel offers each question.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`.
    rule : str
        Which rule calls a cooperative inactive.

    Returns
    -------
    Table
        ``question, measure, value, amber, green, light``; thresholds from data/rules/quality.toml. Numbers ``quality.<measure>``.
    """
    ended = panel["dissolved_on"].notna() & (panel["dissolved_on"].dt.year <= panel["book_year"])
    lines = panel[~ended & (panel["kdmp"] != 1)]
    treated = lines[lines["treated"] == 1]
    start = rules.programmes()["study"].start.year
    given = lines[lines["cattle_cohort"].notna()]
    classified = classify(panel, rule, "legal")
    values: dict[str, Measured] = {
        "why_years": (_known_years(lines[lines["age"].fillna(1) >= 0]), lines),
        "why_judged": _judged(classified),
        "why_accounts": _recent(lines, "business"),
        "why_visited": _recent(_inactive_now(classified), "found_operating"),
        "training_treated": (float(treated["coop_id"].nunique()), treated if len(treated) else lines),
        "training_before": _share_with_history(treated, pd.Series(start, index=treated.index)),
        "training_after": (_known_years(treated[treated["book_year"] >= start]), treated),
        "training_comparison": _same_sector(lines, treated),
        "cattle_recipients": (float(given["coop_id"].nunique()), given if len(given) else lines),
        "cattle_before": _share_with_history(given, given["cattle_cohort"]),
    }
    rows = {name: Rows.of((used if len(used) else lines)["source_rows"]) for name, (_, used) in values.items()}
    behind = {name: _denominator(name, used) for name, (_, used) in values.items()}
    return _measure_table("panel_measures", {name: (value, rows[name]) for name, (value, _) in values.items()}, behind)


def _denominator(measure: str, used: pd.DataFrame) -> int | None:
    """How many cooperatives a share is a share of."""
    return int(used["coop_id"].nunique()) if rules.quality_measures()[measure]["unit"] == "share" else None


def _betrays(share: float | None, n: int | None) -> bool:
    """Whether a share of n gives away a count of one to four, or its complement, to the public."""
    if share is None or not n or edition() != "public":
        return False
    part = round(share * n)
    return any(0 < count < SMALLEST_PUBLIC_COUNT for count in (part, n - part))


@recorded
def ledger_measures(office: Office, day: date | str) -> Table:
    """What attendance lists and herd ledger offer, before anything is joined to the panel.

    Parameters
    ----------
    office : Office
    day : date or str
        Nothing later is used.

    Returns
    -------
    Table
        As of :func:`panel_measures`.
    """
    training, cattle = known_rows(office, "training", day), known_rows(office, "cattle", day)
    first = int(rules.quality_measures()["training_lists"]["first_year"])
    years = set(range(first, pd.Timestamp(day).year + 1))
    held = set(training["start_date"].dropna().dt.year) & years
    accepted = cattle[cattle["event"] == "accepted"].dropna(subset=["heads"])
    heads = accepted["heads"].sum()
    linked = accepted.loc[accepted["coop_id"].notna(), "heads"].sum()
    groups = set(accepted["group_name"].dropna())
    seen = set(cattle.loc[cattle["event"] == "counted", "group_name"].dropna())
    of_training, of_cattle = Rows.of(training["source_rows"]), Rows.of(cattle["source_rows"])
    values = {
        "training_lists": (len(held) / len(years) if years and len(training) else None, of_training),
        "cattle_linked": (float(linked / heads) if heads else None, of_cattle),
        "cattle_counted": (len(groups & seen) / len(groups) if groups else None, of_cattle),
    }
    return _measure_table("ledger_measures", values)


def question_lights(*measures: Table) -> Table:
    """The light of each question: the worst of its measures.

    Parameters
    ----------
    *measures : Table
        From :func:`panel_measures` and :func:`ledger_measures`.

    Returns
    -------
    Table
        ``question, light, because``: the measure that decides (the first of the worst, in the order of data/rules/quality.toml).
    """
    known = list(rules.quality_measures())
    lines = pd.concat([table.data for table in measures], ignore_index=True)
    lines = lines.assign(order=lines["measure"].map(known.index)).sort_values("order")
    records = []
    for question in QUESTIONS:
        own = lines[lines["question"] == question]
        light = worst(own["light"])
        records.append({"question": question, "light": light, "because": next(iter(own.loc[own["light"] == light, "measure"]), "")})
    return Table("lights", pd.DataFrame(records))


def _measure_table(name: str, values: dict[str, tuple[float | None, Rows]], behind: dict[str, int | None] | None = None) -> Table:
    records, numbers = [], []
    for row, (measure, (value, rows)) in enumerate(values.items()):
        rule = rules.quality_measures()[measure]
        given = None if value is None or value != value else float(value)
        light = light_of(given, rule["amber"], rule["value"], rule["floor"])
        records.append({"question": rule["question"], "measure": measure, "value": given, "amber": float(rule["amber"]),
                        "green": float(rule["value"]), "light": light})  # fmt: skip
        n = (behind or {}).get(measure)
        number = Number(f"quality.{measure}", given, rule["unit"], n=n, method="share" if rule["unit"] == "share" else "count", rows=rows,
                        cell=(row, "value"))  # fmt: skip
        numbers.append(number.hidden() if _betrays(given, n) else number)
    data = pd.DataFrame(records, columns=MEASURE_COLUMNS)
    small = frozenset((row, "value") for row, number in enumerate(numbers) if number.suppressed)
    rows = Rows()
    for _, part in values.values():
        rows |= part
    return Table(name, data, numbers=tuple(numbers), rows=rows, hidden=small)


def _known_years(lines: pd.DataFrame) -> float:
    """Book years in which nearly all of these lines have a known meeting."""
    lines = lines[lines["rat_state"] != "not_yet_due"]
    known = lines.assign(known=lines["rat_held"].notna()).groupby("book_year")["known"].mean()
    return float((known >= NEARLY_ALL).sum())


def _judged(classified: pd.DataFrame) -> tuple[float | None, pd.DataFrame]:
    last = classified[classified["book_year"] == classified["book_year"].max()]
    grown = last[~last["status"].isin(["new", "dissolved"])]
    return (float((grown["status"] != "unknown").mean()) if len(grown) else None), (grown if len(grown) else last)


def _inactive_now(classified: pd.DataFrame) -> pd.DataFrame:
    last = classified[classified["book_year"] == classified["book_year"].max()]
    inactive = last.loc[last["status"] == "inactive", "coop_id"]
    return classified[classified["coop_id"].isin(inactive)]


def _recent(lines: pd.DataFrame, column: str) -> tuple[float | None, pd.DataFrame]:
    """Share of those listed in the last book year with a value in one of the last three."""
    if lines.empty:
        return None, lines
    last = lines["book_year"].max()
    listed = lines.loc[lines["book_year"] == last, "coop_id"].unique()
    recent = lines[(lines["book_year"] > last - RECENT) & lines["coop_id"].isin(listed)]
    told = recent.loc[recent[column].notna(), "coop_id"].nunique()
    return told / len(listed), lines[lines["coop_id"].isin(listed)]


def _share_with_history(lines: pd.DataFrame, start: pd.Series) -> tuple[float | None, pd.DataFrame]:
    """Share of cooperatives with at least three known book years before their start."""
    if lines.empty:
        return None, lines
    before = lines[(lines["book_year"] < start) & lines["rat_held"].notna()]
    years = before.groupby("coop_id")["book_year"].nunique().reindex(lines["coop_id"].unique(), fill_value=0)
    return float((years >= PRE_YEARS).mean()), lines


def _same_sector(lines: pd.DataFrame, treated: pd.DataFrame) -> tuple[float | None, pd.DataFrame]:
    """How many untrained cooperatives work in the sectors of the trained."""
    if treated.empty:
        return None, treated
    sectors = treated["sector"].dropna().unique()
    alike = lines[(lines["treated"] != 1) & lines["sector"].isin(sectors)]
    return float(alike["coop_id"].nunique()), pd.concat([alike, treated])
