"""A synthetic district as the workbooks of an office: the nine tables in raw shape, with the dirt that real files have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kopanalysis.errors import CallError
from kopanalysis.truth import dirt as files
from kopanalysis.truth import layouts
from kopanalysis.truth.cast import DISTRICTS, HEADLINE, titled
from kopanalysis.truth.dirt import soil
from kopanalysis.truth.district import District, draw_district
from kopanalysis.truth.sheets import Row, Sheet, write_csv, write_ods, write_xlsx
from kopanalysis.truth.writing import MARK, Column, lay_out, real_day, rupiah, signature, vary_names, whole, words

DEMO_SEED = 258  # its draw has the published 49 inactive without calibration
DEMO_EFFECTS = {"effect_training": 0.10, "effect_cattle": 0.05}
PUBLISHED_SHARE = 49 / 127  # inactive on 25 August 2022
SPREAD = 0.15  # of that share over other districts
LETTERHEAD = """
[letterhead]
government = "PEMERINTAH KABUPATEN CONTOH"
office = "DINAS KOPERASI CONTOH"
address = "Jalan Contoh, Nagari Contoh (alamat karangan)"
contact = "surel: dinas@contoh.invalid"

[letterhead.signatory]
title = "Kepala Dinas Koperasi Contoh,"
name = "(nama pejabat)"
"""
Frames = Mapping[str, pd.DataFrame]


def write_demo(
    folder: str | Path, seed: int = DEMO_SEED, cooperatives: int = 127, regions: int = 1,
    effect_training: float = DEMO_EFFECTS["effect_training"],
    effect_cattle: float = DEMO_EFFECTS["effect_cattle"], all_livestock_trained: bool = False, **threats: bool | float,
) -> list[Path]:  # fmt: skip
    """Write the office files of a demonstration district, or of several.

    Solok Selatan is calibrated to the published share of inactive ones (49 of 127), others to shares around it; foot-and-mouth disease is
    on unless ``threats`` says otherwise.

    Parameters
    ----------
    folder : str or pathlib.Path
        Made where it doesn't exist; files of the same names are replaced.
    seed : int
    cooperatives : int
        Primary cooperatives of a district on 25 August 2022.
    regions : int
        1 is Solok Selatan; up to 19 take the other districts of West Sumatra, up to 514 those of all Indonesia, with generic kecamatan.
    effect_training, effect_cattle : float
        Shares, -1 to 1.
    all_livestock_trained : bool
    **threats : bool or float
        Fields of :class:`kopanalysis.truth.history.Threats`.

    Returns
    -------
    list of pathlib.Path
        Files written.

    Raises
    ------
    CallError
        When an argument is out of range, or the folder can't be written.
    """
    if not 1 <= regions <= len(DISTRICTS):
        raise CallError(f"{regions} regions can't be drawn", mend=f"Use 1 to {len(DISTRICTS)}.")
    codes = ["13.11", *(code for code in DISTRICTS if code != "13.11")][:regions]
    made: list[Path] = []
    for code in codes:
        district = draw_district(
            seed, cooperatives, round(15 * cooperatives / 127), effect_training, effect_cattle, all_livestock_trained,
            inactive=round(_share_inactive(seed, code) * cooperatives), region=code, **{"foot_and_mouth": True, **threats},
        )  # fmt: skip
        made += write_office(district, folder, prefix="" if regions == 1 else f"{DISTRICTS[code]} - ")
    return made


def _share_inactive(seed: int, code: str) -> float:
    """Share inactive of a district: the published one, and for the others one nearby, so that there is something to compare."""
    if code == "13.11":
        return PUBLISHED_SHARE
    return PUBLISHED_SHARE + float(np.random.default_rng([seed, *map(ord, code)]).uniform(-SPREAD, SPREAD))


def write_office(district: District, folder: str | Path, dirt: bool = True, prefix: str = "") -> list[Path]:
    """Write the workbooks of one district in raw office shape.

    Parameters
    ----------
    district : District
    folder : str or pathlib.Path
    dirt : bool
        With the pieces of :data:`kopanalysis.truth.dirt.DIRT`; without them the layout is the same and every row can be read.
    prefix : str
        Before each file name.

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    CallError
        When the folder can't be written.
    """
    home = Path(folder)
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CallError(f"{home} can't be made", mend="Choose a folder that you may write to.") from error
    rng = np.random.default_rng([district.seed, 1])
    frames = _as_written(district, rng, dirt)
    made = []
    for name, sheets in _workbooks(frames, titled(district.region), dirt).items():
        path = home / f"{prefix}{name}"
        _write(path, [soil(name, sheet) for sheet in sheets] if dirt and district.region == "13.11" else sheets)
        made.append(path)
    return [*made, _write_settings(home, district.region)]


def _write(path: Path, sheets: list[Sheet]) -> None:
    if path.suffix == ".xlsx":
        write_xlsx(path, sheets)
    elif path.suffix == ".ods":
        write_ods(path, sheets)
    else:
        write_csv(path, sheets[0].rows, *((";", "cp1252") if path.name.endswith(files.ACCOUNTS) else (",", "utf-8-sig")))


def _write_settings(home: Path, region: str) -> Path:
    path = home / "office.toml"
    text = (
        '[office]\nname = "Dinas Koperasi Contoh"\ndemonstration = true\n\n'
        f'[report]\nregion = "{region}"\nheadline_date = 2022-08-25\n{LETTERHEAD}'
    )  # fmt: skip
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _as_written(district: District, rng: np.random.Generator, dirt: bool) -> dict[str, pd.DataFrame]:
    """Give the clean tables clerks' names, and without the NIK where a clerk left it out."""
    twice = _registered_twice(district) if dirt else {}
    frames = {}
    for name, table in district.tables.items():
        table = table.assign(name=table["name"].where(~table["nik"].isin(twice), table["nik"].map(twice)))
        if name == "register":
            table = table.assign(nagari=_same_nagari(table, twice))
        elif dirt:
            leave_out = (rng.random(len(table)) < 0.12) & ~table["nik"].isin(_pair(district, twice))
            table = table.assign(name=vary_names(table["name"], rng), nik=table["nik"].mask(leave_out, "-"))
        frames[name] = table
    apbd = frames["cattle"]["fund"] == "APBD"
    frames["cattle"] = frames["cattle"].assign(nik=frames["cattle"]["nik"].mask(apbd, ""), name=frames["cattle"]["name"].mask(apbd, ""))
    return frames


