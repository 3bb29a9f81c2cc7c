"""One synthetic district under one threat: what each method answers, beside the truth."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import DataError
from kopanalysis.impact.bundle import bundle
from kopanalysis.impact.did import did
from kopanalysis.impact.dose import dose_rank
from kopanalysis.impact.permutation import permutation_test
from kopanalysis.impact.same_state import same_state
from kopanalysis.impact.spillover import did_unexposed
from kopanalysis.results import Check, Estimate
from kopanalysis.truth.district import District, draw_district

PRE, POST = (2018, 2019, 2020, 2021), (2022, 2023, 2024)
FEWEST_PRE = 3  # a treated unit with a shorter past is dropped, as the guard does
LEAD = ("did", "same_state", "permutation", "permutation_same_state")
METHODS = (*LEAD, "did_hc3", "did_last_year")
LAST_YEAR = PRE[-1:]


@dataclass(frozen=True)
class Scenario:
    """A threat at full strength, or none, with the effects that are true.

    Attributes
    ----------
    name, threat : str
    arguments : mapping of str to Any
        For :func:`kopanalysis.truth.district.draw_district`.
    honest : tuple of str
        Methods that must hold under it; of the others the certificate shows how far they go wrong.
    bias_within : float
        What their bias may be.
    """

    name: str
    threat: str = "none"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    honest: tuple[str, ...] = ()
    bias_within: float = 0.01


SAME_STATE = ("same_state", "permutation_same_state")
SCENARIOS = (
    Scenario("none", honest=(*METHODS, "bundle_training_only", "bundle_interaction", "dose_rank")),
    # 7 % of meetings are held and never recorded, so an effect of 0.35 on meetings held shows as 0.325: that much bias is the records'.
    Scenario("none_effect", arguments={"effect_training": 0.35}, honest=METHODS, bias_within=0.03),
    Scenario("selection", "selection", {"selection": True}, SAME_STATE, 0.03),
    Scenario("sector_shock", "sector_shock", {"sector_shock": True}),
    Scenario("foot_and_mouth", "foot_and_mouth", {"foot_and_mouth": True}),
    Scenario("reporting_only", "reporting_only", {"reporting_only": True}),
    Scenario("spillover", "spillover", {"spillover": True, "effect_training": 0.35}, ("did_unexposed",), 0.03),
    Scenario("empty_cell", "empty_cell", {"empty_cell": True, "effect_cattle": 0.35}),
    Scenario("dissolution_wave", "dissolution_wave", {"dissolution_wave": True}),
    Scenario("new_recipients", "new_recipients", {"new_recipients": True}, METHODS),
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What one method said about one district; missing where it refused."""

    scenario: str
    method: str
    district: int
    truth: float
    estimate: float = math.nan
    p_value: float = math.nan
    conf_low: float = math.nan
    conf_high: float = math.nan
    refused: bool = False


def study_frame(district: District) -> pd.DataFrame:
    """The comparison that a brief makes, straight from a district's facts.

    Parameters
    ----------
    district : District

    Returns
    -------
    pandas.DataFrame
        ``coop_id, book_year, rat_held, treated, cattle, cattle_cohort, heads, kecamatan``: primary cooperatives on the register on 25
        August 2022, without the inactive ones trained in 2019 and those with fewer than three book years before. ``rat_held`` is what the
        office's records show (0 once dissolved), as :func:`kopanalysis.build_panel` would read it.
    """
    truth = district.truth[district.truth["in_scope"]]
    training, programme = district.tables["training"], rules.programmes()["earlier"]
    earlier = training.loc[training["start_date"].between(pd.Timestamp(programme.start), pd.Timestamp(programme.end)), "coop_id"]
    truth = truth[~truth["coop_id"].isin(earlier)]
    units = truth.groupby("coop_id").agg(treated=("treated", "first"), cattle_cohort=("cattle_cohort", "first"), first=("book_year", "min"))
    units = units[max(PRE) - units["first"] + 1 >= FEWEST_PRE]
    grid = units.reset_index().merge(pd.DataFrame({"book_year": [*PRE, *POST]}), how="cross")
    grid = grid[grid["book_year"] >= grid["first"]].drop(columns="first")
    frame = grid.merge(truth[["coop_id", "book_year", "known"]], on=["coop_id", "book_year"], how="left")
    cattle = district.tables["cattle"]
    heads = cattle[cattle["event"] == "accepted"].groupby("coop_id")["heads"].sum()
    register = district.tables["register"].groupby("coop_id")["kecamatan"].last()
    return frame.assign(
        rat_held=frame["known"].astype("boolean").fillna(False).astype(float), cattle=frame["cattle_cohort"].notna().astype("int64"),
        cattle_cohort=frame["cattle_cohort"].fillna(0).astype("int64"),
        heads=frame["coop_id"].map(heads).fillna(0.0), kecamatan=frame["coop_id"].map(register),
    ).drop(columns="known")  # fmt: skip


