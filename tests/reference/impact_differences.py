"""Freezes numbers of differences==0.3.0 (GPL: an oracle, never a dependency; pandas below 3, in an environment of its own).

It has no imputation. Where outcomes are exactly additive, imputation and its cohort effects must agree to the last digit; ``exact`` is such
an outcome on impact_staggered.csv, with effects that differ by cohort and grow with time.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from differences import ATTgt

panel = pd.read_csv("impact_staggered.csv")
since = (panel["t"] - panel["g"]).where(panel["g"] > 0)
effect = (0.1 + 0.05 * since + 0.02 * (panel["g"] - 2020)).where(since >= 0, 0.0)
panel["exact"] = 0.01 * panel["id"] + 0.03 * (panel["t"] - 2018) ** 2 + effect
panel["g"] = panel["g"].replace(0, np.nan)
frame = panel.set_index(["id", "t"])
rows = []
for outcome in ("y", "exact"):
    for control in ("never_treated", "not_yet_treated"):
        fit = ATTgt(data=frame, cohort_column="g")
        fit.fit(outcome, est_method="reg", control_group=control, progress_bar=False)
        for how in ("simple", "event"):
            table = fit.aggregate(how)
            table.columns = table.columns.get_level_values(-1)
            for key, line in table.iterrows():
                rows.append((outcome, control, how, key if how == "event" else np.nan, float(line["ATT"])))
columns = ["outcome", "control", "what", "event_time", "estimate"]
pd.DataFrame(rows, columns=columns).to_csv("impact_differences.csv", index=False)
