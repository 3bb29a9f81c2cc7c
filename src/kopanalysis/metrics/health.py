"""Health by scheme: aspects, score and class; what is missing stays missing, with its reason and its unverified parameters."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import DataError, RuleError
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.health_bands import KEYS, health_indicators, kuk_class, ratio
from kopanalysis.results import Table

SCHEMES = ("2021", "2016")
ASPECTS = ("governance", "risk_profile", "financial_performance", "capital")
CLASSES = ("healthy", "fairly_healthy", "under_supervision", "special_supervision")


def health_aspects(items: pd.DataFrame | None, accounts: pd.DataFrame | None, scheme: str = "2021") -> pd.DataFrame:
    """Aspect scores 0 to 100 from the questionnaire and the accounts.

    An aspect is the mean of its parts, a part the mean of its indicators' skor (1 to 4), times the points a step is worth; all of these
    are unverified parameters and are named in ``unverified``. An indicator that cannot be computed by its nature (no loans, growth from
    a loss) is left out; one whose inputs are missing counts as missing, and an aspect with too many of them has no score.

    Parameters
    ----------
    items, accounts : pandas.DataFrame or None
        As in :func:`kopanalysis.metrics.health_bands.health_indicators`.
    scheme : {"2021"}

    Returns
    -------
    pandas.DataFrame
        ``coop_id, book_year, scheme, governance, risk_profile, financial_performance, capital`` (points of 100, missing where it can't be
        computed), ``<aspect>_reason`` (empty, ``no_indicators``, ``indicators_missing``), ``kuk`` (1 to 4, unverified),
        ``unverified`` (names of the unverified parameters used), ``source_rows``.

    Raises
    ------
    RuleError, DataError
        As in :func:`kopanalysis.metrics.health_bands.health_indicators`.
    """
    indicators = health_indicators(items, accounts, scheme)
    indicators["aspect"] = indicators["part"].str.partition(".")[0]
    rows = indicators.groupby(KEYS)["source_rows"].agg(_join).reset_index()
    expected = _expected_indicators()
    out = rows[KEYS].assign(scheme=scheme)
    for aspect in ASPECTS:
        scored = _aspect(indicators[indicators["aspect"] == aspect], expected[aspect])
        out = out.merge(scored.rename(columns={"points": aspect, "reason": f"{aspect}_reason"}), on=KEYS, how="left")
        out[f"{aspect}_reason"] = out[f"{aspect}_reason"].fillna("no_indicators")
    out = _with_kuk(out, accounts)
    out["unverified"] = " ".join(_unverified("health", ("scheme_2021.within_aspect", "scheme_2021.points", "scheme_2021.least_share")))
    return out.merge(rows, on=KEYS)


def _join(cells: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(" ".join(cells).split()))


def _expected_indicators() -> dict[str, int]:
    """How many indicators each aspect has; variants for some classes of size aren't asked of all."""
    expected = dict.fromkeys(ASPECTS, 0)
    for kind in ("ratio", "item"):
        for parameter in rules.parameters("health", f"scheme_2021.{kind}").values():
            expected[parameter.fields["part"].partition(".")[0]] += not parameter.fields.get("optional", False)
    return expected


def _aspect(lines: pd.DataFrame, expected: int) -> pd.DataFrame:
    """Points of one aspect: mean of its parts, each the mean of its indicators."""
    if lines.empty:
        return pd.DataFrame({**{name: [] for name in KEYS}, "points": [], "reason": []})
    step = rules.parameter("health", "scheme_2021.points").value
    by_part = lines.assign(skor=lines["skor"].astype(float)).groupby([*KEYS, "part"])["skor"].mean().groupby(KEYS).mean()
    counts = lines.groupby(KEYS)["reason"].agg(given="size", missing=lambda reasons: (reasons == "input_missing").sum())
    lacking = counts["missing"] + (expected - counts["given"]).clip(lower=0)
    enough = 1 - lacking / expected >= rules.parameter("health", "scheme_2021.least_share").value
    reason = np.select([~enough, by_part.isna()], ["indicators_missing", "no_indicators"], "")
    return pd.DataFrame({"points": (by_part * step).where(reason == ""), "reason": reason}, index=by_part.index).reset_index()


def _with_kuk(out: pd.DataFrame, accounts: pd.DataFrame | None) -> pd.DataFrame:
    if accounts is None or accounts.empty:
        return out.assign(kuk=pd.Series(pd.NA, index=out.index, dtype="Int64"))
    return out.merge(accounts[KEYS].assign(kuk=kuk_class(accounts)), on=KEYS, how="left")


def _unverified(stem: str, names: Iterable[str]) -> list[str]:
    """Those of some parameters that nobody has verified."""
    return [f"{stem}.{name}" for name in names if rules.parameter(stem, name).mark == "unverified"]


@recorded
def health_score(frame: pd.DataFrame, scheme: str = "2021") -> Table:
    """Score and class of one scheme; schemes are never put in one series.

    Parameters
    ----------
    frame : pandas.DataFrame
        For 2021 the aspect scores 0 to 100 in ``governance, risk_profile, financial_performance, capital``; for 2016 the total in
        ``score``, as the examiner printed it. A ``scheme`` column must agree.
    scheme : {"2021", "2016"}

    Returns
    -------
    Table
        The frame with ``score`` (points of 100), ``class`` (``healthy, fairly_healthy, under_supervision, special_supervision``),
        ``reason`` (empty, or ``aspect_missing: <names>``, ``score_missing``: then score and class are missing, not zero) and
        ``unverified`` (names of the unverified parameters the score rests on). It names cooperatives.

    Raises
    ------
    RuleError
        For an unknown scheme, or a frame that mixes schemes.
    DataError
        When a column is absent or a score lies outside 0 to 100.
    """
    if scheme not in SCHEMES:
        raise RuleError(f"{scheme!r} is no scheme", mend=f"Known: {', '.join(SCHEMES)}.")
    if "scheme" in frame and (others := set(frame["scheme"].dropna().astype(str)) - {scheme}):
        raise RuleError(f"The frame holds scores of {', '.join(sorted(others))} too", f"scheme {scheme}", "Schemes are not comparable.")
    scored = _scored_2021(frame) if scheme == "2021" else _scored_2016(frame)
    rows = Rows.of(frame["source_rows"].dropna()) if "source_rows" in frame else Rows()
    return Table(f"health_score.{scheme}", scored, names_units=True, rows=rows)


