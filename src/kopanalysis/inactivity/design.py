"""From columns of a frame to a design: dummies, squares, and the distinct covariate rows with how often each occurs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from kopanalysis.errors import CallError

INTERCEPT = "(intercept)"


@dataclass(frozen=True)
class Term:
    """One column of a design.

    Attributes
    ----------
    name : str
        ``age``, ``age_squared``, ``sector[Peternakan]``.
    predictor : str
        The column of the frame it comes from.
    level : object
        Level that a dummy stands for, None for a number.
    power : int
        1, or 2 for a square.
    shown : bool
        False for a control: fitted, not printed.
    """

    name: str
    predictor: str
    level: Any = None
    power: int = 1
    shown: bool = True


@dataclass(frozen=True)
class Design:
    """Distinct covariate rows (patterns) of a binary outcome.

    Attributes
    ----------
    terms : tuple of Term
        Columns of ``x``, the intercept first.
    x : scipy.sparse.csr_matrix
        Patterns by terms.
    events, trials : numpy.ndarray
        Per pattern.
    pattern : numpy.ndarray
        Pattern of each row of the frame.
    outcome : numpy.ndarray
        0 or 1 per row of the frame.
    values : dict of str to numpy.ndarray
        Predictor to its value per pattern.
    """

    terms: tuple[Term, ...]
    x: sparse.csr_matrix
    events: np.ndarray
    trials: np.ndarray
    pattern: np.ndarray
    outcome: np.ndarray
    values: dict[str, np.ndarray]

    @property
    def names(self) -> list[str]:
        """Names of the terms."""
        return [term.name for term in self.terms]


def is_factor(values: pd.Series) -> bool:
    """Whether a column enters as dummies: text, categories and booleans that aren't numbers."""
    return not pd.api.types.is_numeric_dtype(values)


def build_design(
    frame: pd.DataFrame, outcome: str, predictors: Sequence[str], controls: Sequence[str] = (), curved: Sequence[str] = ()
) -> Design:
    """Collapse a frame to its distinct covariate rows; a row counts once in ``trials`` and once in ``events`` if the outcome is 1.

    Parameters
    ----------
    frame : pandas.DataFrame
        No missing values in the columns named.
    outcome : str
        0 or 1.
    predictors : sequence of str
        Numbers enter as they are, text as dummies against the commonest level.
    controls : sequence of str
        Entered as dummies whatever their type, not shown.
    curved : sequence of str
        Numeric predictors that enter with their square.

    Returns
    -------
    Design

    Raises
    ------
    CallError
        When the outcome isn't 0 or 1, or a column is asked to curve that can't.
    """
    y = frame[outcome].to_numpy(dtype=float)
    if not np.isin(y, (0.0, 1.0)).all():
        raise CallError(f"{outcome} isn't 0 or 1 throughout", mend="Pass a 0/1 column without missing values.")
    codes = {name: _coded(frame[name]) for name in dict.fromkeys((*predictors, *controls))}
    pattern, first = _patterns(list(codes.values()), len(frame))
    values = {name: levels[code[first]] for name, (code, levels) in codes.items()}
    trials = np.bincount(pattern, minlength=len(first)).astype(float)
    events = np.bincount(pattern, weights=y, minlength=len(first))
    terms, columns = [Term(INTERCEPT, INTERCEPT)], [sparse.csr_matrix(np.ones((len(first), 1)))]
    for name in (*predictors, *controls):
        factor = name in controls or is_factor(frame[name])
        if factor and name in curved:
            raise CallError(f"{name} isn't a number: it has no square", mend="Leave it out of `curved`.")
        made, block = _dummies(name, values[name], trials) if factor else _powers(name, values[name], name in curved)
        terms += [Term(t.name, t.predictor, t.level, t.power, name not in controls) for t in made]
        columns.append(block)
    x = sparse.hstack(columns, format="csr")
    return Design(tuple(terms), x, events, trials, pattern, y.astype(np.int8), values)


def _coded(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    code, levels = pd.factorize(values)
    return code, np.asarray(levels)


def _patterns(codes: list[tuple[np.ndarray, np.ndarray]], rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Number of the distinct row of each row, and where each distinct row first stands."""
    key = np.zeros(rows, dtype=np.int64)
    for code, levels in codes:
        if key.size and key.max() * (len(levels) + 1) > 2**62:
            key = pd.factorize(key)[0].astype(np.int64)
        key = key * (len(levels) + 1) + code
    pattern, distinct = pd.factorize(key)
    first = np.zeros(len(distinct), dtype=np.int64)
    first[pattern[::-1]] = np.arange(rows - 1, -1, -1)
    return pattern, first


def _dummies(name: str, values: np.ndarray, trials: np.ndarray) -> tuple[list[Term], sparse.csr_matrix]:
    code, levels = pd.factorize(values, sort=True)
    reference = int(np.argmax(np.bincount(code, weights=trials, minlength=len(levels))))
    kept = [number for number in range(len(levels)) if number != reference]
    place = np.full(len(levels), -1)
    place[kept] = np.arange(len(kept))
    rows = np.flatnonzero(place[code] >= 0)
    block = sparse.csr_matrix((np.ones(len(rows)), (rows, place[code[rows]])), shape=(len(values), len(kept)))
    return [Term(f"{name}[{levels[number]}]", name, levels[number]) for number in kept], block


def _powers(name: str, values: np.ndarray, curved: bool) -> tuple[list[Term], sparse.csr_matrix]:
    number = values.astype(float)
    terms, columns = [Term(name, name)], [number]
    if curved:
        terms.append(Term(f"{name}_squared", name, power=2))
        columns.append(number**2)
    return terms, sparse.csr_matrix(np.column_stack(columns))
