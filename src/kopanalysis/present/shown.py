"""What a notebook cell shows: the same thing in both languages, with the numbers, tables and pictures that it registers."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from bs4 import BeautifulSoup

from kopanalysis.lineage import Rows
from kopanalysis.results import LANGUAGES, Lang, Number, Table, Text, edition

RECORD = "application/vnd.kopanalysis.record+json"
FRAGMENT = {lang: f"application/vnd.kopanalysis.{lang}+html" for lang in LANGUAGES}
LANGUAGE_VARIABLE = "KOPANALYSIS_LANG"
DRAWN = re.compile(r'(<img data-figure="[^"]*" )src="data:image/svg\+xml;base64,[^"]*" ?')


@dataclass(frozen=True)
class Picture:
    """One figure in one language, as SVG text; publishing makes the PNG of it."""

    svg: str


@dataclass(frozen=True)
class Figure:
    """A figure drawn in both languages."""

    name: str
    pictures: tuple[tuple[Lang, Picture], ...]

    def picture(self, lang: Lang) -> Picture:
        """The picture in one language."""
        return dict(self.pictures)[lang]


@dataclass(frozen=True)
class Shown:
    """A piece of a brief. JupyterLab shows one language of it; a brief takes either.

    Attributes
    ----------
    html : Text
        The fragment in both languages.
    numbers, tables, figures : tuple
        What it registers.
    """

    html: Text
    numbers: tuple[Number, ...] = ()
    tables: tuple[tuple[Table, Text], ...] = ()
    figures: tuple[Figure, ...] = ()

    def text(self, lang: Lang) -> str:
        """The words without their markup."""
        return " ".join(BeautifulSoup(self.html.get(lang), "html.parser").get_text(" ").split())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002  # Jupyter's signature
        lang: Lang = "en" if os.environ.get(LANGUAGE_VARIABLE) == "en" else "id"
        return {
            "text/plain": self.text(lang),
            "text/html": self.html.get(lang),
            **{FRAGMENT[lang]: DRAWN.sub(r"\1", self.html.get(lang)) for lang in LANGUAGES},  # pictures are in the record already
            RECORD: {
                "numbers": [number_record(number) for number in self.numbers],
                "tables": [table_record(table) for table, _ in self.tables],
                "figures": [figure_record(figure) for figure in self.figures],
            },
        }


def together(*pieces: Shown, wrap: str = "{}") -> Shown:
    """Several pieces as one, in order; ``wrap`` puts markup around them."""
    html = Text(*(wrap.format("\n".join(piece.html.get(lang) for piece in pieces)) for lang in LANGUAGES))
    return Shown(
        html,
        tuple(number for piece in pieces for number in piece.numbers),
        tuple(table for piece in pieces for table in piece.tables),
        tuple(figure for piece in pieces for figure in piece.figures),
    )


def inside(piece: Shown, before: str, after: str) -> Shown:
    """A piece within markup that is the same in both languages."""
    return replace(piece, html=Text(*(f"{before}{piece.html.get(lang)}{after}" for lang in LANGUAGES)))


def unprinted(table: Table, caption: Text) -> Shown:
    """A table that goes out as CSV and in tables.xlsx, and takes no place on the page."""
    return Shown(Text("", ""), tables=((table, caption),))


def number_record(number: Number) -> dict[str, Any]:
    """A number as plain JSON, with both texts."""
    fields = ("name", "unit", "level", "rule", "silence", "method", "grade", "suppressed")
    record: dict[str, Any] = {name: getattr(number, name) for name in fields}
    record |= {name: _plain(getattr(number, name)) for name in ("value", "low", "high", "n")}
    record["call"] = number.call.as_dict() if number.call else None
    record["rows"] = _rows(number.rows)
    record["text_id"], record["text_en"] = number.text("id"), number.text("en")
    return record


def table_record(table: Table) -> dict[str, Any]:
    """A table as plain JSON, with its headings in both languages."""
    from kopanalysis.present.words import word

    columns = [str(name) for name in table.data.columns]
    return {
        "name": table.name,
        "columns": columns,
        "labels_id": [word("column", name).id for name in columns],
        "labels_en": [word("column", name).en for name in columns],
        "data": [[_plain(cell) for cell in row] for row in table.data.itertuples(index=False)],
        "call": table.call.as_dict() if table.call else None,
        "rows": _rows(table.rows),
    }


def figure_record(figure: Figure) -> dict[str, Any]:
    """A figure as plain JSON: SVG text by language."""
    record: dict[str, Any] = {"name": figure.name}
    for lang, picture in figure.pictures:
        record[lang] = {"svg": picture.svg}
    return record


def _rows(rows: Rows) -> dict[str, str]:
    """Source rows; none for the public, who could count them, and take those of one number from those of another."""
    return {} if edition() == "public" else rows.as_dict()


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value


def unique_numbers(numbers: Sequence[Number]) -> tuple[Number, ...]:
    """Each name once, in order."""
    return tuple({number.name: number for number in numbers}.values())