def weighted_score(frame: pd.DataFrame) -> pd.Series:
    """Aspects of the 2021 scheme weighted; missing where an aspect is.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``governance, risk_profile, financial_performance, capital``, points of 100.

    Returns
    -------
    pandas.Series
        Points of 100.

    Raises
    ------
    DataError
        When a column is absent or a score lies outside 0 to 100.
    """
    points = _points(frame, list(ASPECTS))
    weights = pd.Series({aspect: rules.parameter("health", f"scheme_2021.weight.{aspect}").value for aspect in ASPECTS})
    return (points.mul(weights).sum(axis=1, skipna=False) / weights.sum()).round(9)


def _scored_2021(frame: pd.DataFrame) -> pd.DataFrame:
    points, score = _points(frame, list(ASPECTS)), weighted_score(frame)
    lacking = [", ".join(aspect for aspect in ASPECTS if pd.isna(line[aspect])) for line in points.to_dict("records")]
    reason = [f"aspect_missing: {names}" if names else "" for names in lacking]
    flagged = _unverified("health", (f"scheme_2021.weight.{aspect}" for aspect in ASPECTS))
    before = frame["unverified"].fillna("") if "unverified" in frame else pd.Series("", index=frame.index)
    unverified = [_join([words, *flagged]) for words in before]
    out = frame.assign(score=score, reason=reason, unverified=unverified)
    out["class"] = classes_of(score, "2021")
    return out


def _scored_2016(frame: pd.DataFrame) -> pd.DataFrame:
    score = _points(frame, ["score"])["score"]
    reason = np.where(score.isna(), "score_missing", "")
    out = frame.assign(reason=reason, unverified="")
    out["class"] = classes_of(score, "2016")
    return out


def _points(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    absent = [name for name in names if name not in frame]
    if absent:
        raise DataError(f"The frame has no column {', '.join(absent)}", mend="Aspect scores run from 0 to 100.")
    points = frame[names].astype(float)
    outside = (points < 0) | (points > 100)
    if outside.any(axis=None):
        raise DataError("A score lies outside 0 to 100", f"row {outside.any(axis=1).idxmax()}", "Correct it, or leave it empty.")
    return points


def classes_of(score: pd.Series, scheme: str) -> pd.Series:
    """Class of a score by the cut-offs of its scheme; missing stays missing.

    Parameters
    ----------
    score : pandas.Series
        Points of 100.
    scheme : {"2021", "2016"}

    Returns
    -------
    pandas.Series
    """
    cut = rules.parameter("health", f"scheme_{scheme}.cut_offs")
    edges, names = cut.fields["edges"], cut.fields["classes"]
    found = np.select([score >= edge for edge in edges], names[: len(edges)], names[-1])
    return pd.Series(found, index=score.index, dtype=object).where(score.notna(), None)


@recorded
def health_components(accounts: pd.DataFrame, scheme: str = "2016", unverified: bool = False) -> pd.DataFrame:
    """Components of the 2016 scheme from accounts: nilai and score = nilai / 100 x weight. Never a total: not all bands are published.

    Parameters
    ----------
    accounts : pandas.DataFrame
        ``coop_id, book_year`` and any of the columns that data/rules/health.toml names.
    scheme : {"2016"}
    unverified : bool, default False
        Also those whose bands are unverified or contradict each other; they are flagged.

    Returns
    -------
    pandas.DataFrame
        ``coop_id, book_year, component, weight, percent, nilai`` (0 to 100), ``score, reason, unverified``.

    Raises
    ------
    RuleError
        For another scheme.
    """
    if scheme != "2016":
        raise RuleError(f"{scheme!r} has no components", mend="Only 2016 has; for 2021 see health_aspects.")
    found = []
    for name, parameter in rules.parameters("health", "scheme_2016.component").items():
        if parameter.mark == "unverified" and not unverified:
            continue
        about = parameter.fields
        percent, reason = ratio(accounts, about["numerator"], about["denominator"])
        nilai = percent.clip(0, 100) if about.get("linear") else _stepped(percent, about["edges"], about["at_edge"], about["values"])
        flag = f"health.scheme_2016.component.{name}" if parameter.mark == "unverified" else ""
        lines = accounts[KEYS].assign(component=name, weight=about["weight"], percent=percent, nilai=nilai)
        found.append(lines.assign(score=nilai / 100 * about["weight"], reason=reason, unverified=flag))
    return pd.concat(found, ignore_index=True)


def _stepped(percent: pd.Series, edges: list[float], at_edge: list[int], values: list[float]) -> pd.Series:
    """Value of the band a percentage lies in; bands from the lowest up, edges as decided."""
    x = percent.round(9)
    place = pd.Series(0, index=x.index)
    for step, (edge, at) in enumerate(zip(edges, at_edge, strict=True), start=1):
        place = place.mask(x > edge, step).mask(x == edge, at - 1)
    return place.map(dict(enumerate(values))).astype(float).where(x.notna())
