"""The impact sample is the office's own count of the day, every year of it."""

from __future__ import annotations

import pytest

import kopanalysis as ka
from kopanalysis.resources import resource


@pytest.fixture(scope="module")
def panel():
    return ka.build_panel(ka.load_office(resource("data", "demo")), region="13.11")


def test_the_count_of_the_day_and_all_its_years(panel):
    kept = ka.on_register(panel, "2022-08-25")
    assert kept["coop_id"].nunique() == 127
    assert set(kept["coop_id"]) < set(panel["coop_id"])
    years = panel[panel["coop_id"].isin(kept["coop_id"])]
    assert len(kept) == len(years)


def test_a_cooperative_dissolved_later_stays_and_one_dissolved_before_goes(panel):
    kept = set(ka.on_register(panel, "2022-08-25")["coop_id"])
    ended = panel.dropna(subset=["dissolved_on"]).drop_duplicates("coop_id").set_index("coop_id")["dissolved_on"]
    before, later = ended[ended <= "2022-08-25"].index, ended[ended > "2022-08-25"].index
    assert len(before)
    assert not kept & set(before)
    assert kept & set(later)


def test_a_day_outside_the_records_is_refused(panel):
    with pytest.raises(ka.DataError, match="2001"):
        ka.on_register(panel, "2002-08-25")
