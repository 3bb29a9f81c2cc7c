"""What really happens in a synthetic district: yearly activity, meetings, reports, and who is given what."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from kopanalysis.truth.cast import Array, Cast

YEARS = np.arange(2012, 2025)  # book years; the first three only give the later ones a past
LAST_PAST = 2021  # the meeting about it was held before the training of August 2022
COVID_HELD = {2019: 0.80, 2020: 0.82}  # share of usual meetings held in 2020 and 2021, when gatherings were banned
HELD, REPORTED, KNOWN, IDLE_BUSINESS = 0.96, 0.93, 0.35, 0.22
WINDOW = (2019, 2020, 2021)
CANDIDATES = 64
ROWS = ("state", "held", "reported", "known", "business")


@dataclass(frozen=True)
class Threats:
    """What may spoil a comparison, each off at its default.

    Attributes
    ----------
    selection : float
        Share of the trained taken from those that were inactive about book year 2021.
    sector_shock : float
        Standard deviation (logit) of one shock common to livestock from book year 2022 on.
    reporting_only : float
        Training makes meetings reported, not held: the share of unreported meetings it brings in; a fifth of all meetings go unreported.
    spillover : float
        Share of the training's effect felt by others in a kecamatan with trained ones; these then lie in three kecamatan.
    empty_cell : bool
        All trained get cattle and no other livestock cooperative does.
    dissolution_wave : float
        Share of the silent, neither trained nor aided, dissolved in October 2023.
    new_recipients : float
        Share of the trained that were founded in 2020 or 2021, for the aid.
    foot_and_mouth : float
        Fall (logit) of livestock in book year 2022, half of it in 2023.
    """

    selection: float = 0.0
    sector_shock: float = 0.0
    reporting_only: float = 0.0
    spillover: float = 0.0
    empty_cell: bool = False
    dissolution_wave: float = 0.0
    new_recipients: float = 0.0
    foot_and_mouth: float = 0.0


@dataclass(frozen=True)
class Facts:
    """Yes or no for each cooperative (row) and book year (column).

    Attributes
    ----------
    active, held, reported, known, business
        Works; holds the meeting about the year; reports it; it is in the office's log (reported, or found out later); trades.
    """

    active: Array
    held: Array
    reported: Array
    known: Array
    business: Array


@dataclass(frozen=True)
class Shocks:
    """Uniform draws and logit shocks behind the facts, so that the same district can be run with and without an effect."""

    uniform: Array
    kecamatan_year: Array


def meeting_time() -> Array:
    """First day of the year in which each book year's meeting is held."""
    return np.array([f"{year + 1}-01-01" for year in YEARS], dtype="datetime64[D]")


def column(year: int) -> int:
    """Position of a book year in :data:`YEARS`."""
    return year - int(YEARS[0])


def draw_shocks(rng: np.random.Generator, cast: Cast) -> Shocks:
    """Draw all that is random about the years of a district.

    Parameters
    ----------
    rng : numpy.random.Generator
    cast : Cast

    Returns
    -------
    Shocks
        Uniforms of shape (facts, cooperatives, years) and kecamatan-year shocks per cooperative (standard deviation 0.3 in the logit).
    """
    kecamatan = {name: number for number, name in enumerate(cast.places.kecamatan_names)}
    of_place = np.array([kecamatan[name] for name in cast.places.kecamatan])
    by_year = rng.normal(0, 0.3, (len(kecamatan), len(YEARS)))
    return Shocks(rng.random((len(ROWS), len(cast), len(YEARS))), by_year[of_place[cast.place]])


def exists(cast: Cast) -> Array:
    """Whether a cooperative was founded by each book year."""
    return cast.founded.astype("datetime64[Y]").astype(int)[:, None] + 1970 <= YEARS


