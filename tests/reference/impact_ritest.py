"""Freezes p-values of ritest-python==0.1.1 on impact_panel.csv: the change of every unit, permuted over all and within strata.

The outcome is ``y`` and a tenth of ``x``, so that no two labellings tie: how ties are counted is a convention, not a number.
"""

from __future__ import annotations

import pandas as pd
from ritest import ritest

DRAWS = 20_000

panel = pd.read_csv("impact_panel.csv")
panel["z"] = panel["y"] + panel["x"] / 10
means = panel.assign(post=panel["t"] >= 2022).pivot_table(index="id", columns="post", values="z", aggfunc="mean")
lines = panel.drop_duplicates("id").set_index("id")[["treated", "stratum"]].assign(change=means[True] - means[False]).reset_index()
both = lines.groupby("stratum")["treated"].transform("nunique") == 2  # where one arm is missing no label can move


def within(frame: pd.DataFrame) -> float:
    """Differences within strata, weighted by the treated in each."""
    cells = frame.groupby(["stratum", "treated"])["change"].agg(["mean", "size"]).unstack()
    return float(((cells["mean"][1] - cells["mean"][0]) * cells["size"][1]).sum() / cells["size"][1].sum())


plain = ritest(df=lines, permute_var="treated", formula="change ~ treated", stat="treated", reps=DRAWS, seed=7, ci_mode="none")
strata = ritest(df=lines[both], permute_var="treated", stat_fn=within, strata="stratum", reps=DRAWS, seed=7, ci_mode="none")
rows = [(name, found.obs_stat, found.pval, found.reps) for name, found in (("", plain), ("stratum", strata))]
pd.DataFrame(rows, columns=["strata", "estimate", "p_value", "draws"]).to_csv("impact_ritest.csv", index=False)
