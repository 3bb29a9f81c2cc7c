"""Time and peak memory of the loader beside pandas reading the same files: small by default, --full for 130,000 and 1.3 million rows."""

from __future__ import annotations

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HEAD = ["No", "NIK", "Nama Koperasi", "Nomor Badan Hukum", "Tanggal Badan Hukum", "Bentuk Koperasi", "Jenis Koperasi", "Sektor Usaha",
        "Nagari", "Kecamatan", "Kabupaten", "Jumlah Anggota Pria", "Jumlah Anggota Wanita", "Karyawan", "Tanggal RAT Terakhir",
        "Status NIK", "Grade", "Status"]  # fmt: skip
ACCOUNTS = ["NIK", "Tahun Buku", "Modal Sendiri", "Modal Luar", "Aset", "Volume Usaha", "SHU"]
PLACES = (("Sangir", "Lubuk Gadang"), ("Sungai Pagu", "Koto Baru"), ("Pauh Duo", "Alam Pauh Duo"))
WORDS = ("Maju", "Jaya", "Sejahtera", "Bersama", "Makmur", "Tani", "Karya", "Mandiri", "Sepakat", "Serumpun", "Usaha", "Mulya")
MEASURE = """
import json, sys, time
from pathlib import Path
how, folder = sys.argv[1:]
import pandas as pd
from kopanalysis.loaders.load import load_office
def peak():  # of this process alone: ru_maxrss would carry over what the caller held when it forked
    line = next(line for line in open("/proc/self/status", encoding="utf-8") if line.startswith("VmHWM"))
    return int(line.split()[1])
base, begun = peak(), time.perf_counter()
if how == "loader":
    office = load_office(folder, require_register=False)
    rows = int(office.sources["accepted"].sum())
else:
    rows = 0
    for path in sorted(Path(folder).iterdir()):
        if path.suffix == ".xlsx":
            frames = pd.read_excel(path, sheet_name=None, engine=how)
        else:
            frames = {"": pd.read_csv(path, sep=";")}
        rows += sum(map(len, frames.values()))
print(json.dumps({"rows": rows, "seconds": round(time.perf_counter() - begun, 2),
                  "peak_mb": peak() // 1024, "before_mb": base // 1024}))
"""


def register_rows(count: int) -> list[list[object]]:
    draw = random.Random(1)
    rows: list[list[object]] = []
    for i in range(1, count + 1):
        kecamatan, nagari = draw.choice(PLACES)
        day = f"{1 + i % 28:02d}-{1 + i % 12:02d}"
        rows.append([
            i, f"131001{i:07d}", f"KSU {' '.join(draw.sample(WORDS, 3))} {i}", f"{i}/BH/III/{1990 + i % 30}", f"{day}-{1990 + i % 30}",
            "Primer Kabupaten/Kota", "Simpan Pinjam", "Perdagangan", nagari, kecamatan, "Solok Selatan", draw.randint(5, 90),
            draw.randint(5, 90), draw.randint(0, 9), f"{1 + i % 28:02d}-03-{2015 + i % 7}", "Sudah Bersertifikat", draw.choice("ABD"),
            draw.choice(("Aktif", "Tidak Aktif")),
        ])  # fmt: skip
    return rows


def account_rows(count: int) -> list[list[object]]:
    draw = random.Random(2)

    def amount() -> str:
        return f"{draw.randint(10**6, 10**10):,}".replace(",", ".") + ",00"

    return [[f"131001{i % max(count // 10, 1) + 1:07d}", 2012 + i * 10 // count, *(amount() for _ in range(5))] for i in range(count)]


def write_csv(path: Path, head: list[str], rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([head, *rows])


def write_xlsx(path: Path, sheets: dict[str, list[list[object]]], head: list[str]) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in [head, *rows]:
            page.append(row)
    book.save(path)


def measure(how: str, folder: Path) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", MEASURE, how, str(folder)], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def cases(home: Path, registers: int, accounts: int) -> dict[str, tuple[Path, tuple[str, ...]]]:
    """Folders with one file each, and what reads it beside the loader."""
    folders = {name: home / name for name in ("register-csv", "register-xlsx", "accounts-csv", "accounts-xlsx")}
    for folder in folders.values():
        folder.mkdir()
    rows, money = register_rows(registers), account_rows(accounts)
    write_csv(folders["register-csv"] / "register 31-12-2021.csv", HEAD, rows)
    write_xlsx(folders["register-xlsx"] / "register 31-12-2021.xlsx", {"Register": rows}, HEAD)
    write_csv(folders["accounts-csv"] / "keuangan.csv", ACCOUNTS, money)
    third = len(money) // 2 + 1
    write_xlsx(folders["accounts-xlsx"] / "keuangan.xlsx", {"A": money[:third], "B": money[third:]}, ACCOUNTS)
    beside = {".csv": ("read_csv",), ".xlsx": ("openpyxl", "calamine")}
    return {name: (folder, beside[".csv" if "csv" in name else ".xlsx"]) for name, folder in folders.items()}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--full", action="store_true", help="130,000 register rows, 1.3 million account rows")
    options.add_argument("--only", default="", help="cases whose name holds this word")
    asked = options.parse_args()
    sizes = (130_000, 1_300_000) if asked.full else (5_000, 20_000)
    with tempfile.TemporaryDirectory() as home:
        for name, (folder, readers) in cases(Path(home), *sizes).items():
            if asked.only not in name:
                continue
            ours = measure("loader", folder)
            print(f"{name}: {ours['rows']} rows, loader {ours['seconds']} s, peak {ours['peak_mb']} MB", flush=True)
            for reader in readers:
                theirs = measure(reader, folder)
                ratio = ours["seconds"] / max(theirs["seconds"], 0.01)
                print(
                    f"  pandas with {reader}: {theirs['seconds']} s, peak {theirs['peak_mb']} MB; loader takes {ratio:.1f} times as long",
                    flush=True,
                )


if __name__ == "__main__":
    main()