def run(cast: Cast, shocks: Shocks, threats: Threats, sector: Array | None = None) -> Facts:
    """Run the yearly process of every cooperative over all book years, nobody given anything.

    Activity is a Markov chain (first year logit 0.8; then 2.0 after an active year, -2.3 after an inactive one), with a lasting difference
    between cooperatives and kecamatan-year shocks. An active cooperative mostly holds its meeting and mostly reports it.

    Parameters
    ----------
    cast : Cast
    shocks : Shocks
    threats : Threats
    sector : array of float, optional
        Logit shift per cooperative and year.

    Returns
    -------
    Facts
    """
    lasting = cast.ability[:, None] + shocks.kecamatan_year + (0.0 if sector is None else sector)
    alive = exists(cast)
    active = _chain(shocks.uniform[0], lasting, alive)
    return _facts(active, alive, shocks.uniform, threats, YEARS)


def _chain(uniform: Array, lasting: Array, alive: Array, state: Array | None = None) -> Array:
    active = np.zeros(uniform.shape, dtype=bool)
    for t in range(uniform.shape[-1]):
        before = state if t == 0 else active[..., t - 1]
        was_alive = (state is not None) if t == 0 else alive[..., t - 1]
        level = 0.8 if before is None else np.where(was_alive, np.where(before, 2.0, -2.3), 0.8)
        active[..., t] = (uniform[..., t] < expit(level + lasting[..., t])) & alive[..., t]
    return active


def _facts(active: Array, alive: Array, uniform: Array, threats: Threats, years: Array) -> Facts:
    usual = np.array([HELD * COVID_HELD.get(int(year), 1.0) for year in years])
    reporting = 0.8 if threats.reporting_only else REPORTED
    held = active & (uniform[1] < usual)
    reported = held & (uniform[2] < reporting)
    known = reported | (held & (uniform[3] < KNOWN))
    business = (active & (uniform[4] < 0.97)) | (~active & alive & (uniform[4] < IDLE_BUSINESS))
    return Facts(active, held, reported, known, business)


def silent(facts: Facts, years: tuple[int, ...]) -> Array:
    """Find cooperatives with no reported meeting about any of some book years."""
    return np.asarray(~facts.reported[:, [column(year) for year in years]].any(axis=1))


def calibrate(rng: np.random.Generator, cast: Cast, shocks: Shocks, core: Array, threats: Threats, inactive: int) -> Shocks:
    """Redraw the years 2018-2021 of single cooperatives until exactly ``inactive`` of the core were silent about 2019-2021.

    This is a calibration to a published count, not a part of the process: cooperatives in random order get another draw of the same
    process, the first of 64 that puts them on the other side. Those younger than three book years are left alone.

    Parameters
    ----------
    rng : numpy.random.Generator
    cast : Cast
    shocks : Shocks
    core : array of bool
    threats : Threats
    inactive : int
        The published count.

    Returns
    -------
    Shocks
    """
    facts = run(cast, shocks, threats)
    old = core & exists(cast)[:, column(WINDOW[0]) - 1]
    is_silent = silent(facts, WINDOW) & old
    surplus = int(is_silent.sum()) - inactive
    segment = slice(column(2018), column(LAST_PAST) + 1)
    other = rng.random((len(ROWS), len(cast), CANDIDATES, 4))
    lasting = (cast.ability[:, None] + shocks.kecamatan_year)[:, None, segment]
    alive = np.ones((len(cast), CANDIDATES, 4), dtype=bool)
    active = _chain(other[0], np.broadcast_to(lasting, other[0].shape), alive, facts.active[:, [column(2017)]].repeat(CANDIDATES, axis=1))
    redrawn = _facts(active, alive, other, threats, YEARS[segment])
    wanted = redrawn.reported[..., 1:].any(axis=2) == (surplus > 0)
    movable = np.flatnonzero(old & (is_silent == (surplus > 0)) & wanted.any(axis=1) & exists(cast)[:, column(2017)])
    uniform = shocks.uniform.copy()
    for row in rng.permutation(movable)[: abs(surplus)]:
        uniform[:, row, segment] = other[:, row, wanted[row].argmax()]
    return replace(shocks, uniform=uniform)


def leave(facts: Facts, left: Array) -> Facts:
    """Nothing happens any more once a cooperative has left the register.

    Parameters
    ----------
    facts : Facts
    left : array of datetime64[D]

    Returns
    -------
    Facts
    """
    alive = left[:, None] > meeting_time()
    return Facts(**{name: getattr(facts, name) & alive for name in ("active", "held", "reported", "known", "business")})
