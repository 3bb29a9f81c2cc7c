"""Parameters are checked before anything runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import kopanalysis as ka
from kopanalysis.briefs.manifest import briefs, pick_briefs, read_parameters, read_settings


def notebook(folder: Path, source: str) -> Path:
    path = folder / "x.ipynb"
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": source, "outputs": [], "execution_count": None}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


def test_parameters_have_name_type_default_and_help(tmp_path: Path) -> None:
    first, second = read_parameters(notebook(tmp_path, 'region: str = "13.11"  # code of the district\nyears: int = 3  # how many'))
    assert (first.name, first.type, first.default, first.help) == ("region", "str", "13.11", "code of the district")
    assert second.default == 3


def test_an_untyped_parameter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ka.CallError, match="without a type"):
        read_parameters(notebook(tmp_path, "years = 3"))


def test_settings_are_cast_and_unknown_ones_answered() -> None:
    chosen = list(briefs().values())
    assert read_settings(["rule=no_rat_2y"], chosen) == {"rule": "no_rat_2y"}
    with pytest.raises(ka.CallError, match="Did you mean region"):
        read_settings(["regoin=13.11"], chosen)
    with pytest.raises(ka.CallError, match="no value"):
        read_settings(["region"], chosen)


def test_types_are_checked(tmp_path: Path) -> None:
    from kopanalysis.briefs.manifest import Parameter, cast

    assert cast(Parameter("a", "bool", False, ""), "ya") is True
    assert cast(Parameter("a", "float", 1.0, ""), "0.5") == 0.5
    for kind, text in (("int", "seven"), ("bool", "maybe"), ("float", "a")):
        with pytest.raises(ka.CallError):
            cast(Parameter("a", kind, None, ""), text)


def test_an_unknown_brief_is_answered_with_the_nearest() -> None:
    with pytest.raises(ka.CallError, match="20-why-inactive"):
        pick_briefs(briefs(), "20-why-inactiv")