def true_effect(district: District, frame: pd.DataFrame) -> float:
    """Mean change that training made to meetings held, over the treated of the frame and the book years after.

    Parameters
    ----------
    district : District
    frame : pandas.DataFrame
        From :func:`study_frame`.

    Returns
    -------
    float
        A difference of shares. Meetings that are only reported more, and those that cattle brought, aren't in it.
    """
    treated = frame.loc[(frame["treated"] == 1) & frame["book_year"].isin(POST), ["coop_id", "book_year"]]
    cells = treated.merge(district.truth, on=["coop_id", "book_year"], how="left")
    moved = cells["held"].astype(float) - cells["held_untreated"].astype(float)
    return float(moved.where(cells["changed_by_training"].astype("boolean").fillna(False), 0.0).mean())


def run_trial(scenario: Scenario, seed: int, draws: int) -> list[Answer]:
    """Draw one district and ask every method.

    Parameters
    ----------
    scenario : Scenario
    seed : int
        Of the district, and of the permutations.
    draws : int

    Returns
    -------
    list of Answer
        One a method; the bundle's contrasts and the dose test besides.
    """
    district = draw_district(seed, **scenario.arguments)
    frame = study_frame(district)
    truth = true_effect(district, frame)
    answers = [_ask(scenario.name, name, seed, truth, functools.partial(method, frame, draws, seed)) for name, method in _ASKED.items()]
    answers += _bundle(scenario.name, frame, truth, draws, seed)
    dose = _ask(scenario.name, "dose_rank", seed, 0.0, lambda: _dose(frame, draws, seed))
    return [*answers, dose]


def _did(frame: pd.DataFrame, draws: int, seed: int) -> Estimate:  # noqa: ARG001
    return did(frame, "rat_held", "treated", PRE, POST)


def _did_hc3(frame: pd.DataFrame, draws: int, seed: int) -> Estimate:  # noqa: ARG001
    return did(frame, "rat_held", "treated", PRE, POST, se="hc3")


def _did_last_year(frame: pd.DataFrame, draws: int, seed: int) -> Estimate:  # noqa: ARG001
    return did(frame, "rat_held", "treated", LAST_YEAR, POST)


def _did_unexposed(frame: pd.DataFrame, draws: int, seed: int) -> Estimate:  # noqa: ARG001
    return did_unexposed(frame, "rat_held", "treated", PRE, POST)


def _same_state(frame: pd.DataFrame, draws: int, seed: int) -> Estimate:  # noqa: ARG001
    return same_state(frame, "rat_held", "treated", PRE, POST)


def _permutation(frame: pd.DataFrame, draws: int, seed: int) -> Estimate:
    return permutation_test(frame, "rat_held", "treated", PRE, POST, draws=draws, seed=seed)


def _permutation_same_state(frame: pd.DataFrame, draws: int, seed: int) -> Estimate:
    return permutation_test(frame, "rat_held", "treated", PRE, POST, estimator="same_state", draws=draws, seed=seed)


def _dose(frame: pd.DataFrame, draws: int, seed: int) -> Estimate:
    return dose_rank(frame, "rat_held", "heads", ("cattle_cohort",), draws, seed, PRE, POST)


_ASKED: dict[str, Callable[[pd.DataFrame, int, int], Estimate]] = {
    "did": _did, "same_state": _same_state, "permutation": _permutation, "permutation_same_state": _permutation_same_state,
    "did_hc3": _did_hc3, "did_last_year": _did_last_year, "did_unexposed": _did_unexposed,
}  # fmt: skip


def _ask(scenario: str, name: str, seed: int, truth: float, method: Callable[[], Estimate]) -> Answer:
    try:
        found = method()
    except DataError:
        return Answer(scenario, name, seed, truth, refused=True)
    return _answer(scenario, name, seed, truth, [found.estimate, found.p_value, found.conf_low, found.conf_high])


def _answer(scenario: str, name: str, seed: int, truth: float, values: Sequence[Any]) -> Answer:
    estimate, p_value, low, high = map(_number, values)
    return Answer(scenario, name, seed, truth, estimate, p_value, low, high)


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _bundle(scenario: str, frame: pd.DataFrame, truth: float, draws: int, seed: int) -> list[Answer]:
    """Contrasts of training alone and of the interaction; without effects the truth of both is none."""
    found = bundle(frame, "rat_held", "treated", "cattle", PRE, POST, draws=draws, seed=seed)
    terms = ("training_only", "interaction")
    if isinstance(found, Check):
        return [Answer(scenario, f"bundle_{term}", seed, truth, refused=True) for term in terms]
    lines = found.data.set_index("term")
    columns = ["estimate", "p_value", "conf_low", "conf_high"]
    targets = {"training_only": truth, "interaction": 0.0}
    return [_answer(scenario, f"bundle_{term}", seed, targets[term], [lines.loc[term, name] for name in columns]) for term in terms]


def frame_of(answers: Sequence[Answer]) -> pd.DataFrame:
    """Answers as a frame, one row a district and method."""
    return pd.DataFrame([vars(answer) for answer in answers]).astype({"refused": bool, "district": np.int64})
