"""Policy parameters: flat and nested, marked and sourced; an office's own rules.toml changes them, says so, and can be taken away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kopanalysis as ka
from kopanalysis import rules
from kopanalysis.errors import RuleError
from kopanalysis.resources import resource


@pytest.fixture(autouse=True)
def _standard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    yield
    rules.use_office_rules(tmp_path_factory.mktemp("none"))


def write(folder: Path, text: str) -> Path:
    (folder / "rules.toml").write_text(text, encoding="utf-8")
    return folder


def test_every_parameter_has_a_mark_and_a_source() -> None:
    rows = rules.rules_in_force()
    assert {row["file"] for row in rows} >= {"health.toml", "finance.toml", "herd.toml", "inactivity.toml", "events.toml"}
    for row in rows:
        assert row["source"], row["name"]
        assert row["mark"] in (*rules.MARKS, ""), row["name"]
        assert row["overridden"] is False
    marked = {row["name"]: row["mark"] for row in rows}
    assert marked["scheme_2021.weight.governance"] == "secondary"
    assert marked["scheme_2021.weight.capital"] == "unverified"


def test_a_parameter_by_path() -> None:
    found = rules.parameter("health", "scheme_2021.ratio.problem_loans")
    assert (found.value, found.mark, found.in_force_from) == ([5, 10, 15], "secondary", "2021-01-01")
    with pytest.raises(RuleError, match="problem_loans"):
        rules.parameter("health", "scheme_2021.ratio.problem_loan")


def test_an_office_changes_a_rule_and_it_counts(tmp_path: Path, demo_panel: Any) -> None:
    before = ka.definitions_table(demo_panel, "2022-08-25")
    done = rules.use_office_rules(write(tmp_path, '[inactivity.rule.no_rat_3y]\nyears = 2\nsource = "SK"\n'))
    after = ka.definitions_table(demo_panel, "2022-08-25")
    name = "inactive.count.no_rat_3y.legal"
    assert after.number(name).value == before.number("inactive.count.no_rat_2y.legal").value != before.number(name).value
    assert [(one.name, one.field, one.was, one.value, one.source) for one in done] == [("rule.no_rat_3y", "years", 3, 2, "SK")]
    assert rules.inactivity_rule("no_rat_3y").source == "SK"
    changed = [row for row in rules.rules_in_force() if row["overridden"]]
    assert [(row["name"], row["value"], row["mark"]) for row in changed] == [("rule.no_rat_3y", 2, "office")]


def test_a_folder_without_one_brings_the_standard_back(tmp_path: Path) -> None:
    rules.use_office_rules(write(tmp_path, '[health.scheme_2021.points]\nvalue = 20.0\nsource = "SK"\n'))
    assert rules.parameter("health", "scheme_2021.points").value == 20.0
    (tmp_path / "rules.toml").unlink()
    assert rules.use_office_rules(tmp_path) == ()
    assert rules.parameter("health", "scheme_2021.points").value == 25.0


@pytest.mark.parametrize(
    ("text", "said"),
    [('[inactivity.rule.no_rat_3y]\nyears = 2\n', "no source"),
     ('[inactivity.rule.no_rat_3]\nyears = 2\nsource = "SK"\n', "no_rat_3y"),
     ('[inactivity.rule.no_rat_3y]\nyear = 2\nsource = "SK"\n', "nothing called 'year'"),
     ('[inactivity.rule.no_rat_3y]\nlabel_en = "mine"\nsource = "SK"\n', "nothing called 'label_en'"),
     ('[inactivity.rule.no_rat_3y]\nyears = "two"\nsource = "SK"\n', "another kind"),
     ("years = [", "can't be read")],
)  # fmt: skip
def test_what_cannot_be_changed_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        rules.use_office_rules(write(tmp_path, text))


def test_a_study_reads_them_and_says_so(tmp_path: Path) -> None:
    for path in (resource("data", "demo") / "Register Koperasi 2022-2024.xlsx",):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    write(tmp_path, '[inactivity.rule.no_rat_3y]\nyears = 2\nsource = "SK"\n')
    study = ka.open_study(str(tmp_path))
    assert [change.name for change in study.replaced] == ["rule.no_rat_3y"]
    assert rules.inactivity_rule("no_rat_3y").years == 2


def test_hashes_name_every_file_and_the_offices_own(tmp_path: Path) -> None:
    standard = rules.rules_hash()
    assert set(standard) == {path.name for path in resource("data", "rules").glob("*.toml")}
    assert set(rules.rules_hash(write(tmp_path, ""))) - set(standard) == {"office/rules.toml"}
