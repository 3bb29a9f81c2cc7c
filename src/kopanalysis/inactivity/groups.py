"""Do forms of cooperatives end at different rates? Hazard ratios with and without delayed entry, and whether they stay the same."""

from __future__ import annotations

from typing import Any

import pandas as pd
from scipy.stats import chi2

from kopanalysis.errors import DataError
from kopanalysis.inactivity.cox import cox_hazard, proportionality
from kopanalysis.inactivity.lines import plain
from kopanalysis.lineage import Rows, recorded
from kopanalysis.results import Number, Table

FEWEST = 10  # events of a group that stands for itself
MOST = 5  # groups that stand for themselves
RATIOS = ("hazard_ratio", "hazard_ratio_low", "hazard_ratio_high", "hazard_ratio_naive")
OTHER, UNKNOWN = "other", "unknown"


@recorded
def group_ratios(spells: pd.DataFrame, by: str = "type", level: float = 0.95) -> Table:
    """Hazard ratio of each group against the commonest one, beside the answer that forgets delayed entry.

    Parameters
    ----------
    spells : pandas.DataFrame
        From :func:`kopanalysis.build_spells`.
    by : str
        Column of text; groups with under ten events are counted together as ``other``, missing ones as ``unknown``.
    level : float

    Returns
    -------
    Table
        ``spell_group, spells_seen, ended`` (events), ``hazard_ratio, hazard_ratio_low, hazard_ratio_high, hazard_ratio_naive``; the
        reference comes first, with ratio 1 and no limits. Numbers ``group.ratio.<k>`` and ``group.naive.<k>`` for the k-th line,
        ``group.proportional`` (score statistic of all ratios against the logarithm of age), ``group.proportional_limit`` (its 95th
        percentile if they stay the same), ``group.n``.

    Raises
    ------
    DataError
        With fewer than two groups that have events.

    Notes
    -----
    Where the statistic exceeds its limit the ratio is an average over the ages and hides that it changes.
    """
    grouped = spells.assign(group=_groups(spells, by))
    ends = grouped.assign(ended=grouped["event"] > 0).groupby("group")["ended"].agg(["size", "sum"]).astype(int)
    counts: dict[str, dict[str, int]] = ends.to_dict("index")  # type: ignore[assignment]
    if (ends["sum"] > 0).sum() < 2:
        raise DataError(f"{by} has no two groups with events", mend="Map another column in sources.toml.")
    right, naive = (cox_hazard(grouped, ["group"], level=level, entry=entry).data.set_index("term") for entry in ("entry", None))
    check = proportionality(grouped, ["group"]).data.iloc[-1]
    reference = str(ends["size"].idxmax())
    records: list[dict[str, object]] = [{**_line(reference, counts), "hazard_ratio": 1.0}]
    for term, line in right[right["reason"] == ""].iterrows():
        name = str(term)[len("group[") : -1]
        records.append({**_line(name, counts), **{f"hazard_{key}": float(line[key]) for key in ("ratio", "ratio_low", "ratio_high")},
                        "hazard_ratio_naive": plain(naive["ratio"].get(term))})  # fmt: skip
    data = pd.DataFrame(records, columns=["spell_group", "spells_seen", "ended", *RATIOS])
    data = pd.concat([data.iloc[:1], data.iloc[1:].sort_values("ended", ascending=False)], ignore_index=True)
    rows = Rows.of(spells["source_rows"])
    chosen = (spells.attrs.get("call") or {}).get("arguments", {})
    numbers = _numbers(data, check, level, chosen.get("rule"), rows)
    derived = dict.fromkeys(RATIOS, ("spells_seen", "ended"))
    return Table(f"group_ratios.{by}", data, ("spells_seen", "ended"), derived=derived, additive=True, of={"spells_seen": ("ended",)},
                 numbers=numbers, rows=rows)  # fmt: skip


def _line(name: str, counts: dict[str, dict[str, int]]) -> dict[str, object]:
    return {"spell_group": name, "spells_seen": counts[name]["size"], "ended": counts[name]["sum"]}


def _groups(spells: pd.DataFrame, by: str) -> pd.Series:
    named = spells[by].fillna(UNKNOWN).astype(str)
    events = (spells["event"] > 0).groupby(named).sum().sort_values(ascending=False, kind="stable")
    kept = events.index[events >= FEWEST][:MOST]
    return named.where(named.isin(kept), OTHER)


def _numbers(data: pd.DataFrame, check: pd.Series, level: float, rule: str | None, rows: Rows) -> tuple[Number, ...]:
    n, freedom = int(data["spells_seen"].sum()), int(check["df"])
    numbers = [Number("group.n", n, "cooperatives", n=n, method="count", rule=rule, rows=rows)]
    for place, line in enumerate(data.to_dict("records")[1:], start=1):
        about: dict[str, Any] = {"n": int(line["spells_seen"]), "rule": rule, "rows": rows}
        numbers.append(Number(f"group.ratio.{place}", line["hazard_ratio"], "ratio", line["hazard_ratio_low"], line["hazard_ratio_high"],
                              level, method="Cox, delayed entry", cell=(place, "hazard_ratio"), **about))  # fmt: skip
        if plain(line["hazard_ratio_naive"]) is not None:
            numbers.append(Number(f"group.naive.{place}", line["hazard_ratio_naive"], "ratio", method="Cox, entry ignored",
                                  cell=(place, "hazard_ratio_naive"), **about))  # fmt: skip
    about = {"n": n, "rule": rule, "rows": rows}
    limit = float(chi2.ppf(0.95, freedom))
    numbers.append(Number("group.proportional", float(check["statistic"]), "index", method="score test on log age", **about))
    numbers.append(Number("group.proportional_limit", limit, "index", method=f"chi-squared, {freedom} df", **about))
    return tuple(numbers)
