"""Imputed effects by event time are the same with and without the standard errors that take longest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kopanalysis.impact.dd import imputed


def staggered(seed: int, never: bool) -> pd.DataFrame:
    """Complete rows of an unbalanced panel in which nobody is treated in the first two periods."""
    rng = np.random.default_rng(seed)
    cohorts = rng.choice([0, 3, 5, 6] if never else [3, 5, 6], 24)
    rows = [(unit, time, cohorts[unit], rng.random()) for unit in range(24) for time in range(1, 9) if time < 3 or rng.random() < 0.85]
    return pd.DataFrame(rows, columns=["unit", "time", "cohort", "outcome"])


@pytest.mark.parametrize("never", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_leaving_out_the_errors_moves_no_effect(seed: int, never: bool) -> None:
    frame = staggered(seed, never)
    (full, overall), (bare, same) = (imputed(frame, "outcome", "unit", "time", "cohort", errors) for errors in (True, False))
    assert overall == same
    assert [cell.time for cell in bare] == [cell.time for cell in full]
    assert [cell.effect for cell in bare] == pytest.approx([cell.effect for cell in full], abs=1e-12)
    assert all(np.isnan(cell.std_error) for cell in bare)


def test_without_never_treated_nothing_is_said_past_the_last_cohorts_start() -> None:
    bare, _ = imputed(staggered(0, never=False), "outcome", "unit", "time", "cohort", errors=False)
    assert [cell.time for cell in bare] == [0, 1, 2]
