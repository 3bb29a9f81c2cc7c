"""Cattle aid by cooperative and book year: which cooperatives were given how much and when, whom it may be estimated for, and whom not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kopanalysis import rules
from kopanalysis.errors import CallError, DataError
from kopanalysis.impact import timing
from kopanalysis.impact.outcomes import with_outcomes
from kopanalysis.impact.sample import on_register
from kopanalysis.lineage import Rows, recorded
from kopanalysis.metrics.activity import classify
from kopanalysis.metrics.herd import herd_ledger
from kopanalysis.metrics.herd_treatment import group_aid
from kopanalysis.metrics.panel import build_panel
from kopanalysis.results import Check, Number, Table, Text

if TYPE_CHECKING:
    from kopanalysis.loaders.load import Office

AIDED, COHORT = "aided", "aid_cohort"
ALONE = Text(
    "Hanya satu koperasi menerima dari program ini: tidak ada penerima lain untuk dibandingkan, dan tidak ada sebaran untuk menghitung "
    "rentang. Program ini dapat digambarkan, tidak dapat diuji.",
    "Only one cooperative received from this programme: there is no other recipient to compare with, and no scatter to compute a range "
    "from. The programme can be described, not tested.",
)
FEW = Text(
    "Penerima program ini terlalu sedikit: setiap koperasi menentukan hasilnya. Program ini dapat digambarkan, tidak dapat diuji.",
    "Too few cooperatives received from this programme: each of them decides the result. The programme can be described, not tested.",
)
NONE = Text(
    "Tidak ada koperasi yang diketahui menerima sapi: hubungkan kelompok dengan koperasinya.",
    "No cooperative is known to have received cattle: link the groups to their cooperatives.",
)


@recorded
def aid_panel(
    office: Office, as_of: date | str | None = None, region: str | None = None, rule: str = "no_rat_3y", silence: str = "legal"
) -> pd.DataFrame:
    """The classified panel with what each cooperative was given, through the links from groups to cooperatives.

    Parameters
    ----------
    office : Office
    as_of : date or str, optional
    region : str, optional
    rule, silence : str
        As in :func:`kopanalysis.classify`.

    Returns
    -------
    pandas.DataFrame
        The columns of :func:`kopanalysis.classify` and :func:`kopanalysis.impact.outcomes.with_outcomes`, and ``aid_cohort`` (calendar
        year of the first acceptance by one of its groups, missing: never), ``aided`` (0, 1), ``aid_first`` (that day), ``aid_funds``
        (separated by ``|``), ``aid_groups, heads_given, heads_followed, heads_later`` (accepted in all; of groups counted a year
        later: accepted, and counted), ``members_before`` (members last known before the aid), ``heads_per_member``,
        ``aid_value_idr`` (rupiah written for them, current prices), ``unlinked_groups, unlinked_heads`` (of that book year, in groups
        without a cooperative: the same on every line of the year). ``source_rows`` holds the ledger's rows too.
    """
    panel = with_outcomes(classify(build_panel(office, as_of, region), rule, silence))
    groups = group_aid(herd_ledger(office, as_of, region))
    groups = groups[groups["book_year"].notna()]
    given = _by_cooperative(groups[groups["coop_id"].notna()])
    loose = groups[groups["coop_id"].isna()].groupby("book_year").agg(
        unlinked_groups=("heads_accepted", "size"), unlinked_heads=("heads_accepted", "sum"), loose_rows=("source_rows", " ".join)
    )  # fmt: skip
    wide = panel.merge(given, on="coop_id", how="left").merge(
        loose.reset_index().astype({"book_year": "int64"}), on="book_year", how="left"
    )
    rows = wide["source_rows"] + " " + wide["aid_rows"].fillna("") + " " + wide["loose_rows"].fillna("")
    wide = wide.assign(
        source_rows=rows.str.strip(), aided=wide[COHORT].notna().astype("int64"),
        unlinked_groups=wide["unlinked_groups"].fillna(0).astype("int64"), unlinked_heads=wide["unlinked_heads"].fillna(0.0).astype(float),
        heads_given=wide["heads_given"].fillna(0.0),
    )  # fmt: skip
    return _with_members(wide.drop(columns=["aid_rows", "loose_rows"]))


def _by_cooperative(groups: pd.DataFrame) -> pd.DataFrame:
    followed = groups["heads_later"].notna()
    lines = groups.assign(heads_followed=groups["heads_accepted"].where(followed), later=groups["heads_later"].astype(float))
    units = lines.groupby("coop_id").agg(
        aid_cohort=("book_year", "min"), aid_first=("first_accepted", "min"), 
        aid_funds=("fund", lambda funds: "|".join(sorted(set(funds)))),
        aid_groups=("group_name", "nunique"), heads_given=("heads_accepted", "sum"), aid_value_idr=("value_idr", "sum"),
        aid_rows=("source_rows", " ".join),
    )  # fmt: skip
    sums = lines.groupby("coop_id")[["heads_followed", "later"]].sum(min_count=1).rename(columns={"later": "heads_later"})
    return units.join(sums).reset_index()


def _with_members(panel: pd.DataFrame) -> pd.DataFrame:
    """Members last known before the first aid, and heads per member."""
    before = panel[(panel["book_year"] < panel[COHORT].astype("Float64")).fillna(False).astype(bool) & panel["members"].notna()]
    known = before.sort_values("book_year", kind="stable").groupby("coop_id")["members"].last()
    members = panel["coop_id"].map(known)
    return panel.assign(members_before=members, heads_per_member=panel["heads_given"] / members.where(members > 0))


@recorded
def aid_sample(panel: pd.DataFrame, day: str = "", before: int | None = None, anticipation: int | None = None) -> pd.DataFrame:
    """Whom an effect can be about: on the register when the aid began, without the cooperatives of programmes that can only be described.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`aid_panel`.
    day : str
        ISO date of the register; empty: the first acceptance of a programme that can be estimated.
    before : int, optional
        Book years before the aid could be known; default: data/rules/aid.toml.
    anticipation : int, optional
        Book years before the aid in which it may show; default: data/rules/aid.toml.

    Returns
    -------
    pandas.DataFrame
        The same columns, from ``before`` book years ahead of the first aid and its anticipation on.

    Raises
    ------
    DataError
        When no programme reached enough cooperatives, or the register doesn't reach that day.
    """
    described = set(_funds(panel).loc[lambda funds: funds["verdict"] != "estimate", "fund"])
    own = panel["aid_funds"].fillna("").map(lambda funds: bool(described & set(funds.split("|"))))
    kept = panel[~own]
    firsts = kept.loc[kept[AIDED] == 1, COHORT]
    if firsts.empty:
        raise DataError(
            "No programme reached enough known cooperatives", "groups", "Link the groups to their cooperatives on the sheet of groups."
        )
    began = day or kept["aid_first"].min().date().isoformat()
    start = int(firsts.min()) - _window("anticipation", anticipation) - _window("before", before)
    chosen = on_register(kept, began)
    return chosen[chosen["book_year"] >= start]


def _window(name: str, given: int | None) -> int:
    return int(rules.parameter("aid", f"window.{name}").value) if given is None else given


def aid_periods(panel: pd.DataFrame, anticipation: int | None = None) -> tuple[list[int], list[int]]:
    """Book years before anybody could know of the aid, and those from the last cohort on in which all recipients had it.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`aid_sample`.
    anticipation : int, optional

    Returns
    -------
    pre, post : list of int
    """
    cohorts = panel.loc[panel[AIDED] == 1, COHORT]
    years = sorted(int(year) for year in panel["book_year"].unique())
    first, last = int(cohorts.min()) - _window("anticipation", anticipation), int(cohorts.max())
    return [year for year in years if year < first], [year for year in years if year >= last]


def _funds(panel: pd.DataFrame) -> pd.DataFrame:
    units = panel[panel[AIDED] == 1].drop_duplicates("coop_id")
    lines = units.assign(fund=units["aid_funds"].str.split("|")).explode("fund")
    few = timing.setting("few_treated")
    data = lines.groupby("fund").agg(cooperatives=("coop_id", "nunique")).reset_index().astype({"cooperatives": "int64"})
    data["verdict"] = np.select([data["cooperatives"] == 1, data["cooperatives"] <= few], ["one_cooperative", "too_few"], "estimate")
    return data


@recorded
def aid_programmes(panel: pd.DataFrame) -> Table:
    """Which programmes can be estimated: one cooperative can be described and not tested.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`aid_panel`.

    Returns
    -------
    Table
        ``fund, cooperatives, verdict`` (``estimate, one_cooperative, too_few``). A cooperative that received from two funds stands under
        both. Numbers ``cattle.programme.<fund>.cooperatives`` and ``cattle.recipients``,
        ``cattle.recipients.active`` (of those with a known status on the last book year), ``cattle.recipients.judged``.
    """
    data = _funds(panel)
    rows = Rows.of(panel["source_rows"])
    numbers = [
        Number(f"cattle.programme.{_slug(line.fund)}.cooperatives", int(str(line.cooperatives)), "cooperatives", method="count", rows=rows,
               cell=(row, "cooperatives"))
        for row, line in enumerate(data.itertuples(index=False))
    ]  # fmt: skip
    last = panel[(panel["book_year"] == panel["book_year"].max()) & (panel[AIDED] == 1)]
    units = int(panel.loc[panel[AIDED] == 1, "coop_id"].nunique())
    counts = {
        "recipients": units,
        "recipients.active": int((last["active"] == 1).sum()),
        "recipients.judged": int(last["active"].notna().sum()),
    }
    numbers += [Number(f"cattle.{name}", count, "cooperatives", n=units, method="count", rows=rows) for name, count in counts.items()]
    return Table("aid_programmes", data, ("cooperatives",), derived={"verdict": ("cooperatives",)}, numbers=tuple(numbers), rows=rows)


def _slug(fund: Any) -> str:
    return str(fund).lower().replace(" ", "_") or "unknown"


def programme_guard(panel: pd.DataFrame, fund: str) -> Check:
    """Whether an effect of one programme may be estimated at all, by how many cooperatives it reached.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`aid_panel`.
    fund : str

    Returns
    -------
    Check
        Failed with ``one_cooperative``, ``too_few`` or ``no_cooperative`` and the reason in words; else passed.

    Raises
    ------
    CallError
        When the ledger has no such fund.
    """
    found = _funds(panel).set_index("fund")
    if fund not in found.index:
        raise CallError(f"no cooperative is known to have received from {fund!r}", "fund", f"Known: {', '.join(found.index) or 'none'}.")
    line = found.loc[fund]
    words = {"one_cooperative": (ALONE,), "too_few": (FEW,)}.get(str(line["verdict"]), ())
    codes = (str(line["verdict"]),) if words else ()
    return Check(
        f"programme.{_slug(fund)}", not words, codes, grade_ceiling="D" if words else "A", texts=words,
        n_treated=int(str(line["cooperatives"])),
        rows=Rows.of(panel["source_rows"]),
    )  # fmt: skip


@recorded
def recipients_and_shock(panel: pd.DataFrame, shock: str = "foot_and_mouth") -> Table:
    """How the first deliveries lie to a shock: it struck herds that were there already, came during delivery, or was over.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`aid_sample`.
    shock : str
        Name in data/rules/events.toml.

    Returns
    -------
    Table
        ``when`` (``before, during, after`` the shock), ``cooperatives``. Numbers ``cattle.shock.before`` and the like.

    Raises
    ------
    CallError
        When the rules know no such shock.
    """
    known = rules.events()
    if shock not in known:
        raise CallError(f"no shock is called {shock!r}", "shock", f"Known: {', '.join(known)}.")
    start, end = pd.Timestamp(known[shock].start), pd.Timestamp(known[shock].end)
    first = panel[panel[AIDED] == 1].drop_duplicates("coop_id")["aid_first"]
    counts = {"before": int((first < start).sum()), "during": int(first.between(start, end).sum()), "after": int((first > end).sum())}
    rows = Rows.of(panel["source_rows"])
    numbers = tuple(
        Number(f"cattle.shock.{name}", count, "cooperatives", n=len(first), method="count", rows=rows, cell=(row, "cooperatives"))
        for row, (name, count) in enumerate(counts.items())
    )
    data = pd.DataFrame({"when": list(counts), "cooperatives": list(counts.values())})
    return Table("recipients_and_shock", data, ("cooperatives",), additive=True, numbers=numbers, rows=rows)


@recorded
def recipients(panel: pd.DataFrame) -> Table:
    """The recipient cooperatives one by one: who was given what, and how each stands now. It names cooperatives.

    Parameters
    ----------
    panel : pandas.DataFrame
        From :func:`aid_panel`.

    Returns
    -------
    Table
        ``name, kecamatan, aid_year, heads_given, heads_later, members_before, heads_per_member, trained_too`` (yes, no), ``status_now``.
    """
    last = panel[panel[AIDED] == 1].sort_values("book_year", kind="stable").drop_duplicates("coop_id", keep="last")
    data = last.assign(aid_year=last[COHORT], status_now=last["status"], trained_too=np.where(last["treated"] == 1, "yes", "no"))
    columns = [
        "name",
        "kecamatan",
        "aid_year",
        "heads_given",
        "heads_later",
        "members_before",
        "heads_per_member",
        "trained_too",
        "status_now",
    ]
    data = data.sort_values(["aid_year", "kecamatan", "name"], ignore_index=True)[columns]
    return Table("recipients", data, names_units=True, rows=Rows.of(panel["source_rows"]))
