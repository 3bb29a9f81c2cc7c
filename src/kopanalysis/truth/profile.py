"""What a synthetic cooperative is called and registered as: name, NIK, legal number, form, kind, sector, members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kopanalysis.truth.assignment import Assignment
from kopanalysis.truth.cast import Array, Cast, invented_names, scaled
from kopanalysis.truth.history import Facts, silent

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


@dataclass(frozen=True)
class Kind:
    """How a register describes a kind of cooperative.

    Attributes
    ----------
    prefix : str
        What stands before the name.
    type, group, sector : str
        Jenis, kelompok and sektor usaha as the register writes them, which is also their canonical form.
    weight : float
        Share among the cooperatives whose kind isn't fixed; 0 for kinds that are.
    """

    prefix: str
    type: str
    group: str
    sector: str
    weight: float = 0.0


KINDS = (
    Kind("KSU", "Konsumen", "Kop. Serba Usaha", "Perdagangan Besar dan Eceran", 0.30),
    Kind("KUD", "Produsen", "KUD", "Pertanian, Kehutanan dan Perikanan", 0.18),
    Kind("KPRI", "Konsumen", "KPRI", "Perdagangan Besar dan Eceran", 0.22),
    Kind("Koperasi Produsen", "Produsen", "Kop. Perkebunan", "Pertanian, Kehutanan dan Perikanan", 0.16),
    Kind("Koperasi Pemasaran", "Pemasaran", "Kop. Pemasaran", "Perdagangan Besar dan Eceran", 0.06),
    Kind("Koperasi Jasa", "Jasa", "Kop. Jasa", "Pengangkutan dan Pergudangan", 0.08),
    Kind("KSP", "Simpan Pinjam", "Kop. Simpan Pinjam", "Aktivitas Keuangan dan Asuransi"),
    Kind("KSPPS", "Simpan Pinjam", "Kop. Simpan Pinjam Syariah", "Aktivitas Keuangan dan Asuransi"),
    Kind("Koperasi Produsen", "Produsen", "Kop. Ternak Sapi", "Peternakan"),
    Kind("KSU", "Produsen", "Kop. Ternak Unggas", "Peternakan"),
    Kind("Koperasi Desa Merah Putih", "Konsumen", "Kop. Desa Merah Putih", "Perdagangan Besar dan Eceran"),
)
SAVINGS, SHARIA, CATTLE, POULTRY, VILLAGE = range(6, 11)
LIVESTOCK_SECTOR = "Peternakan"
SAVINGS_TYPE = "Simpan Pinjam"


@dataclass(frozen=True)
class Profile:
    """Lasting attributes, arrays of the cast's length; ``public_funds`` is public money not accounted for, which blocks dissolution."""

    nik: Array
    stem: Array
    name: Array
    kind: Array
    legal_number: Array
    form: Array
    type: Array
    group: Array
    sector: Array
    nagari: Array
    kecamatan: Array
    members: Array
    share_male: Array
    size: Array
    public_funds: Array


def draw_profile(rng: np.random.Generator, cast: Cast, assignment: Assignment, facts: Facts, n: int) -> Profile:
    """Draw names, numbers and kinds.

    Exactly 39 of 127 (in proportion) of the core are savings-and-loan, all livestock cooperatives stand in sector *Peternakan*,
    about four of five
    of them with cattle.

    Parameters
    ----------
    rng : numpy.random.Generator
    cast : Cast
    assignment : Assignment
    facts : Facts
    n : int
        Size of the district.

    Returns
    -------
    Profile
    """
    kind = _kinds(rng, cast, assignment, n)
    stem = invented_names(rng, len(cast))
    village = cast.block == "village"
    stem[village] = cast.places.nagari[cast.place[village]]
    stem[assignment.desa_korporasi] = "Sangir Serumpun"
    prefix = _column(kind, "prefix")
    size = rng.normal(0, 1.0, len(cast))
    return Profile(
        nik=_niks(rng, cast), stem=stem, name=_texts(f"{p} Contoh {s}" for p, s in zip(prefix, stem, strict=True)), kind=kind,
        legal_number=_legal_numbers(rng, cast), form=_forms(cast), type=_column(kind, "type"), group=_column(kind, "group"),
        sector=_column(kind, "sector"), nagari=cast.places.nagari[cast.place], kecamatan=cast.places.kecamatan[cast.place],
        members=np.maximum(20, np.exp(4.3 + 0.6 * size + rng.normal(0, 0.35, len(cast)))), share_male=rng.uniform(0.25, 0.8, len(cast)),
        size=size, public_funds=_public_funds(rng, cast, assignment, facts, n),
    )  # fmt: skip


