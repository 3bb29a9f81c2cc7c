"""The watch-list: which active cooperatives will hold no meeting next, tested out of time before it is believed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import DataError
from kopanalysis.inactivity.backtest import DRAWS, columns_of, run_trial, scores_of
from kopanalysis.inactivity.calibration import auc, brier, calibration, hits, limits
from kopanalysis.inactivity.plan import directions
from kopanalysis.inactivity.warning import Forecaster, risk_params, train, warning_frame
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.intervals import wilson
from kopanalysis.results import Number, Table

TOP = 20
RULE_ORDER = ["years_since_meeting", "meetings_3y", "last_late", "log_members"]
RULE_ASCENDING = [False, True, False, True]
REASONS = 2


@recorded
def watchlist_check(
    panel: pd.DataFrame, train_to: int | None = None, horizon: int = 1, rule: str = "no_rat_3y", level: float = 0.95, seed: int = 0
) -> Table:
    """Would last year's list have been any good? Tested on the book year after training, and on each kecamatan from the others.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`.
    train_to : int, optional
        Last target book year in training; the test is the next one. Default: all but the last known.
    horizon : int
        Book years ahead.
    rule : str
    level : float
    seed : int
        Of the bootstrap over cooperatives.

    Returns
    -------
    Table
        ``term, value, conf_low, conf_high, n, n_events, count`` (hits, where the line is about them) with the terms ``auc, brier,
        brier_null`` (the training share given to all),
        ``brier_gain, hits`` (missed among the first 20 of the test), ``hits_share, hits_by_chance``, ``elsewhere_auc, elsewhere_brier,
        elsewhere_brier_null`` (kecamatan left out in turn), ``skill`` (1: the forecast beats the share in both tests, and out of time
        beyond
        chance). Numbers ``watchlist.<term>``.

    Raises
    ------
    DataError
        When there are too few years.
    """
    trial = run_trial(warning_frame(panel, horizon, rule), train_to)
    skill, aucs, briers, gains = trial.skill(level, seed)
    later, there = trial.later, trial.elsewhere
    risk, base, y = columns_of(later)
    score, gain = scores_of(risk, base, y), scores_of(*columns_of(there))
    top = min(TOP, len(later))
    found = hits(risk, y, top)
    low, high = (float(limit[0]) for limit in wilson(found, top, level))
    lines: list[tuple[str, float, float | None, float | None, int, int, str]] = [
        ("auc", score[0], *limits(aucs, level), len(y), int(y.sum()), "score"),
        ("brier", score[1], *limits(briers, level), len(y), int(y.sum()), "score"),
        ("brier_null", brier(base, y), None, None, len(y), int(y.sum()), "score"),
        ("brier_gain", score[2], *limits(gains, level), len(y), int(y.sum()), "score"),
        ("hits", found, low * top, high * top, top, int(y.sum()), "cooperatives"),
        ("hits_share", found / top, low, high, top, int(y.sum()), "share"),
        ("hits_by_chance", top * float(y.mean()), None, None, top, int(y.sum()), "index"),
        ("elsewhere_auc", gain[0], None, None, len(there), int(there["missed"].sum()), "score"),
        ("elsewhere_brier", gain[1], None, None, len(there), int(there["missed"].sum()), "score"),
        ("elsewhere_brier_null", gain[1] + gain[2], None, None, len(there), int(there["missed"].sum()), "score"),
        ("skill", int(skill), None, None, len(y), int(y.sum()), "index"),
    ]  # fmt: skip
    data = pd.DataFrame([line[:6] for line in lines], columns=["term", "value", "conf_low", "conf_high", "n", "n_events"])
    rows = Rows.of(panel["source_rows"])
    numbers = tuple(
        Number(f"watchlist.{term}", None if pd.isna(value) else value, unit, a, b, level if a is not None else None, n, rule, "legal",
               "out of time" if "elsewhere" not in term else "kecamatan left out", rows=rows, cell=(position, "value"))
        for position, (term, value, a, b, n, _, unit) in enumerate(lines)
    )  # fmt: skip
    data["count"] = pd.Series([found if term in ("hits", "hits_share") else None for term in data["term"]], dtype="Float64")
    derived = dict.fromkeys(
        ("value", "conf_low", "conf_high"), ("count",)
    )  # the public edition hides a small number of hits, and its share
    return Table(
        "watchlist_check", data.assign(trained_to=trial.train_to), ("count", "n_events"), derived=derived, of={"n": ("count",)},
        numbers=numbers, rows=rows,
    )  # fmt: skip


@recorded
def watchlist_calibration(
    panel: pd.DataFrame, train_to: int | None = None, horizon: int = 1, rule: str = "no_rat_3y", groups: int = 5
) -> Table:
    """Forecast against outcome in groups of rising risk, on forecasts made for kecamatan left out in turn and for the year after training.

    Parameters
    ----------
    panel, train_to, horizon, rule
        As in :func:`watchlist_check`.
    groups : int

    Returns
    -------
    Table
        As :func:`kopanalysis.calibration`, with ``test`` (``later, elsewhere``).
    """
    trial = run_trial(warning_frame(panel, horizon, rule), train_to)
    parts = [calibration(frame["risk"], frame["missed"], groups).data.assign(test=name)
             for name, frame in (("later", trial.later), ("elsewhere", trial.elsewhere))]  # fmt: skip
    derived = dict.fromkeys(("observed", "conf_low", "conf_high"), ("events", "n"))
    rows = Rows.of(panel["source_rows"])
    return Table("watchlist_calibration", pd.concat(parts, ignore_index=True), ("n", "events"), derived=derived, additive=True,
                 within=("test",), of={"n": ("events",)}, rows=rows)  # fmt: skip


@recorded
def watchlist(
    panel: pd.DataFrame, train_to: int | None = None, horizon: int = 1, rule: str = "no_rat_3y", level: float = 0.95, seed: int = 0
) -> Table:
    """Active cooperatives by the risk that they hold no meeting about the next book year.

    Parameters
    ----------
    panel, train_to, horizon, rule, level, seed
        As in :func:`watchlist_check`; the list itself is trained on every known target year.

    Returns
    -------
    Table
        One row a cooperative, the first to visit on top: ``rank, coop_id, name, kecamatan, nagari, target_year, ranked_by`` (``model``,
        or ``rule``
        where the model can't beat the base rate: years since the last meeting), ``skill`` (bool), ``probability, conf_low, conf_high,
        of_ten`` (n of
        10; missing without skill), ``rank_low, rank_high`` (bootstrap over cooperatives), ``reason_1, reason_2`` (codes of the
        predictors that
        raise it most above the mean), ``listed`` (among the first 20), ``visit`` (order of visits of those listed: kecamatan with the
        most expected
        misses first, nagari together), and the predictors. It names cooperatives: the public edition has none of its rows.
        Numbers ``watchlist.listed``, ``watchlist.expected`` (missed meetings expected among those listed).

    Raises
    ------
    DataError
        When there are too few years, or nobody is active at the end.

    Notes
    -----
    It says whom to visit, not whom to strike off. What is known at the end of a calendar year stands for what was known when the list was
    made; a meeting recorded more than a year late would have been unknown.
    """
    frame = warning_frame(panel, horizon, rule)
    skill = run_trial(frame, train_to).skill(level, seed)[0]
    known = frame[frame["missed"].notna()]
    now = frame[frame["book_year"] == int(known["target_year"].max())].reset_index(drop=True)
    if now.empty:
        raise DataError("No cooperative is active at the end of the records", mend="There is nobody to watch.")
    model = train(known)
    data = _by_model(model, known, now, level, seed) if skill else _by_rule(now)
    data.insert(0, "rank", np.arange(1, len(data) + 1))
    data["listed"] = data["rank"] <= TOP
    data["visit"] = _visits(data)
    data["ranked_by"], data["skill"] = ("model" if skill else "rule"), skill
    first = ["rank", "coop_id", "name", "kecamatan", "nagari", "target_year", "ranked_by", "skill", "probability", "conf_low", "conf_high",
             "of_ten", "rank_low", "rank_high", "reason_1", "reason_2", "listed", "visit"]  # fmt: skip
    data = data[[*first, *model.predictors]]
    rows = Rows.of(panel["source_rows"])
    return Table("watchlist", data, names_units=True, numbers=_list_numbers(data, model, rule, level, rows), rows=rows)


def _by_model(model: Forecaster, known: pd.DataFrame, now: pd.DataFrame, level: float, seed: int) -> pd.DataFrame:
    risk = model.predict(now)
    draws = _redrawn_risks(model, known, now, seed)
    ranks = np.argsort(np.argsort(-draws, axis=1, kind="stable"), axis=1) + 1
    ends = [0.5 - level / 2, 0.5 + level / 2]
    low, high = np.quantile(draws, ends, axis=0)
    rank_low, rank_high = np.quantile(ranks, ends, axis=0, method="nearest")
    added = model.contributions(now)
    wanted = np.array([directions().get(name, 0) for name in model.predictors])
    against = (wanted != 0) & (np.sign(model.params[1:]) != wanted)  # a slope of the wrong sign corrects another; it is no reason
    added = np.where(against, 0.0, added)
    order = np.argsort(-added, axis=1, kind="stable")[:, :REASONS]
    names = np.array(model.predictors, dtype=object)
    reasons = [[names[k] if added[row, k] > 1e-9 else "" for k in order[row]] for row in range(len(now))]
    columns: dict[str, Any] = {
        "probability": risk, "conf_low": low, "conf_high": high, "of_ten": np.rint(risk * 10).astype(int), "rank_low": rank_low,
        "rank_high": rank_high, "reason_1": [pair[0] for pair in reasons], "reason_2": [(*pair, "")[1] for pair in reasons],
    }  # fmt: skip
    return now.assign(**columns).sort_values("probability", ascending=False, kind="stable", ignore_index=True)


def _redrawn_risks(model: Forecaster, known: pd.DataFrame, now: pd.DataFrame, seed: int) -> np.ndarray:
    """Risks from models trained on cooperatives drawn again, each row weighted by how often its cooperative was drawn."""
    rng = np.random.default_rng(seed)
    x, there, missed = model.matrix(known), model.matrix(now), known["missed"].to_numpy(float)
    unit, units = pd.factorize(known["coop_id"])
    draws: list[np.ndarray] = []
    for _ in range(DRAWS // 2):
        weight = np.bincount(rng.integers(0, len(units), len(units)), minlength=len(units))[unit].astype(float)
        drawn = weight > 0
        try:
            params = risk_params(x[drawn], weight[drawn] * missed[drawn], weight[drawn])
        except DataError:  # a draw in which a predictor doesn't vary says nothing of it
            continue
        draws.append(1 / (1 + np.exp(-(there @ params))))
    return np.array(draws)


def _by_rule(now: pd.DataFrame) -> pd.DataFrame:
    nothing: dict[str, Any] = dict.fromkeys(("probability", "conf_low", "conf_high", "of_ten", "rank_low", "rank_high"), np.nan)
    reasons: dict[str, Any] = {"reason_1": np.where(now["years_since_meeting"] > 0, "years_since_meeting", ""), "reason_2": ""}
    return now.assign(**nothing, **reasons).sort_values(RULE_ORDER, ascending=RULE_ASCENDING, kind="stable", ignore_index=True)


def _visits(data: pd.DataFrame) -> pd.Series:
    """Order of visits among those listed: kecamatan by expected misses (or by how many are listed), within it nagari by nagari."""
    listed = data[data["listed"]].copy()
    listed["weight"] = listed["probability"].fillna(1.0)
    places = listed.assign(kecamatan=listed["kecamatan"].fillna(""), nagari=listed["nagari"].fillna(""))
    places["place_weight"] = places.groupby("kecamatan")["weight"].transform("sum")
    places["nagari_first"] = places.groupby(["kecamatan", "nagari"])["rank"].transform("min")
    order = places.sort_values(["place_weight", "kecamatan", "nagari_first", "rank"], ascending=[False, True, True, True]).index
    return pd.Series(np.arange(1, len(order) + 1), index=order).reindex(data.index).astype("Int64")


def _list_numbers(data: pd.DataFrame, model: Forecaster, rule: str, level: float, rows: Rows) -> tuple[Number, ...]:
    listed = data[data["listed"]]
    numbers = [Number("watchlist.listed", len(listed), "cooperatives", n=len(data), rule=rule, silence="legal", method="count", rows=rows)]
    if listed["probability"].notna().all():
        risk = listed["probability"].to_numpy(float)
        luck = np.random.default_rng(0).random((4000, len(risk))) < risk
        low, high = limits(luck.sum(axis=1), level)
        numbers.append(Number("watchlist.expected", float(risk.sum()), "index", low, high, level, len(listed), rule, "legal",
                              f"sum of risks, {len(model.predictors)} predictors", rows=rows))  # fmt: skip
    return tuple(numbers)


def score_watchlist(listed: pd.DataFrame, panel: pd.DataFrame) -> Table:
    """Score an earlier list, as read back from its workbook, against the meetings known since.

    Parameters
    ----------
    listed : pandas.DataFrame
        ``coop_id, target_year, rank`` and, where it had skill, ``probability``.
    panel : pandas.DataFrame
        From :func:`kopanalysis.build_panel`, later than the list.

    Returns
    -------
    Table
        ``term, value, n``: ``known`` (outcomes known by now), ``missed, hits`` (missed among the first 20), ``hits_by_chance, auc`` (of the
        order), and where it had probabilities ``brier, brier_null``.

    Raises
    ------
    DataError
        When none of its outcomes is known yet.
    """
    lines = panel.assign(target_year=panel["book_year"])[["coop_id", "target_year", "rat_state", "reported"]]
    known = listed.merge(lines[~lines["rat_state"].isin(["unknown", "not_yet_due"])], on=["coop_id", "target_year"])
    if known.empty:
        raise DataError("No outcome of that list is known yet", mend="Score it when the meetings of its year are due.")
    y = known["reported"].ne(1).fillna(True).to_numpy(float)
    order = -known["rank"].to_numpy(float)
    top = min(TOP, len(known))
    lines_out: list[tuple[str, float]] = [("known", len(y)), ("missed", y.sum()), ("hits", hits(order, y, top)),
                                          ("hits_by_chance", top * y.mean()), ("auc", auc(order, y))]  # fmt: skip
    if known["probability"].notna().all():
        risk = known["probability"].to_numpy(float)
        lines_out += [("brier", brier(risk, y)), ("brier_null", brier(np.full(len(y), y.mean()), y))]
    data = pd.DataFrame(lines_out, columns=["term", "value"]).assign(n=len(y))
    return Table("watchlist_scored", data)
