"""Colours and comments on the cells of a return workbook, in Bahasa Indonesia."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

AUTHOR = "kopanalysis"
ROW, CULPRIT, CELL, WARNING = "FCE4D6", "F4A582", "FFD966", "FFF9DB"  # row set aside and its cause, cell set aside, odd
COLOURS = frozenset({ROW, CULPRIT, CELL, WARNING})


def mark_findings(target: Any, titles: Mapping[str, str], sources: pd.DataFrame, aside: pd.DataFrame, warnings: pd.DataFrame) -> None:
    """Colour and comment every row and cell that was set aside, and every odd one.

    Parameters
    ----------
    target : openpyxl.Workbook
        Changed in place.
    titles : mapping of str to str
        Sheet of the input to sheet of the workbook.
    sources, aside, warnings : pandas.DataFrame
        Lines of one input.
    """
    columns = {source["source_id"]: source["columns"] for source in sources.to_dict("records")}
    notes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for lines, warned in ((warnings, True), (aside, False)):
        for item in lines.to_dict("records"):
            letters = {name: letter for letter, name in columns[item["source_id"]].items()}
            page = target[titles[item["sheet"]]]
            if item["scope"] == "row":
                for letter in letters.values():
                    _paint(page, f"{letter}{item['row']}", ROW)
            cell = cell_of(item, letters)
            _paint(page, cell, WARNING if warned else CULPRIT if item["scope"] == "row" else CELL)
            notes[page.title, cell].append(("Periksa: " if warned else "") + item["reason_id"])
    for (title, cell), texts in notes.items():
        _comment(target[title], cell, "\n".join(dict.fromkeys(texts)))


def cell_of(item: Mapping[Any, Any], letters: Mapping[str, str]) -> str:
    """Cell that a finding is about; where the sheet lacks its column, the first one that was read."""
    letter = letters.get(item["field"]) or min(letters.values(), key=lambda text: (len(text), text), default="A")
    return f"{letter}{item['row']}"


def _paint(page: Any, cell: str, colour: str) -> None:
    from openpyxl.styles import PatternFill

    _top(page, cell).fill = PatternFill("solid", fgColor=colour)


def _comment(page: Any, cell: str, text: str) -> None:
    from openpyxl.comments import Comment

    _top(page, cell).comment = Comment(text, AUTHOR, height=40 + 18 * (len(text) // 40 + 1), width=320)


def _top(page: Any, cell: str) -> Any:
    """The cell itself, or the one that shows for all of a merged range."""
    found = page[cell]
    if not hasattr(found, "_comment"):
        for span in page.merged_cells.ranges:
            if cell in span:
                return page.cell(span.min_row, span.min_col)
    return found


def unmark(page: Any) -> None:
    """Take colours and comments of an earlier return off a sheet."""
    from openpyxl.styles import PatternFill

    for row in page.iter_rows():
        for cell in row:
            if cell.comment is not None and cell.comment.author == AUTHOR:
                cell.comment = None
            if cell.has_style and cell.fill.fill_type == "solid" and str(cell.fill.fgColor.rgb)[-6:] in COLOURS:
                cell.fill = PatternFill()