def _registered_twice(district: District) -> dict[str, str]:
    """NIK and name of a silent cooperative that gets the name of a busy one: a second number after new articles (trap 9)."""
    register = district.tables["register"]
    training = district.tables["training"]
    aided = {*district.tables["cattle"]["nik"], *training.loc[training["start_date"] == HEADLINE, "nik"]}
    shops = register[(register["snapshot_date"] == HEADLINE) & (register["group"] == "Kop. Serba Usaha") & ~register["nik"].isin(aided)]
    for _, part in shops.groupby("kecamatan", sort=True):
        silent, busy = part[part["nik_grade"].isin(["D", ""])], part[part["nik_grade"] == "A"]
        if len(silent) and len(busy):
            return {silent["nik"].iloc[0]: "Koperasi Serba Usaha " + busy["name"].iloc[0].partition(" ")[2]}
    return {}


def _pair(district: District, twice: Mapping[str, str]) -> list[str]:
    register = district.tables["register"]
    stems = [name.removeprefix("Koperasi Serba Usaha ") for name in twice.values()]
    return [*twice, *register.loc[register["name"].isin([f"KSU {stem}" for stem in stems]), "nik"].unique()]


def _same_nagari(register: pd.DataFrame, twice: Mapping[str, str]) -> pd.Series:
    nagari = register["nagari"]
    for nik, name in twice.items():
        stem = name.removeprefix("Koperasi Serba Usaha ")
        other = register.loc[register["name"] == f"KSU {stem}", "nagari"].iloc[0]
        nagari = nagari.mask(register["nik"] == nik, other)
    return nagari


def _workbooks(frames: Frames, district: str, dirt: bool) -> dict[str, list[Sheet]]:
    old, new, last = _register_sheets(frames["register"], district, dirt)
    rat = frames["rat"]
    herd = frames["cattle"]
    return {
        files.REGISTER_OLD: [*old, *_side_sheets(frames["register"])],
        files.REGISTER_NEW: new,
        files.REGISTER_LAST: last,
        files.RAT: [
            _sheet("2015-2019", f"REKAP RAT KOPERASI {district.upper()}", layouts.RAT_COLUMNS, rat[rat["book_year"] <= 2019], 5),
            _sheet("2020-2024", f"REKAP RAT KOPERASI {district.upper()}", layouts.RAT_COLUMNS, rat[rat["book_year"] >= 2020], 5),
        ],
        files.ACCOUNTS: [_sheet("", f"KERAGAAN KEUANGAN KOPERASI – {district.upper()}", layouts.ACCOUNT_COLUMNS, frames["accounts"])],
        files.HEALTH: [_sheet("Penilaian", "PENILAIAN KESEHATAN KOPERASI", layouts.HEALTH_COLUMNS, frames["health"], 6)],
        files.TRAINING: _training_sheets(frames["training"]),
        files.CATTLE: [
            _sheet("DKS", "BUKU TERNAK DESA KORPORASI SAPI", layouts.CATTLE_COLUMNS, herd[herd["fund"] == "DKS"]),
            _sheet("APBD", "BUKU TERNAK APBD", layouts.CATTLE_COLUMNS, herd[herd["fund"] == "APBD"]),
        ],
        files.GROUPS: [_sheet("", "KELOMPOK TERNAK DAN KOPERASI INDUK", layouts.GROUP_COLUMNS, frames["groups"])],
        files.FINDINGS: [_sheet("Temuan", "TEMUAN PENGAWASAN KOPERASI", layouts.FINDING_COLUMNS, frames["findings"], 4)],
        files.DECISIONS: [_sheet("Keputusan", "DAFTAR KEPUTUSAN KEPALA DINAS", layouts.DECISION_COLUMNS, frames["decisions"], 3)],
    }


