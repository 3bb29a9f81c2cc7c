"""Shared pieces: small offices written by hand as CSV files, and the demonstration office read once."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import kopanalysis as ka
from kopanalysis.resources import resource
from kopanalysis.results import EDITION_VARIABLE

MakeOffice = Callable[..., Any]


@pytest.fixture(autouse=True)
def _internal_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(EDITION_VARIABLE, raising=False)


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows under the union of their headings, as a clerk would save them."""
    headings = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, headings, restval="")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def make_office(tmp_path: Path) -> MakeOffice:
    """Write the tables as CSV files under Indonesian headings and load the folder: ``make_office(register=[...], rat=[...])``."""

    def make(**tables: Sequence[dict[str, Any]]) -> Any:
        for name, rows in tables.items():
            write_rows(tmp_path / f"{name}.csv", rows)
        return ka.load_office(tmp_path)

    return make


@pytest.fixture(scope="session")
def demo_office() -> Any:
    """Read the demonstration office once."""
    return ka.load_office(resource("data", "demo"))


@pytest.fixture(scope="session")
def demo_panel(demo_office: Any) -> Any:
    """What was known on the day of the headline."""
    return ka.build_panel(demo_office, as_of="2022-08-25", region="13.11")


@pytest.fixture(scope="session")
def full_panel(demo_office: Any) -> Any:
    """Everything that is known."""
    return ka.build_panel(demo_office, region="13.11")
