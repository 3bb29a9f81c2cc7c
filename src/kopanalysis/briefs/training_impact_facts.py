"""What brief 30 works on: the sample, the timing, the design and its grade, and why a comparison can't be made where it can't."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

import pandas as pd

from kopanalysis import rules
from kopanalysis.briefs.study import Study, iso_date
from kopanalysis.errors import CallError, DataError
from kopanalysis.impact.arms import arm_shares, first_day
from kopanalysis.impact.design import describe_design
from kopanalysis.impact.effects import effects_table
from kopanalysis.impact.evidence import graded_evidence
from kopanalysis.impact.outcomes import with_outcomes
from kopanalysis.impact.sample import on_register
from kopanalysis.impact.timing import estimands, periods
from kopanalysis.metrics.activity import classify
from kopanalysis.present.sentences import say
from kopanalysis.present.shown import Shown
from kopanalysis.results import Check, Number, Table, Text

PRIMARY = next(iter(estimands().values())).outcome
TREATED = "treated"
Found = TypeVar("Found")


@dataclass(frozen=True)
class Trained:
    """The training under study, read once.

    Attributes
    ----------
    study : Study
    day : date
        On which the programme began: whoever stood on the register then is compared.
    panel : pandas.DataFrame
        With the columns of :func:`kopanalysis.with_outcomes`; empty where there is no register of that time.
    outcome : str
    pre, post : list of int
    missing : str
        Why there is nothing to compare: ``register, training, match, outcome``; empty where there is.
    design, graded : Check or None
    effects, shares : Table or None
        None where the comparison can't be computed.
    lottery : bool
    draws, seed : int
    """

    study: Study
    day: date
    panel: pd.DataFrame
    outcome: str = PRIMARY
    pre: list[int] = field(default_factory=list)
    post: list[int] = field(default_factory=list)
    missing: str = ""
    design: Check | None = None
    graded: Check | None = None
    effects: Table | None = None
    shares: Table | None = None
    lottery: bool = False
    draws: int = 10_000
    seed: int = 0

    @property
    def grade(self) -> str:
        """The grade, D where nothing could be graded."""
        return str(self.graded.grade_ceiling) if self.graded is not None else "D"

    @property
    def leading(self) -> tuple[str, str, list[int], list[int]]:
        """Outcome, treatment and periods, as every estimator takes them."""
        return self.outcome, TREATED, self.pre, self.post

    def number(self, name: str) -> Number:
        """A number of the design, the grade or the effects, by the end of its name; one without a value where it couldn't be computed."""
        for record in (self.design, self.graded, self.effects):
            for number in record.numbers if record is not None else ():
                if number.name == f"training.{name}":
                    return number
        return Number(f"training.{name}", None, "points")

    def effect(self, method: str) -> Number:
        """The estimate of one method."""
        return self.number(f"att.{self.outcome}.{method}")

    def seen(self, method: str) -> Number:
        """The smallest difference that this method's own scatter lets it see."""
        return self.number(f"seen.{self.outcome}.{method}")

    @property
    def leader(self) -> str:
        """The method that page one leads with: the permutation range, else that of t."""
        return "did_permutation" if self.effect("did_permutation").value is not None else "did"

    @property
    def lead(self) -> Number:
        """The estimate that page one leads with."""
        return self.effect(self.leader)


def gather(study: Study, day: str = "", lottery: bool = False, draws: int = 10_000, seed: int = 0) -> Trained:
    """Read the training: sample, timing, design, grade and effects, as far as the data carry them.

    Parameters
    ----------
    study : Study
    day : str
        ISO date on which the programme began; empty: the first day on record, else that of ``data/rules/programmes.toml``.
    lottery : bool
        True where the office drew the trainees by lot.
    draws, seed : int
        Of the permutations.

    Returns
    -------
    Trained

    Raises
    ------
    CallError
        For a mistyped date.
    """
    began = iso_date(day or first_day(study.office), "register_day")
    try:
        panel = with_outcomes(on_register(classify(study.panel, rows=False), began.isoformat()))
    except DataError:
        return Trained(study, began, study.panel.iloc[:0], missing="register")
    return read(Trained(study, began, panel, lottery=lottery, draws=draws, seed=seed))


def read(given: Trained) -> Trained:
    """The same with timing, design, grade and effects of its panel."""
    panel, outcome = given.panel, given.outcome
    if not (panel[TREATED] == 1).any():
        return replace(given, missing=_why_nobody(given.study))
    try:
        pre, post = periods(panel, outcome)
    except DataError:
        return replace(given, missing="outcome")
    timed = replace(given, pre=pre, post=post)
    design = attempt(lambda: describe_design(panel, TREATED, outcome, pre, post, lottery=given.lottery))
    graded = attempt(lambda: graded_evidence(panel, *timed.leading, lottery=given.lottery, draws=given.draws, seed=given.seed))
    effects = attempt(lambda: effects_table(panel, *timed.leading, draws=given.draws, seed=given.seed))
    shares = arm_shares(panel, outcome, TREATED, min(pre))
    return replace(timed, design=design, graded=graded, effects=effects, shares=shares)


def attempt(make: Callable[[], Found]) -> Found | None:
    """A result, or None where the data can't carry it."""
    try:
        return make()
    except (CallError, DataError):
        return None


def _why_nobody(study: Study) -> str:
    """Whether the training is on record at all."""
    event, training = rules.programmes()["study"], study.office.tables["training"]
    days = training["start_date"].fillna(training["end_date"])
    return "match" if days.between(pd.Timestamp(event.start), pd.Timestamp(event.end)).any() else "training"


def source(facts: Trained) -> Shown:
    """Where the pictures' data come from."""
    return say("training_impact.source", date=facts.study.as_of)


def renamed(table: Table, names: Mapping[str, str], numbers: tuple[Number, ...] | None = None) -> Table:
    """The table under other headings; what the public edition hides stays hidden."""

    def new(name: str) -> str:
        return names.get(name, name)

    return replace(
        table, data=table.data.rename(columns=dict(names)), counts=tuple(map(new, table.counts)),
        total=new(table.total) if table.total else None,
        derived={new(name): tuple(map(new, origins)) for name, origins in table.derived.items()},
        hidden=frozenset((row, new(name)) for row, name in table.hidden),
        complements=frozenset((row, new(name)) for row, name in table.complements),
        numbers=table.numbers if numbers is None else numbers,
    )  # fmt: skip


def filed(table: Table, caption: Shown) -> Shown:
    """A table that goes into the workbook and beside the brief as CSV, but isn't printed: its figure shows it."""
    return Shown(Text("", ""), (), ((replace(table, numbers=()), caption.html),))


EFFECT = {"estimate": "effect", "conf_low": "effect_low", "conf_high": "effect_high", "mde": "smallest_seen"}
