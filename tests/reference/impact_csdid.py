"""Freezes csdid's numbers on impact_staggered.csv. It needs pandas below 3, so it runs in an environment of its own: csdid==0.4.3."""

from __future__ import annotations

import numpy as np
import pandas as pd
from csdid.att_gt import ATTgt

panel = pd.read_csv("impact_staggered.csv")
rows: list[tuple[str, str, str, float, float, float, float]] = []
for control in ("nevertreated", "notyettreated"):
    for formula in (None, "y~x"):
        fit = ATTgt(yname="y", tname="t", idname="id", gname="g", data=panel, control_group=[control], xformla=formula)
        found = fit.fit(est_method="dr", base_period="varying", bstrap=False)
        case = (control, "x" if formula else "plain")
        results = found.results
        for g, t, att, se in zip(results["group"], results["year"], results["att"], results["se"], strict=True):
            rows.append((*case, "att", g, t, att, se))
        for how in ("simple", "group", "dynamic"):
            total = fit.aggte(typec=how, bstrap=False, cband=False).atte
            if how == "simple":
                rows.append((*case, how, np.nan, np.nan, total["overall_att"], total["overall_se"]))
            else:
                for value, att, se in zip(total["egt"], total["att_egt"], np.ravel(total["se_egt"]), strict=True):
                    rows.append((*case, how, value, np.nan, att, se))
columns = ["control", "covariates", "what", "first", "second", "estimate", "std_error"]
pd.DataFrame(rows, columns=columns).to_csv("impact_csdid.csv", index=False)
