"""Machines of offices: a cp1252 console, names that Windows reserves, outputs that can't be written, encodings always said."""

import os
import subprocess
import sys

import pytest

from .office_files import coop, write_register, write_xlsx


def check(*words, **environment):
    command = [sys.executable, "-m", "kopanalysis.cli", "check", *map(str, words)]
    quiet = {name: value for name, value in os.environ.items() if name != "PYTHONWARNDEFAULTENCODING"}  # other packages warn too
    return subprocess.run(command, capture_output=True, env={**quiet, **environment}, check=False)


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "data"
    home.mkdir()
    write_register(home, [coop(1), coop(2, **{"Status": "сирота→", "Nama Koperasi": "KSP Ünïcode → 合作社"})])
    return home


def test_a_cp1252_console_gets_every_line(folder, tmp_path):
    write_xlsx(folder / "合作社.xlsx", ("лист", [["x", "y"], ["→", 1]]))
    done = check(folder, "--out", tmp_path / "out", PYTHONIOENCODING="cp1252")
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode("cp1252")
    assert "2 accepted" in text
    assert "1 x category_unknown" in text
    assert sorted(path.name for path in (tmp_path / "out" / "return").iterdir()) == ["register per 31-12-2021.xlsx", "合作社.xlsx"]


def test_every_file_is_opened_with_its_encoding(folder, tmp_path):
    """Libraries open some of their own without; ours never."""
    done = check(folder, "--out", tmp_path / "out", PYTHONWARNDEFAULTENCODING="1", PYTHONWARNINGS="always::EncodingWarning")
    warned = [line for line in done.stderr.decode().splitlines() if "EncodingWarning" in line]
    assert done.returncode == 0
    assert not [line for line in warned if "kopanalysis" in line.replace(str(tmp_path), "")]


def test_reserved_names_are_read_and_returned_under_another(folder, tmp_path):
    for name in ("con.csv", "AUX.csv", "lpt1.csv", "nul.csv"):
        (folder / name).write_text("a;b\n1;2\n", encoding="utf-8")
    assert check(folder, "--out", tmp_path / "out").returncode == 0
    made = {path.name for path in (tmp_path / "out" / "return").iterdir()}
    assert {"_con.csv.xlsx", "_AUX.csv.xlsx", "_lpt1.csv.xlsx", "_nul.csv.xlsx"} <= made


def test_an_output_that_is_held_by_another_program_is_said_in_one_line(folder, tmp_path):
    out = tmp_path / "out"
    (out / "return" / "register per 31-12-2021.xlsx").mkdir(parents=True)
    done = check(folder, "--out", out)
    assert done.returncode == 2
    said = done.stderr.decode().strip()
    assert "Close the program that has it open" in said
    assert "\n" not in said
    assert (out / "load.json").is_file()


def test_folders_inside_are_not_read_and_that_is_said(folder, tmp_path):
    inner = folder / "2019"
    inner.mkdir()
    write_register(inner, [coop(9)])
    done = check(folder, "--out", tmp_path / "out")
    assert b"folder 2019 is not read (1 spreadsheets)" in done.stdout
    assert b"2 accepted" in done.stdout
