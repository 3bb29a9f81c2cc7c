"""Synthetic districts: a true history with known effects, and the nine tables an office would have made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError
from kopanalysis.truth import assignment as assigning
from kopanalysis.truth import effects, history, outreach, records
from kopanalysis.truth.cast import HEADLINE, NEVER, Array, draw_cast, invented_names
from kopanalysis.truth.herd import draw_herd
from kopanalysis.truth.history import YEARS, Facts, Threats
from kopanalysis.truth.profile import Profile, draw_profile
from kopanalysis.truth.records import Scene

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

TABLES = ("register", "rat", "accounts", "health", "training", "cattle", "groups", "findings", "decisions")
FULL_STRENGTH = {"selection": 1.0, "sector_shock": 1.0, "reporting_only": 1.0, "spillover": 0.5, "dissolution_wave": 0.5,
    "new_recipients": 0.5,
                 "foot_and_mouth": 0.8}  # fmt: skip
TRUTH_FIRST_YEAR = 2015


@dataclass(frozen=True)
class District:
    """A synthetic district.

    Attributes
    ----------
    tables : mapping of str to pandas.DataFrame
        The nine canonical tables, clean, with ``coop_id``.
    truth : pandas.DataFrame
        One row a cooperative and book year from 2015 on: ``coop_id, book_year, in_scope, livestock, treated, training_cohort,
        cattle_cohort``,
        then ``active, held, reported, known,
        business`` as they happened and each with ``_untreated`` as it would have been without training
        and cattle, and ``changed_by_training, changed_by_cattle, changed_by_spillover``.
    profile : Profile
        Lasting attributes.
    seed : int
    region : str
        Kemendagri code.
    arguments : mapping of str to Any
        All that it was drawn with.
    """

    tables: Mapping[str, pd.DataFrame]
    truth: pd.DataFrame
    profile: Profile
    seed: int
    region: str
    arguments: Mapping[str, Any]


def read_threats(threats: Mapping[str, Any]) -> Threats:
    """Switches by name; True stands for full strength.

    Parameters
    ----------
    threats : mapping of str to bool or float

    Returns
    -------
    Threats

    Raises
    ------
    CallError
        When a name isn't known, or a strength isn't a number of at least 0.
    """
    known = {**FULL_STRENGTH, "empty_cell": True}
    values: dict[str, Any] = {}
    for name, value in threats.items():
        if name not in known:
            raise CallError(f"no threat is called {name!r}", mend=f"Known: {', '.join(sorted(known))}.")
        if not isinstance(value, (bool, int, float)) or value < 0:
            raise CallError(f"{name}={value!r} is no strength", mend="Use true, false or a number of at least 0.")
        values[name] = bool(value) if name == "empty_cell" else known[name] if value is True else float(value)
    return Threats(**values)


def draw_district(
    seed: int, n: int = 127, n_treated: int = 15, effect_training: float = 0.0, effect_cattle: float = 0.0,
    all_livestock_trained: bool = False, inactive: int | None = None, region: str = "13.11", **threats: bool | float,
) -> District:  # fmt: skip
    """Draw a district: same arguments, same district.

    Parameters
    ----------
    seed : int
    n : int
        Primary cooperatives on the register on 25 August 2022.
    n_treated : int
        Livestock cooperatives trained that day.
    effect_training, effect_cattle : float
        Expected change in the share of meetings held among those given it (-1 to 1).
    all_livestock_trained : bool
        No livestock cooperative stays untrained.
    inactive : int, optional
        Calibrate to exactly this many silent about book years 2019-2021 (:func:`kopanalysis.truth.history.calibrate`);
        None leaves it to chance.
    region : str
        Kemendagri code.
    **threats : bool or float
        Fields of :class:`kopanalysis.truth.history.Threats`.

    Returns
    -------
    District

    Raises
    ------
    CallError
        When an argument is out of range, or a threat isn't known.
    """
    dangers = read_threats(threats)
    _check(n, n_treated, effect_training, effect_cattle)
    rng = np.random.default_rng([seed, *map(ord, region)])
    cast = draw_cast(rng, n, region, more_young=round(dangers.new_recipients * n_treated))
    shocks = history.draw_shocks(rng, cast)
    before = history.run(cast, shocks, dangers)
    left, kind = assigning.leavers(rng, cast, before, n)
    core = (cast.entered <= HEADLINE) & (left > HEADLINE) & (cast.block != "national")
    if inactive is not None:
        shocks = history.calibrate(rng.spawn(1)[0], cast, shocks, core, dangers, inactive)
        before = history.run(cast, shocks, dangers)
    assignment = assigning.assign(rng, cast, before, left, kind, n, n_treated, dangers, all_livestock_trained)
    untreated = history.run(cast, shocks, dangers, effects.sector_shift(rng, assignment, dangers))
    assignment = assigning.later_leavers(rng, untreated, assignment, dangers)
    happened, changed = effects.apply_effects(rng, cast, untreated, assignment, effect_training, effect_cattle, dangers)
    profile = draw_profile(rng, cast, assignment, before, n)
    scene = Scene(cast, profile, assignment, history.leave(happened, assignment.left))
    truth = _truth(scene, history.leave(untreated, assignment.left), changed)
    arguments = {
        "seed": seed, "n": n, "n_treated": n_treated, "effect_training": effect_training, "effect_cattle": effect_cattle,
        "all_livestock_trained": all_livestock_trained, "inactive": inactive, "region": region, **threats,
    }  # fmt: skip
    return District(_tables(rng, scene), truth, profile, seed, region, arguments)


def synthetic_district(
    seed: int, n: int = 127, n_treated: int = 15, effect_training: float = 0.0, effect_cattle: float = 0.0, **threats: Any
) -> Office:
    """Draw a district and return what its office holds, clean, without files.

    Parameters
    ----------
    seed, n, n_treated, effect_training, effect_cattle
        As in :func:`draw_district`.
    **threats : bool or float
        Its other arguments, the threats above all.

    Returns
    -------
    kopanalysis.loaders.load.Office
        Its truth stays behind: draw the same district with :func:`draw_district` for it.

    Raises
    ------
    CallError
        As in :func:`draw_district`.
    """
    from kopanalysis.truth.office import as_office

    return as_office(draw_district(seed, n, n_treated, effect_training, effect_cattle, **threats))


def _check(n: int, n_treated: int, training: float, cattle: float) -> None:
    if not 1 <= n_treated <= n // 4:
        raise CallError(f"{n_treated} trained of {n} can't be drawn", mend=f"Train 1 to {n // 4}.")
    for name, value in (("effect_training", training), ("effect_cattle", cattle)):
        if not -1 <= value <= 1:
            raise CallError(f"{name}={value} is no share", mend="Use -1 to 1.")


def _tables(rng: np.random.Generator, scene: Scene) -> dict[str, pd.DataFrame]:
    meetings = records.draw_meetings(rng, scene.facts)
    names = invented_names(rng, 60 + len(scene.cast))
    cattle, groups = draw_herd(rng, scene.assignment, scene.cast.places.kecamatan_names, names)
    accepted = cattle[(cattle["event"] == "accepted") & (cattle["coop"] >= 0)].groupby("coop")["heads"].sum()
    heads = accepted.reindex(range(len(scene.cast)), fill_value=0).to_numpy()
    return {
        "register": records.register(rng, scene, meetings), "rat": records.rat_log(rng, scene, meetings),
        "accounts": records.accounts(rng, scene, heads),
        "health": records.health(rng, scene), "training": outreach.training(rng, scene), "cattle": _identified(scene, cattle),
        "groups": _identified(scene, groups), "findings": outreach.findings(rng, scene), "decisions": outreach.decisions(rng, scene),
    }  # fmt: skip


def _identified(scene: Scene, table: pd.DataFrame) -> pd.DataFrame:
    coop = table["coop"].to_numpy()
    nik = np.where(coop >= 0, scene.profile.nik[coop], "")
    name = np.where(coop >= 0, scene.profile.name[coop], "")
    labelled = table.drop(columns="coop").assign(coop_id=np.where(coop >= 0, "nik:" + nik.astype(object), ""), nik=nik, name=name)
    day = "date" if "date" in table else "checked_on"
    return labelled.assign(**{day: labelled[day].astype("datetime64[us]")})


def _truth(scene: Scene, untreated: Facts, changed: Mapping[str, Array]) -> pd.DataFrame:
    first = history.column(TRUTH_FIRST_YEAR)
    stays = scene.assignment.left[:, None] > np.array([f"{year}-12-31" for year in YEARS], dtype="M8[D]")
    coop, year = np.nonzero((history.exists(scene.cast) & stays)[:, first:])
    one = coop, year + first
    cohort = scene.assignment.cattle_cohort[coop]
    columns: dict[str, Any] = {
        "coop_id": "nik:" + scene.profile.nik[coop], "book_year": YEARS[one[1]], "in_scope": scene.assignment.core[coop],
        "livestock": scene.assignment.livestock[coop], "treated": scene.assignment.treated[coop].astype("int64"),
        "training_cohort": pd.array(np.where(scene.assignment.treated[coop], 2022, 0), dtype="Int64"), "cattle_cohort": pd.array(cohort,
        dtype="Int64"),
    }  # fmt: skip
    for name in ("active", "held", "reported", "known", "business"):
        columns |= {name: getattr(scene.facts, name)[one], f"{name}_untreated": getattr(untreated, name)[one]}
    columns |= {f"changed_by_{name}": cells[one] for name, cells in changed.items()}
    frame = pd.DataFrame(columns)
    never = {name: frame[name].mask(frame[name] == 0) for name in ("training_cohort", "cattle_cohort")}
    return frame.assign(**never)


__all__ = ["NEVER", "TABLES", "District", "draw_district", "read_threats", "synthetic_district"]