def _sheet(name: str, title: str, columns: tuple[Column, ...], frame: pd.DataFrame, signed: int = 0) -> Sheet:
    footer = signature("Padang Aro, 5 Januari 2026", signed) if signed else []
    return lay_out(name, [title, MARK], columns, frame, footer)


def _register_sheets(register: pd.DataFrame, district: str, dirt: bool) -> tuple[list[Sheet], list[Sheet], list[Sheet]]:
    ordered = register.sort_values(["snapshot_date", "kecamatan", "name"], kind="stable", ignore_index=True)
    counts = ordered.groupby("snapshot_date").cumcount()
    ordered = ordered.assign(chair=[f"Nama Contoh {i + 1:03d}" for i in counts], phone="0800-000-000")
    old: list[Sheet] = []
    new: list[Sheet] = []
    last: list[Sheet] = []
    for day, part in ordered.groupby("snapshot_date"):
        stamp = pd.Timestamp(str(day))
        if stamp.year <= 2021:
            old.append(_register_sheet(str(stamp.year), stamp, part, district, *layouts.REGISTERS[str(stamp.year)], dirt=dirt))
        else:
            name = "Register" if stamp.year == 2025 else words(stamp) if stamp.month == 8 else str(stamp.year)
            sheet = _register_sheet(name, stamp, part, district, words if stamp.month == 8 else real_day, layouts.NEWEST, dirt=dirt)
            (last if stamp.year == 2025 else new).append(sheet)
    return old, new, last


def _register_sheet(
    name: str, day: pd.Timestamp, part: pd.DataFrame, district: str, form: Callable[[Any], Any], names: Mapping[str, str], dirt: bool
) -> Sheet:
    titles = [f"DATA KOPERASI {district.upper()}", f"PER {words(day).upper()}", MARK]
    if name == "2021":
        titles += [
            "Sumber: Online Data System (contoh)",
            "Kode wilayah 13.11 (Kemendagri) / 1310 (BPS)" if district == "Kabupaten Solok Selatan" else "",
            "Satuan: orang",
        ]
    if name == "2017" and dirt:
        part = part.assign(nik=part["nik"].astype("int64").astype(object))
    footer: list[Row] = signature(f"Padang Aro, {words(day)}", 12)
    if name == "2020" and dirt:
        footer = [["Rekapitulasi: aktif 74, tidak aktif 45, jumlah 120"], *footer]
    return lay_out(name, titles, layouts.register_columns(form, names, two_rows=names is layouts.PRINTED), part, footer, by="kecamatan")


def _side_sheets(register: pd.DataFrame) -> list[Sheet]:
    listed: list[Row] = [["Daftar Kecamatan (untuk pilihan sel)"], *([name] for name in sorted(register["kecamatan"].unique()))]
    return [Sheet("Daftar Kecamatan", listed, hidden=True), Sheet("Sheet2", [])]


def _training_sheets(training: pd.DataFrame) -> list[Sheet]:
    years = training["start_date"].dt.year
    return [_training_sheet(int(year), training[years == year]) for year in sorted(years.unique())]


def _training_sheet(year: int, part: pd.DataFrame) -> Sheet:
    months = {2021: "Nofember"}
    spans = [_span(first, last, months.get(year)) for first, last in zip(part["start_date"], part["end_date"], strict=True)]
    in_thousands = [f"{cost / 1000:,.0f}".replace(",", ".") for cost in part["cost_idr"]]
    part = part.assign(span=spans, cost_idr=in_thousands if year == 2023 else [rupiah(cost) for cost in part["cost_idr"]])
    columns = (
        Column("Nama Pelatihan", "programme"), Column("Tanggal", "span"), Column("Nama Koperasi", "name"), Column("NIK", "nik"),
        Column("Jumlah Peserta", "participants", whole), Column("Sumber Dana", "fund"), Column("Biaya", "cost_idr"),
    )  # fmt: skip
    return replace(_sheet(str(year), f"DAFTAR PESERTA PELATIHAN KOPERASI TAHUN {year}", columns, part, 4))


def _span(first: Any, last: Any, month: str | None) -> str:
    text = f"{first.day:02d}-{words(last)}" if last.day > 9 else f"{first.day:02d}-0{words(last)}"
    return text if month is None else text.replace("November", month)
