"""Spells: delayed entry, one event, no impossible times."""

from __future__ import annotations

import pandas as pd
import pytest

import kopanalysis as ka
from kopanalysis.metrics.spells import check_spells


def test_entry_is_when_the_records_begin_not_founding(full_panel: pd.DataFrame) -> None:
    spells = ka.build_spells(full_panel)
    assert (spells["duration"] > spells["entry"]).all()
    assert set(spells["event"]) <= {0, 1, 2}
    assert spells["coop_id"].is_unique
    old = spells[spells["entry"] > 0]
    assert len(old) > len(spells) / 3
    assert (old["entry_year"] >= 2015).all()


def test_the_end_of_a_spell_is_the_first_bad_year(full_panel: pd.DataFrame) -> None:
    spells = ka.build_spells(full_panel).set_index("coop_id")
    lines = ka.classify(full_panel)
    for coop, spell in spells[spells["event"] == 1].head(15).iterrows():
        own = lines[(lines["coop_id"] == coop) & (lines["book_year"] >= spell["entry_year"])].set_index("book_year")
        assert own.loc[spell["last_year"], "status"] == "inactive"
        assert (own.loc[: spell["last_year"] - 1, "status"] != "inactive").all()


def test_everyone_without_a_spell_is_counted(full_panel: pd.DataFrame) -> None:
    spells = ka.build_spells(full_panel)
    report = spells.attrs["report"]
    lines = ka.classify(full_panel)
    judged = lines[(lines["status"] != "unknown") & (lines["book_year"] >= 2015)]["coop_id"].nunique()
    assert len(spells) + report["never_seen_alive"] + report["seen_only_once"] + report["no_founding_date"] == judged


@pytest.mark.parametrize(("entry", "duration"), [(-1, 3), (3, 3), (4, 2), (0, float("nan"))])
def test_impossible_times_are_refused(entry: float, duration: float) -> None:
    with pytest.raises(ka.SpellError, match="impossible"):
        check_spells(pd.DataFrame({"entry": [0, entry], "duration": [1, duration]}))
    with pytest.raises(ka.SpellError):
        ka.kaplan_meier(pd.DataFrame({"entry": [entry], "duration": [duration], "event": [1]}))
