"""What the office did in a synthetic district: trainings, supervision findings and legal decisions, as it would have recorded them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kopanalysis.truth.cast import Array
from kopanalysis.truth.history import column, exists
from kopanalysis.truth.profile import CATTLE
from kopanalysis.truth.records import Scene

CAUSES = np.array(
    ["bad_loans", "aid_unaccounted", "internal_conflict", "no_bookkeeping_skill", "weak_management", "no_member_benefit", "founded_for_aid",
     "family_founded", "managers_gone", "members_gone", "no_office", "business_failed", "office_capacity", "covid", "other"], dtype=object,
)  # fmt: skip
CAUSE_WEIGHT = np.array([18, 9, 7, 12, 14, 6, 6, 4, 8, 6, 4, 9, 2, 6, 2]) / 113
STUDIED = "Pengembangan Usaha dan Pembiayaan Koperasi"


def training(rng: np.random.Generator, scene: Scene) -> pd.DataFrame:
    """Draw attendance of trainings: the inactive of March 2019, the livestock cooperatives of August 2022, and small ones in other years.

    Parameters
    ----------
    rng : numpy.random.Generator
    scene : Scene

    Returns
    -------
    pandas.DataFrame
        One row a cooperative in a training; its share of the cost in rupiah.
    """
    village = scene.cast.where("village")
    treated = np.flatnonzero(scene.assignment.treated)
    courses = [
        ("Revitalisasi Koperasi Tidak Aktif", "2019-03-19", "2019-03-21", "DAK Nonfisik 2019", 88_800_000, scene.assignment.cohort_2019),
        ("Akuntansi Koperasi", "2020-10-13", "2020-10-15", "DAK Nonfisik 2020", 70_000_000, _some(rng, scene, 2019, 10)),
        ("Tata Kelola Koperasi Simpan Pinjam", "2021-11-09", "2021-11-11", "DAK Nonfisik 2021", 70_000_000, _some(rng, scene, 2020, 12)),
        (STUDIED, "2022-08-25", "2022-08-27", "DAK Nonfisik 2022", 66_700_000, treated),
        ("Pengelolaan RAT dan Pelaporan", "2023-03-14", "2023-03-16", "DAK Nonfisik 2023", 70_000_000, _some(rng, scene, 2021, 10)),
        ("Literasi Keuangan Koperasi", "2023-07-04", "2023-07-05", "DAK Nonfisik 2023", 70_000_000, _some(rng, scene, 2022, 10)),
        ("Digitalisasi Pembukuan", "2024-12-02", "2024-12-03", "DAK Nonfisik 2024", 60_000_000, _some(rng, scene, 2023, 12)),
        ("Penguatan Pengurus KDMP", "2025-11-10", "2025-11-11", "Dekonsentrasi 2025", 117_000_000, village),
    ]  # fmt: skip
    parts = [
        scene.labelled(coops, {"programme": name, "start_date": start, "end_date": end, "participants": 2, "fund": fund,
                               "cost_idr": float(round(cost / max(len(coops), 1), -3))})
        for name, start, end, fund, cost, coops in courses
    ]  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    return table.assign(start_date=table["start_date"].astype("datetime64[us]"), end_date=table["end_date"].astype("datetime64[us]"))


def _some(rng: np.random.Generator, scene: Scene, book_year: int, size: int) -> Array:
    able = np.flatnonzero(scene.assignment.core & scene.facts.reported[:, column(book_year)] & ~scene.assignment.livestock)
    return np.sort(rng.choice(able, min(size, len(able)), replace=False))


def findings(rng: np.random.Generator, scene: Scene) -> pd.DataFrame:
    """Draw supervision findings 2017 to 2025: one in eight of the silent each year, a few of the others.

    Parameters
    ----------
    rng : numpy.random.Generator
    scene : Scene

    Returns
    -------
    pandas.DataFrame
        ``causes`` holds codes separated by spaces; ``operating`` and ``government_funds`` are yes or no.
    """
    years = np.arange(2016, 2025)
    here = slice(column(2016), column(2024) + 1)
    alive = exists(scene.cast)[:, here] & (scene.assignment.left[:, None] > np.array([f"{y + 1}-12-31" for y in years], dtype="M8[D]"))
    silent = ~scene.facts.reported[:, here]
    seen = alive & (rng.random(silent.shape) < np.where(silent, 0.14, 0.015))
    year, coop = np.nonzero(seen.T)
    one = coop, year + column(2016)
    day = np.array([f"{y + 1}-01-01" for y in years], dtype="M8[D]")[year] + rng.integers(40, 220, len(coop))
    operating = scene.facts.business[one]
    first, second = rng.choice(len(CAUSES), (2, len(coop)), p=CAUSE_WEIGHT)
    base = np.where(scene.facts.held[one] & ~scene.facts.reported[one], "not_reported", "rat_missed").astype(object)
    codes = base + " " + CAUSES[first] + np.where((second != first) & (second % 2 == 0), " " + CAUSES[second], "")
    codes = np.where(scene.facts.reported[one], CAUSES[first], codes)
    evidence = np.where(operating, "kunjungan lapangan, usaha berjalan", "kunjungan lapangan, kantor tutup")
    funds = scene.profile.public_funds[coop] | ((scene.profile.kind[coop] == CATTLE) & (rng.random(len(coop)) < 0.2))
    columns = {"date": day, "causes": codes, "operating": operating, "government_funds": funds, "evidence": evidence}
    return scene.labelled(coop, columns).sort_values("date", kind="stable", ignore_index=True)


def decisions(rng: np.random.Generator, scene: Scene) -> pd.DataFrame:
    """Draw legal decisions: each dissolution and merger, three freezings and two reactivations.

    Parameters
    ----------
    rng : numpy.random.Generator
    scene : Scene

    Returns
    -------
    pandas.DataFrame
    """
    assignment = scene.assignment
    gone = np.flatnonzero(assignment.leave_kind != "")
    quiet = rng.permutation(
        np.flatnonzero(assignment.core & (scene.cast.block == "legacy") & ~scene.facts.reported[:, column(2019) :].any(axis=1))
    )[:2]
    busy = rng.permutation(np.flatnonzero(assignment.core & scene.facts.reported[:, column(2019) : column(2021) + 1].all(axis=1)))[:2]
    rows = [(int(coop), str(assignment.left[coop]), assignment.leave_kind[coop]) for coop in gone]
    rows += [(int(coop), day, "frozen") for coop, day in zip(quiet, ("2020-09-15", "2023-10-10"), strict=False)]
    rows += [(int(coop), day, "reactivated") for coop, day in zip(busy, ("2019-06-18", "2021-05-04"), strict=False)]
    rows += [(int(coop), "2018-10-09", "frozen") for coop in busy[:1]]
    rows.sort(key=lambda row: row[1])
    coops = np.array([coop for coop, _, _ in rows], dtype=int)
    days = np.array([day for _, day, _ in rows], dtype="M8[D]")
    numbers = [f"518/{i}/KPTS-CONTOH/{day[:4]}" for i, (_, day, _) in enumerate(rows, 1)]
    return scene.labelled(coops, {"date": days, "decision": [kind for _, _, kind in rows], "document": numbers})
