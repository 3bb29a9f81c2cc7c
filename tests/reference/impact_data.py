"""Writes the invented panels behind impact.R and impact_csdid.py: run once, in tests/reference."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kopanalysis.impact.strata import path_strata


def one_date(seed: int = 7, n: int = 60) -> pd.DataFrame:
    """Sixty units over nine years, twelve treated from 2022, a few rows missing at random from the regressions only by ``x``."""
    rng = np.random.default_rng(seed)
    lasting, treated = rng.normal(0, 1, n), (np.arange(n) % 5 == 0).astype(int)
    years = np.arange(2016, 2025)
    chance = 1 / (1 + np.exp(-(lasting[:, None] + 0.8 * treated[:, None] * (years >= 2022))))
    y = (rng.random((n, len(years))) < chance).astype(int)
    frame = pd.DataFrame({"id": np.repeat(np.arange(n) + 100, len(years)), "t": np.tile(years, n), "y": y.ravel()})
    frame["treated"], frame["cluster"] = np.repeat(treated, len(years)), np.repeat(np.arange(n) % 7, len(years))
    frame["x"] = rng.normal(0, 1, len(frame)).round(3)
    frame["stratum"] = np.repeat(path_strata(y[:, years < 2022].astype(float)), len(years))
    return frame


def staggered(seed: int = 11, n: int = 80) -> pd.DataFrame:
    """Eighty units over seven years, three cohorts; ``g`` is 0 for never, as csdid wants it."""
    rng = np.random.default_rng(seed)
    g = np.select([np.arange(n) < 8, np.arange(n) < 18, np.arange(n) < 30], [2020, 2021, 2023], 0)
    years = np.arange(2018, 2025)
    x = rng.normal(0, 1, n).round(3)
    mean = 0.3 * x[:, None] + rng.normal(0, 1, n)[:, None] + 0.1 * (years - 2018) * (1 + 0.3 * x[:, None])
    y = mean + rng.normal(0, 0.5, (n, len(years))) + 0.4 * ((g > 0)[:, None] & (years >= np.where(g == 0, 9999, g)[:, None]))
    return pd.DataFrame(
        {"id": np.repeat(np.arange(n), len(years)), "t": np.tile(years, n), "y": y.ravel().round(6), "g": np.repeat(g, len(years)),
         "x": np.repeat(x, len(years))}
    )  # fmt: skip


if __name__ == "__main__":
    one_date().to_csv("impact_panel.csv", index=False)
    staggered().to_csv("impact_staggered.csv", index=False)
