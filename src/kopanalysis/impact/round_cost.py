"""What the next round costs: the price of a place from the training log, and the cost of each arm at given prices."""

from __future__ import annotations

import pandas as pd

from kopanalysis.impact.histories import rows_of
from kopanalysis.lineage import Rows, recorded
from kopanalysis.loaders.bridge import VILLAGE_NAME
from kopanalysis.loaders.load import Office
from kopanalysis.results import Number, Table

ON_RECORD = "median of the training log"


@recorded
def place_price(office: Office, day: str | None = None, village: bool = False) -> Table:
    """What it cost to train a cooperative, training by training.

    Parameters
    ----------
    office : Office
    day : str, optional
        Trainings after it are left out.
    village : bool
        Whether village cooperatives (KDMP) may take part: if not, what their training cost says nothing of the next round.

    Returns
    -------
    Table
        ``trained_on, training_name, cooperatives, price_idr``: cooperatives with a cost on record and their median cost, in prices of that
        day; trainings without a cost have none. Numbers ``next.price.place`` (median over all those cooperatives, None without any) and
        ``next.price.places`` (how many they are).
    """
    log = office.tables["training"]
    known = log[log["coop_id"].notna()]
    known = known[~(known["start_date"] > pd.Timestamp(day))] if day else known
    aside = _village(office, known) if not village else known.iloc[:0]
    known = known[~known["coop_id"].isin(aside["coop_id"])]
    paid = known[known["cost_idr"].notna()]
    groups = paid.groupby(["start_date", "programme"], dropna=False)["cost_idr"].agg(["size", "median"]).reset_index()
    data = groups.rename(columns={"start_date": "trained_on", "programme": "training_name", "size": "cooperatives", "median": "price_idr"})
    used = paid if len(paid) else known
    rows = Rows.of(used["source_rows"]) | Rows.of(aside["source_rows"])
    price = float(paid["cost_idr"].median()) if len(paid) else None
    numbers = (
        Number("next.price.place", price, "idr", n=len(paid), method=ON_RECORD, rows=rows),
        Number("next.price.places", len(paid), "cooperatives", n=len(paid), method="count", rows=rows),
    )
    return Table("next_prices", data, ("cooperatives",), derived={"price_idr": ("cooperatives",)}, numbers=numbers, rows=rows)


def _village(office: Office, known: pd.DataFrame) -> pd.DataFrame:
    """Rows of the register that call a cooperative of the log a village cooperative."""
    register = office.tables["register"]
    named = register["name"].str.contains(VILLAGE_NAME, case=False, na=False)
    return register[named & register["coop_id"].isin(known["coop_id"])]


@recorded
def arm_costs(drawn: pd.DataFrame, place_idr: float, visit_idr: float, wait_years: int) -> Table:
    """Cost of the first wave, of keeping records of both arms until the next wave, and of training everyone.

    Parameters
    ----------
    drawn : pandas.DataFrame
        From :func:`kopanalysis.draw_waves`.
    place_idr, visit_idr : float
        Rupiah for training one cooperative, and for checking one cooperative's records in one year; 0: not known.
    wait_years : int
        Book years until the next wave.

    Returns
    -------
    Table
        ``cost_arm, units_paid, price_idr, cost_idr``: ``first_wave``, ``records`` (cooperative-years), ``all_waves``; a cost is missing
        where its price is. Numbers ``next.cost.{first_wave,records,all_waves}``.
    """
    first = int((drawn["wave"] == 1).sum()) if len(drawn) else 0
    prices = {"first_wave": place_idr, "records": visit_idr, "all_waves": place_idr}
    counts = {"first_wave": first, "records": len(drawn) * wait_years, "all_waves": len(drawn)}
    costs = {arm: count * prices[arm] if prices[arm] else None for arm, count in counts.items()}
    money = {"price_idr": [prices[arm] or None for arm in counts], "cost_idr": list(costs.values())}
    data = pd.DataFrame({"cost_arm": list(counts), "units_paid": list(counts.values()), **money})
    rows = rows_of(drawn)
    numbers = tuple(
        Number(f"next.cost.{arm}", cost, "idr", n=counts[arm], method="count times price", rows=rows, cell=(line, "cost_idr"))
        for line, (arm, cost) in enumerate(costs.items())
    )
    data = data.astype({"price_idr": float, "cost_idr": float})
    return Table("next_costs", data, ("units_paid",), derived={"cost_idr": ("units_paid",)}, numbers=numbers, rows=rows)
