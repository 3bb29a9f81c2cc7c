"""The writable copy of the notebooks: opened on the office's folder, never overwritten, in the language of the office."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path

import pytest

import kopanalysis as ka
from kopanalysis.briefs import lab
from kopanalysis.briefs.manifest import read_parameters
from kopanalysis.resources import resource


def default(folder: Path, notebook: str = "20-why-inactive") -> object:
    return next(parameter.default for parameter in read_parameters(folder / f"{notebook}.ipynb") if parameter.name == "data_dir")


def test_all_notebooks_are_copied_and_open_the_folder(tmp_path: Path) -> None:
    office = tmp_path / 'Kantor "Dinas" \\ data'
    assert lab.copy_notebooks(tmp_path / "lab", office) == ()
    for path in resource("notebooks").glob("*.ipynb"):
        assert default(tmp_path / "lab", path.stem) == str(office)
    assert lab.copy_notebooks(tmp_path / "lab", None) == ()
    assert default(tmp_path / "lab") == ""


def test_what_was_changed_is_kept_and_the_rest_is_renewed(tmp_path: Path) -> None:
    lab.copy_notebooks(tmp_path)
    changed, own = tmp_path / "20-why-inactive.ipynb", tmp_path / "own.ipynb"
    changed.write_text(changed.read_text(encoding="utf-8") + " ", encoding="utf-8")
    own.write_text("{}", encoding="utf-8")
    before = changed.read_bytes()
    assert lab.copy_notebooks(tmp_path, Path("elsewhere")) == ("20-why-inactive.ipynb",)
    assert changed.read_bytes() == before
    assert own.read_text(encoding="utf-8") == "{}"
    assert default(tmp_path, "10-data-quality") == "elsewhere"


def test_a_notebook_that_was_there_first_is_kept(tmp_path: Path) -> None:
    (tmp_path / "20-why-inactive.ipynb").write_text("{}", encoding="utf-8")
    assert lab.copy_notebooks(tmp_path) == ("20-why-inactive.ipynb",)


def test_copies_can_be_written_even_where_ours_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "x.ipynb").write_text("{}", encoding="utf-8")
    (ours / "x.ipynb").chmod(0o444)
    monkeypatch.setattr(lab, "resource", lambda *_: ours)
    lab.copy_notebooks(tmp_path / "lab")
    assert os.stat(tmp_path / "lab" / "x.ipynb").st_mode & 0o200


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ka.CallError, match="can't be written"):
        lab.copy_notebooks(tmp_path / "file")


def test_jupyterlab_speaks_indonesian_where_its_pack_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def defaults(environment: dict[str, str]) -> dict[str, dict[str, object]]:
        found: dict[str, dict[str, object]] = {}
        for folder in environment["JUPYTER_CONFIG_PATH"].split(os.pathsep):
            path = Path(folder, "labconfig", "default_setting_overrides.json")
            found |= json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return found

    assert defaults(lab.lab_environment({}))["@jupyterlab/translation-extension:plugin"] == {"locale": "id_ID"}
    given = lab.lab_environment({"JUPYTER_CONFIG_PATH": "mine"})["JUPYTER_CONFIG_PATH"]
    assert given.split(os.pathsep)[0] == "mine"
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    without = defaults(lab.lab_environment({}))
    assert "@jupyterlab/translation-extension:plugin" not in without
    assert without["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
