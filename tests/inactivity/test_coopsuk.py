"""The Co-operatives UK register: real cooperatives, dissolution as the event, recorded only from February 2011."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import kopanalysis as ka
from kopanalysis.inactivity.cox import cox_hazard, proportionality
from kopanalysis.inactivity.hazard import discrete_hazard, person_period
from kopanalysis.inactivity.logrank import logrank

REGISTER = Path(__file__).parents[3] / "shared" / "data" / "coopsuk" / "2016open_data_organisations.csv"
FIRST_RECORDED = pd.Timestamp("2011-02-01")
YEAR = 365.25
pytestmark = pytest.mark.skipif(not REGISTER.exists(), reason="the Co-operatives UK register isn't beside the project")


@cache
def spells() -> pd.DataFrame:
    """Age in years: at risk from the later of founding and 1 February 2011 to dissolution or the last date in the file."""
    raw = pd.read_csv(REGISTER, encoding="latin-1", dtype=str).drop_duplicates("CUK Organisation ID")
    founded = pd.to_datetime(raw["Incorporation Date"], format="%d/%m/%Y", errors="coerce")
    gone = pd.to_datetime(raw["Dissolved Date"], format="%d/%m/%Y", errors="coerce")
    last = max(founded.max(), gone.max())
    begin, end = founded.clip(lower=FIRST_RECORDED), gone.fillna(last)
    form = raw["Legal Form"].fillna("unknown")
    common = form.value_counts().index[:4]
    entry, duration = ((day - founded).dt.days / YEAR for day in (begin, end))
    data = pd.DataFrame({"coop_id": raw["CUK Organisation ID"], "entry": entry, "duration": duration, "event": gone.notna().astype(int),
                         "legal_form": form.where(form.isin(common), "other")})  # fmt: skip
    return data[founded.notna() & (end > begin)].reset_index(drop=True)


def test_delayed_entry_beside_the_naive_answer() -> None:
    data = spells()
    assert len(data) > 7000
    assert data["event"].sum() > 500
    right, naive = (ka.kaplan_meier(data, entry=entry).at(10) for entry in ("entry", None))
    print(f"\nspells {len(data)}, dissolutions {data['event'].sum()}")
    for name, row in (("delayed entry", right), ("naive", naive)):
        print(f"10-year survival, {name}: {row['estimate']:.3f} [{row['conf_low']:.3f}, {row['conf_high']:.3f}]")
    assert naive["estimate"] > right["estimate"]
    assert naive["conf_low"] > right["conf_high"]


def test_effect_of_the_legal_form_and_its_proportionality() -> None:
    data = spells()
    right, naive = (cox_hazard(data, ["legal_form"], entry=entry).data.set_index("term") for entry in ("entry", None))
    check = proportionality(data, ["legal_form"], transform="log").data.set_index("term")
    shown = ["ratio", "ratio_low", "ratio_high"]
    print("\nreference:", data["legal_form"].value_counts().index[0])
    print(pd.concat([right[shown], naive[shown].add_suffix("_naive"), right["reason"]], axis=1).round(2).to_string())
    print(check.round(4).to_string())
    print("log-rank, delayed entry:", logrank(data, "legal_form").tidy()[["statistic", "p_value", "n_obs"]].round(4).to_dict("records"))
    assert set(right.index) == set(naive.index)
    estimated = right[right["reason"] == ""]
    assert (estimated["ratio_low"] < estimated["ratio_high"]).all()
    assert naive.loc["legal_form[Company]", "ratio"] > 2 * right.loc["legal_form[Company]", "ratio"]
    assert check.loc["global", "df"] == len(estimated)


def test_yearly_hazard_of_the_same_register() -> None:
    frame = person_period(spells()).assign(years=lambda d: d["age"].clip(upper=20))
    data = discrete_hazard(frame, "stopped", ["legal_form", "years"], curved=["years"], cluster="coop_id", effects="ame").data
    print("\n" + data[["term", "contrast", "estimate", "conf_low", "conf_high", "n_obs", "n_events"]].round(4).to_string())
    assert data["n_events"].iloc[0] == spells()["event"].sum()
    data = data[data["reason"] == ""]
    assert len(data) == 4
    assert ((data["conf_low"] < data["estimate"]) & (data["estimate"] < data["conf_high"])).all()
