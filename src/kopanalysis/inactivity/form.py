"""Beyond a straight line and a single mean: within and between cooperatives, and tests of the functional form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from kopanalysis.inactivity.design import build_design, is_factor
from kopanalysis.inactivity.glm import fit_glm
from kopanalysis.inactivity.hazard import glm_lines
from kopanalysis.inactivity.leakage import check_leakage
from kopanalysis.lineage import recorded
from kopanalysis.results import Table


@recorded
def within_between(frame: pd.DataFrame, columns: Sequence[str], unit: str = "coop_id") -> pd.DataFrame:
    """Split what changes over the years into the cooperative's mean and its own deviation from it.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a cooperative-year.
    columns : sequence of str
        Numeric.
    unit : str

    Returns
    -------
    pandas.DataFrame
        With ``<column>_between`` and ``<column>_within``: "small ones stop" against "those that shrink stop".

    References
    ----------
    Mundlak (1978), Econometrica 46:69-85. Bell & Jones (2015), Political Science Research and Methods 3:133-153.
    """
    means = frame.groupby(unit)[list(columns)].transform("mean")
    added = {f"{name}_between": means[name] for name in columns} | {f"{name}_within": frame[name] - means[name] for name in columns}
    return frame.assign(**added)


@recorded
def functional_form(
    frame: pd.DataFrame, outcome: str, predictors: Sequence[str], link: Literal["cloglog", "logit"] = "cloglog", cluster: str | None = None
) -> Table:
    """Is a straight line enough? The square of each number, and of the linear predictor, each added alone and tested.

    Parameters
    ----------
    frame, outcome, predictors, link, cluster
        As in :func:`discrete_hazard`.

    Returns
    -------
    Table
        ``term, estimate, std_error, statistic, p_value``; ``linear_predictor`` is Pregibon's link test.

    References
    ----------
    Pregibon (1980), Applied Statistics 29:15-24.
    """
    check_leakage(predictors)
    complete = frame[frame[list(predictors)].notna().all(axis=1)]
    base = build_design(complete, outcome, predictors)
    fit = fit_glm(base, link)
    records = []
    for name in (*predictors, "linear_predictor"):
        if name in complete and (is_factor(complete[name]) or complete[name].nunique() < 3):
            continue
        values = complete[name].astype(float) if name in complete else pd.Series((base.x @ fit.params)[base.pattern], complete.index)
        scaled = (values - values.mean()) / (values.std() or 1.0)
        kept = [other for other in predictors if other != name]
        tested = complete.assign(_form=scaled)
        terms = (["_form"], ["_form"]) if name == "linear_predictor" else ([*kept, "_form"], ["_form"])
        lines, _ = glm_lines(tested, build_design(tested, outcome, terms[0], curved=terms[1]), link, cluster, 0.95)
        line = lines.set_index("term").loc["_form_squared"]
        records.append({"term": name, **line[["estimate", "std_error", "statistic", "p_value"]]})
    return Table("functional_form", pd.DataFrame(records, columns=["term", "estimate", "std_error", "statistic", "p_value"]))
