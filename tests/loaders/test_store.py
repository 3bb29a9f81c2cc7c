"""A folder of several districts: each one's part is what its own files alone would give, read at once or from the store."""

from __future__ import annotations

import csv
import json
import os
import shutil
import time
from pathlib import Path

import pandas as pd
import pytest

from kopanalysis.briefs.study import open_study
from kopanalysis.errors import CallError, DataError
from kopanalysis.loaders import store
from kopanalysis.loaders.districts import split_rows
from kopanalysis.loaders.gather import read_folder
from kopanalysis.loaders.load import LISTS, Office, content_digest, load_office
from kopanalysis.loaders.returns import write_returns
from kopanalysis.metrics.panel import build_panel
from kopanalysis.truth.cast import DISTRICTS
from kopanalysis.truth.office_files import write_demo

CODES = ("13.01", "13.02", "13.11")


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("province")
    write_demo(folder, seed=4, cooperatives=60, regions=3)
    return folder


@pytest.fixture(scope="module")
def kept(province: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store.build_store(province, tmp_path_factory.mktemp("cache"))


def own_files(province: Path, code: str, folder: Path) -> Path:
    """The files that this district alone has sent."""
    folder.mkdir()
    for path in province.glob(f"{DISTRICTS[code]} - *"):
        shutil.copy(path, folder)
    return folder


def assert_same(one: Office, other: Office) -> None:
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[name], obj=name)
    for name in LISTS:
        mine, theirs = getattr(one, name), getattr(other, name)
        pd.testing.assert_frame_equal(mine, theirs, obj=name)
        assert json.dumps(mine.to_dict("split"), default=str) == json.dumps(theirs.to_dict("split"), default=str)
    assert (one.as_of, one.demonstration) == (other.as_of, other.demonstration)


@pytest.mark.parametrize("code", CODES)
def test_a_districts_part_is_what_its_files_alone_give(province: Path, tmp_path: Path, code: str) -> None:
    alone = load_office(own_files(province, code, tmp_path / "own"), region=code)
    part = load_office(province, region=code)
    assert_same(alone, part)
    assert (alone.region, part.region, part.shared) == ("", code, frozenset())


@pytest.mark.parametrize("code", CODES)
def test_the_store_gives_the_same_as_the_files(province: Path, kept: Path, code: str) -> None:
    direct, stored = load_office(province, region=code), store.read_region(kept, code)
    assert_same(direct, stored)
    assert (stored.call, stored.digest, stored.region) == (direct.call, direct.digest, code)
    assert stored.digest == content_digest(stored)
    pd.testing.assert_frame_equal(build_panel(direct, "2022-08-25", code), build_panel(stored, "2022-08-25", code))


def test_every_row_belongs_to_one_district(province: Path) -> None:
    whole = read_folder(province)
    split = split_rows(whole)
    assert (split.codes, split.unassigned) == (CODES, 0)
    for parsed, rows in zip(whole.parsed, split.positions, strict=True):
        assert sorted(index for given in rows.values() for index in given) == list(range(len(parsed.rows)))


