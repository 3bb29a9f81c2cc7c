"""Training, cattle or both: counted cells, contrasts by hand, permuted pairs against a loop, and the refusal."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from kopanalysis.errors import CallError
from kopanalysis.impact.bundle import bundle, bundle_bounds, bundle_counts
from kopanalysis.results import Check, Table


def panel(cells: dict[tuple[int, int], list[float]], **columns: list[object]) -> pd.DataFrame:
    """Units by (trained, cattle) with their change from 2021 to 2022."""
    rows = [(t, c, change) for (t, c), changes in cells.items() for change in changes]
    base = pd.DataFrame(rows, columns=["trained", "cattle", "change"]).assign(coop_id=[f"c{i:03d}" for i in range(len(rows))], **columns)
    before, after = base.assign(book_year=2021, y=0.5), base.assign(book_year=2022, y=0.5 + base["change"])
    return pd.concat([before, after], ignore_index=True)


FULL = {(0, 0): [0.0, 0.1, 0.2, 0.1], (1, 0): [0.3, 0.5], (0, 1): [0.1, 0.2, 0.3], (1, 1): [0.9, 0.6, 0.6]}
PERIODS = {"pre": [2021], "post": [2022]}


def run(given: pd.DataFrame, **more: object) -> Table | Check:
    return bundle(given, "y", "trained", "cattle", **{**PERIODS, **more})  # type: ignore[arg-type]


def test_the_four_cells_are_counted_by_hand() -> None:
    table = bundle_counts(panel(FULL), "y", "trained", "cattle", **PERIODS)
    assert table.data["cell"].tolist() == ["neither", "training_only", "cattle_only", "both"]
    assert table.data["n"].tolist() == [4, 2, 3, 3]
    assert table.data["change"].tolist() == pytest.approx([0.1, 0.4, 0.2, 0.7])


def test_contrasts_by_hand() -> None:
    table = run(panel(FULL), smallest=2, draws=99)
    assert isinstance(table, Table)
    found = table.data.set_index("term")
    assert found["estimate"].to_dict() == pytest.approx({"training_only": 0.3, "cattle_only": 0.1, "both": 0.6, "interaction": 0.2})
    assert found["n_cell"].to_dict() == {"training_only": 2, "cattle_only": 3, "both": 3, "interaction": 2}
    assert found.loc["both", "n_units"] == 7
    assert table.number("bundle.interaction").value == pytest.approx(0.2)


def test_error_and_interval_of_a_pair_are_welchs() -> None:
    rng = np.random.default_rng(2)
    cells = {key: list(rng.normal(size=size)) for key, size in {(0, 0): 20, (1, 0): 6, (0, 1): 7, (1, 1): 9}.items()}
    found = run(panel(cells), draws=99).data.set_index("term").loc["training_only"]  # type: ignore[union-attr]
    welch = ttest_ind(cells[1, 0], cells[0, 0], equal_var=False)
    interval = welch.confidence_interval(0.95)
    assert found["statistic"] == pytest.approx(welch.statistic)
    assert (found["conf_low"], found["conf_high"]) == pytest.approx((interval.low, interval.high))


def test_permuted_pairs_agree_with_a_loop() -> None:
    rng = np.random.default_rng(4)
    sizes = {(0, 0): 9, (1, 0): 5, (0, 1): 6, (1, 1): 5}
    given = panel({key: list(rng.normal(size=size)) for key, size in sizes.items()})
    wide = given[given["book_year"] == 2022].reset_index(drop=True)
    change, pairs = wide["change"].to_numpy(), wide[["trained", "cattle"]].to_numpy()

    def statistic(order: np.ndarray) -> float:
        both, neither = (change[(pairs[order] == key).all(axis=1)] for key in ((1, 1), (0, 0)))
        return abs(ttest_ind(both, neither, equal_var=False).statistic)

    observed = statistic(np.arange(len(change)))
    loop = np.mean([statistic(rng.permutation(len(change))) >= observed - 1e-9 for _ in range(2000)])
    found = run(given, draws=4000).data.set_index("term").loc["both", "p_value"]  # type: ignore[union-attr]
    assert found == pytest.approx(loop, abs=4 * np.sqrt(loop * (1 - loop) * (1 / 2000 + 1 / 4000)) + 1e-3)


def test_pairs_stay_in_their_stratum() -> None:
    # All difference lies between strata: within them every order gives the same, so nothing is found.
    cells = {(0, 0): [0.0] * 6, (1, 0): [1.0] * 6, (0, 1): [0.0] * 6, (1, 1): [1.0] * 6}
    given = panel(cells, place=["a"] * 6 + ["b"] * 6 + ["a"] * 6 + ["b"] * 6)
    found = run(given, strata=("place",), draws=199).data.set_index("term")  # type: ignore[union-attr]
    assert found.loc["both", "p_value"] == 1.0
    assert run(given, draws=199).data.set_index("term").loc["both", "p_value"] == pytest.approx(1 / 200)  # type: ignore[union-attr]


def test_an_empty_cell_is_refused_with_reason_and_monotone_bounds() -> None:
    check = run(panel({key: values for key, values in FULL.items() if key != (1, 0)}), smallest=2)
    assert isinstance(check, Check)
    assert check.passed is False
    assert check.reasons == ("cell_empty.training_only",)
    assert check.empty_cells == ("training_only",)
    assert "pelatihan saja" in check.texts[0].id
    assert check.table is not None
    found = check.table.data.set_index("term")
    assert found.loc["training_only", ["low", "high", "basis"]].tolist() == [0.0, pytest.approx(0.6), "monotone"]
    assert found.loc["cattle_only", "basis"] == "estimated"


def test_bounds_by_what_is_there() -> None:
    both_missing = panel({key: values for key, values in FULL.items() if key != (1, 1)})
    found = bundle_bounds(both_missing, "y", "trained", "cattle", **PERIODS).data.set_index("term")
    assert found.loc["both", ["low", "high", "basis"]].tolist() == [pytest.approx(0.3), 1.0, "monotone"]
    harm = panel({(0, 0): [0.0, 0.0], (1, 1): [-0.4, -0.4]})
    found = bundle_bounds(harm, "y", "trained", "cattle", **PERIODS).data.set_index("term")
    assert found.loc["training_only", "basis"] == "contradicted"
    nobody = panel({(1, 1): [0.1, 0.2]})
    assert set(bundle_bounds(nobody, "y", "trained", "cattle", **PERIODS).data["basis"]) == {"logical"}


def test_a_cell_too_small_to_compare_gets_a_bound_and_no_estimate() -> None:
    check = run(panel({**{key: values * 2 for key, values in FULL.items()}, (1, 0): [0.9]}))
    assert isinstance(check, Check)
    assert check.table is not None
    assert check.table.data.loc[0, ["low", "high", "basis"]].tolist() == [0.0, pytest.approx(0.6), "monotone"]


def test_few_are_not_enough() -> None:
    check = run(panel(FULL))
    assert isinstance(check, Check)
    assert check.reasons == ("cell_small.neither", "cell_small.training_only", "cell_small.cattle_only", "cell_small.both")
    assert "Fewer than 5" in check.texts[0].en
    with pytest.raises(CallError):
        run(panel(FULL), smallest=1)