def _texts(values: Any) -> Array:
    return np.array(list(values), dtype=object)


def _column(kind: Array, name: str) -> Array:
    return _texts(getattr(one, name) for one in KINDS)[kind]


def _kinds(rng: np.random.Generator, cast: Cast, assignment: Assignment, n: int) -> Array:
    weight = np.array([one.weight for one in KINDS])
    kind = rng.choice(len(KINDS), len(cast), p=weight / weight.sum())
    elsewhere = np.flatnonzero(~assignment.core)
    kind[elsewhere] = np.where(rng.random(len(elsewhere)) < 0.3, SAVINGS, kind[elsewhere])
    free = np.flatnonzero(assignment.core & ~assignment.livestock)
    savings = rng.choice(free, min(scaled("savings", n), len(free)), replace=False)
    kind[savings] = np.where(rng.random(len(savings)) < 0.2, SHARIA, SAVINGS)
    keepers = np.flatnonzero(assignment.livestock)
    kind[keepers] = np.where(np.arange(len(keepers)) % 5 == 4, POULTRY, CATTLE)
    kind[assignment.desa_korporasi] = CATTLE
    kind[cast.block == "village"] = VILLAGE
    return kind


def _public_funds(rng: np.random.Generator, cast: Cast, assignment: Assignment, facts: Facts, n: int) -> Array:
    """Choose who owes public money: none that was dissolved, since it blocks that, and nine the wave of 2018 had to pass over."""
    draw = rng.random(len(cast))
    stays = (assignment.leave_kind != "dissolved") & (cast.block != "village")
    passed_over = stays & (cast.block == "legacy") & silent(facts, (2015, 2016, 2017))
    blocked = np.argsort(np.where(passed_over, draw, 2.0))[: min(scaled("blocked", n), int(passed_over.sum()))]
    owes: Array = stays & (draw < 0.05)
    owes[blocked] = True
    return owes


def _niks(rng: np.random.Generator, cast: Cast) -> Array:
    serial = rng.permutation(len(cast)) + 1
    return _texts(f"{code}{number:06d}" for code, number in zip(cast.places.kecamatan_code[cast.place], serial, strict=True))


def _forms(cast: Cast) -> Array:
    forms = np.full(len(cast), "primary_district", dtype=object)
    national = cast.where("national")
    forms[national], forms[national[-1:]] = "primary_national", "primary_province"
    return forms


def _legal_numbers(rng: np.random.Generator, cast: Cast) -> Array:
    serial = rng.permutation(len(cast)) + 11
    years = cast.founded.astype("datetime64[Y]").astype(int) + 1970
    months = cast.founded.astype("datetime64[M]").astype(int) % 12
    return _texts(_legal_number(int(s), int(y), ROMAN[m]) for s, y, m in zip(serial, years, months, strict=True))


def _legal_number(serial: int, year: int, month: str) -> str:
    if year >= 2020:
        return f"AHU-{serial:07d}.AH.01.26.TAHUN {year}"
    if year >= 2017:
        return f"{serial:06d}/BH/M.KUKM.2/{month}/{year}"
    if year >= 2004:
        return f"{serial}/BH/III.12/{month}/{year}"
    return f"{serial}/BH/KWK.03/{month}/{year % 100:02d}"