def test_a_study_reads_from_the_store_named_in_the_environment(
    province: Path, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = tmp_path / kept.name
    shutil.copytree(kept, marked)
    path = marked / "13.02" / "lists.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(told | {"demonstration": False}), encoding="utf-8")  # so that one sees where it was read
    assert open_study(str(province), "13.02").demonstration
    monkeypatch.setenv(store.STORE_VARIABLE, str(marked))
    assert not open_study(str(province), "13.02").demonstration


def test_a_stale_store_is_never_read(province: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data"
    shutil.copytree(province, folder)
    made = store.build_store(folder, tmp_path / "cache")
    assert store.holds(made, folder)
    path = next(folder.glob("Solok - *.csv"))
    content, stat = path.read_bytes(), path.stat()
    path.write_bytes(content.replace(b"1", b"2", 1))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as long, and as old by its own account
    assert path.stat().st_size == stat.st_size
    assert not store.holds(made, folder)
    monkeypatch.setenv(store.STORE_VARIABLE, str(made))
    assert_same(store.open_office(folder, region="13.02"), load_office(folder, region="13.02"))
    path.write_bytes(content)
    assert store.holds(made, folder)  # by the hash, since the stamps differ
    monkeypatch.setattr(store, "_code_hash", lambda: "another code")
    assert not store.holds(made, folder)


def test_stamps_settle_only_what_was_at_rest(province: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = store.build_store(province, tmp_path / "cache")
    about = store.read_manifest(made)
    (made / store.MANIFEST).write_text(json.dumps(about | {"made": time.time() + 60}), encoding="utf-8")
    hashed: list[Path] = []
    key = store.inputs_key
    monkeypatch.setattr(store, "inputs_key", lambda folder: hashed.append(folder) or key(folder))
    assert store.holds(made, province)
    assert hashed == []
    (made / store.MANIFEST).write_text(json.dumps(about | {"made": min(p.stat().st_ctime for p in province.iterdir())}), encoding="utf-8")
    assert store.holds(made, province)
    assert hashed == [province]


def test_an_older_store_of_the_folder_is_swept(province: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(province, folder)
    first = store.build_store(folder, tmp_path / "cache")
    other = store.build_store(province, tmp_path / "cache")
    (folder / "links.csv").write_text("table,value,nik,confirmed\n", encoding="utf-8")
    second = store.build_store(folder, tmp_path / "cache")
    assert not first.exists() or first == other
    assert second != first
    assert second.exists()


def test_a_folder_of_one_district_is_read_whole_with_its_strays(tmp_path: Path) -> None:
    write_demo(tmp_path / "one", seed=4, cooperatives=60)
    whole, asked = load_office(tmp_path / "one"), load_office(tmp_path / "one", region="13.11")
    assert_same(whole, asked)
    assert (asked.region, asked.digest) == ("", "")
    assert (asked.warnings["reason"] == "region_other").any()
    kept = store.build_store(tmp_path / "one", tmp_path / "cache")
    assert list(store.read_manifest(kept)["districts"]) == ["13.11"]
    assert_same(whole, store.read_region(kept, "13.11"))


HEAD = ["NIK", "Nama Koperasi", "Kecamatan", "Kabupaten", "Tanggal Badan Hukum", "Tanggal RAT Terakhir"]


def national(folder: Path) -> Path:
    """One register and one log for two districts, and a herd ledger that names nobody."""
    folder.mkdir()
    rows = [
        [f"{bps}01000000{i}", f"KSU Sama {i}", "Tengah", name, "01-02-2001", "01-03-2020"]
        for bps, name in (("1302", "Pesisir Selatan"), ("1304", "Sijunjung")) for i in range(1, 6)
    ]  # fmt: skip
    log = [[row[0] if row[1][-1] != "5" else "", row[1], 2020, "02-03-2021"] for row in rows]
    herd = [["01-02-2021", "Kelompok Tak Dikenal", "DKS", "diterima", 5, "betina"]]
    for name, head, lines in (
        ("register 31-12-2021", HEAD, rows), ("rat", ["NIK", "Nama Koperasi", "Tahun Buku", "Tanggal RAT"], log),
        ("ternak", ["Tanggal", "Kelompok Ternak", "Sumber Dana", "Kejadian", "Jumlah Ekor", "Jenis Kelamin"], herd),
    ):  # fmt: skip
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *lines])
    return folder


def test_one_sheet_of_several_districts_is_told_apart_row_by_row(tmp_path: Path) -> None:
    folder = national(tmp_path / "data")
    split = split_rows(read_folder(folder))
    assert split.codes == ("13.01", "13.03")
    assert split.shared == {"register 31-12-2021.csv", "rat.csv"}
    assert split.unassigned == 3  # two meetings known by a name that both districts have, and the herd of nobody
    office = load_office(folder, region="13.03")
    assert (office.tables["register"]["region"] == "13.03").all()
    assert len(office.tables["register"]) == 5
    assert len(office.tables["rat"]) == 4
    source = office.sources[office.sources["table"] == "register"].iloc[0]
    assert source["rows_in"] == source["accepted"] + source["set_aside"] + len(source["structural"]) == 6
    assert office.shared == split.shared
    assert write_returns(office, tmp_path / "return") == []  # they would hold the other district's rows


def test_a_link_to_another_districts_cooperative_is_no_fault(tmp_path: Path) -> None:
    folder = national(tmp_path / "data")
    (folder / "links.csv").write_text("table,value,nik,confirmed\nrat,Koperasi Lama,1302010000001,ya\n", encoding="utf-8")
    assert len(load_office(folder, region="13.03").tables["register"]) == 5
    (folder / "links.csv").write_text("table,value,nik,confirmed\nrat,Koperasi Lama,9999999999999,ya\n", encoding="utf-8")
    with pytest.raises(CallError, match="unknown cooperative"):
        load_office(folder, region="13.03")


def test_what_is_missing_is_said(province: Path, kept: Path, tmp_path: Path) -> None:
    for read in (lambda: load_office(province, region="13.05"), lambda: store.read_region(kept, "13.05")):
        with pytest.raises(DataError, match=r"13\.05.*13\.01, 13\.02, 13\.11"):
            read()
    with pytest.raises(CallError, match="isn't there"):
        store.build_store(tmp_path / "nowhere", tmp_path / "cache")
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    with pytest.raises(CallError, match="can't be written"):
        store.build_store(province, blocked / "cache")
