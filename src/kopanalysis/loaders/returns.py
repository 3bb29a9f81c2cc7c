"""Return workbooks: each input handed back to its clerk in its own layout, with what is wrong marked where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kopanalysis.errors import CallError
from kopanalysis.loaders.marks import mark_findings, unmark
from kopanalysis.loaders.origin import ORIGIN_SHEET, Origin, origin_rows, read_origin
from kopanalysis.loaders.pause import no_cycle_search
from kopanalysis.loaders.summary import SUMMARY, Facts, write_summary
from kopanalysis.loaders.words import harmless, heading_key, hide_person_ids, text_of
from kopanalysis.loaders.workbook import Sheet, Workbook, read_workbook
from kopanalysis.loaders.xlsx import file_name, sheet_title, storable, to_bytes

if TYPE_CHECKING:
    import pandas as pd

    from kopanalysis.loaders.load import Office

MOST_COPIED = 40 * 2**20  # bytes of an .xlsx: a larger one comes back as values, without its layout
FOLDER = "return"


def write_returns(office: Office, folder: str | Path) -> list[Path]:
    """Write one return workbook for every input that could be read.

    An .xlsx comes back as a marked copy in the clerk's layout, formulas replaced by their stored results; .xls, .ods and .csv as their
    values at the same cells, merges kept. Columns about persons come back empty: what is not read is not copied either.
    Inputs that a mended return stands for get none, nor do files of a folder of several districts that hold other districts' rows.

    Parameters
    ----------
    office : Office
        As :func:`kopanalysis.loaders.load.load_office` gives it; its folder is read again.
    folder : str or pathlib.Path
        Made where it isn't there; files of the same names are replaced. Equal inputs give equal bytes.

    Returns
    -------
    list of pathlib.Path

    Raises
    ------
    CallError
        When a file can't be written, or an input has changed since the office was loaded.
    """
    home = Path(folder)
    made: list[Path] = []
    taken: set[str] = set()
    for file, sources in office.sources.groupby("file", sort=True):
        unread = sources["error"].isin(("file_unreadable", "file_locked", "file_too_large")).any()
        if unread or _is_superseded(sources) or file in office.shared:
            continue
        with no_cycle_search():
            content = build_return(office, str(file))
        path = home / file_name(str(file), taken)
        try:
            home.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise CallError(
                f"{path.name} can't be written: {error.strerror}",
                str(home),
                "Close the program that has it open, or choose another folder.",
            ) from error
        made.append(path)
    return made


def _is_superseded(sources: pd.DataFrame) -> bool:
    kinds = ({item["kind"] for item in rows} for rows in sources["structural"])
    return any("superseded" in found for found in kinds) and not sources["accepted"].any()


def build_return(office: Office, file: str) -> bytes:
    """Make the return workbook of one input.

    Raises
    ------
    CallError
        When the input has changed since the office was loaded.
    """
    path = office.folder / file
    book = read_workbook(path)
    sources = office.sources[office.sources["file"] == file]
    if book.sha256 != sources["sha256"].iloc[0]:
        raise CallError(f"{file} has changed since it was read", str(path), "Run again.")
    old = read_origin(book)
    inputs = [sheet for sheet in book.sheets if not (old and sheet.name in (ORIGIN_SHEET, old.summary))]
    copy = _layout_copy(path, book, old) if path.suffix.lower() == ".xlsx" and path.stat().st_size < MOST_COPIED else None
    kept = copy is not None
    target = copy if copy is not None else _values_copy(inputs)
    titles = dict(zip([sheet.name for sheet in inputs], target.sheetnames, strict=True))
    _clean(target, titles, sources)
    lists = {name: getattr(office, name)[lambda f: f["file"] == file] for name in ("set_aside", "warnings", "questions", "links")}
    mark_findings(target, titles, sources, lists["set_aside"], lists["warnings"])
    summary = sheet_title(SUMMARY, set(target.sheetnames))
    asked = write_summary(target.create_sheet(summary, 0), Facts(file, kept, old is not None, titles, sources, **lists))
    target.active = 0
    for page in target.worksheets:
        page.sheet_view.tabSelected = page.title == summary
    _write_origin(target, _origin(file, book, old, summary), old, titles, sources, asked)
    return to_bytes(target)


def _origin(file: str, book: Workbook, old: Origin | None, summary: str) -> Origin:
    """Of a return of a return: known under the first input's name, standing for every version before it."""
    first = Origin(file, book.sha256, summary=summary)
    return replace(first, file=old.file, ancestors=tuple(sorted(old.hashes))) if old else first


def _layout_copy(path: Path, book: Workbook, old: Origin | None) -> Any:
    """Open the clerk's workbook to be marked; None where the library can't, and then the values have to do."""
    import openpyxl

    try:
        target = openpyxl.load_workbook(path, keep_links=False)
    except Exception:  # it stumbles over files in more ways than it names
        return None
    ours = (ORIGIN_SHEET, old.summary) if old else ()
    for title in [*ours, *(page.title for page in target.chartsheets)]:
        if title in target.sheetnames:
            del target[title]
    by_name = {sheet.name: sheet for sheet in book.sheets if sheet.name not in ours}
    if target.sheetnames != list(by_name):
        return None
    for page in target.worksheets:
        if old:
            unmark(page)
        _store_results(page, by_name[page.title])
    return target


def _store_results(page: Any, sheet: Sheet) -> None:
    """Put the results that the clerk last saw in the places of formulas; a formula that has none stays as text that nobody runs.

    Saved with its formulas, openpyxl would write them without their results.
    """
    results = {line.row: line.cells for line in sheet.lines}
    for row in page.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                stored = results.get(cell.row, [])
                value = stored[cell.column - 1] if cell.column <= len(stored) else None
                formula = getattr(cell.value, "text", cell.value)
                cell.value = storable(value if value is not None else f"'{formula}")


def _values_copy(sheets: list[Sheet]) -> Any:
    """Make a workbook of the values at their cells, with merges, headings and names of the sheets as far as Excel takes them."""
    import openpyxl
    from openpyxl.utils import get_column_letter

    target = openpyxl.Workbook()
    target.remove(target.active)
    for sheet in sheets:
        page = target.create_sheet(sheet_title(sheet.name, set(target.sheetnames)))
        widths: dict[int, int] = {}
        for line in sheet.lines:
            for column, value in enumerate(line.cells, start=1):
                if value is not None:
                    cell = page.cell(line.row, column)
                    cell.value = storable(value)
                    cell.data_type = "s" if cell.data_type == "f" else cell.data_type
                    widths[column] = max(widths.get(column, 8), min(36, len(str(value)) + 2)) if len(line.cells) > 1 else 8
        for column, width in widths.items():
            page.column_dimensions[get_column_letter(column)].width = width
        for top, left, bottom, right in sheet.merged:
            page.merge_cells(start_row=top, start_column=left + 1, end_row=bottom, end_column=right + 1)
        page.sheet_state = "hidden" if sheet.hidden else "visible"
    if not sheets:
        target.create_sheet("Kosong")
    return target


def _clean(target: Any, titles: Mapping[str, str], sources: pd.DataFrame) -> None:
    """Empty the columns about persons, hide 16-digit ids, and make texts harmless that a spreadsheet would run."""
    from openpyxl.cell.cell import MergedCell

    from kopanalysis.loaders.tables import person_headings

    read = {titles[str(sheet)]: rows for sheet, rows in sources.groupby("sheet") if sheet in titles}
    for page in target.worksheets:
        known = read.get(page.title)
        recognised = known is not None and bool(known["table"].notna().any())
        private = _private_columns(known) if known is not None and recognised else {}
        for row in page.iter_rows():
            for cell in row:
                if cell.value is None or isinstance(cell, MergedCell):
                    continue
                if cell.row > private.get(cell.column, cell.row):
                    cell.value = None
                elif isinstance(cell.value, str):
                    if not recognised and len(cell.value) < 60 and heading_key(cell.value) in person_headings():
                        private.setdefault(cell.column, cell.row)
                    cell.value = harmless(hide_person_ids(cell.value)[0])
                    cell.data_type = "s"
                elif isinstance(cell.value, (int, float)) and abs(cell.value) >= 1e15:
                    cell.value = hide_person_ids(text_of(cell.value))[0]


def _private_columns(sources: pd.DataFrame) -> dict[int, int]:
    """Column number to the row of its heading, for columns about persons."""
    from openpyxl.utils import column_index_from_string

    found: dict[int, int] = {}
    for source in sources.to_dict("records"):
        for letter, name in source["columns"].items():
            if name == "person":
                found.setdefault(column_index_from_string(letter), int(source["header_row"]))
    return found


def _write_origin(
    target: Any, origin: Origin, old: Origin | None, titles: Mapping[str, str], sources: pd.DataFrame, asked: list[Any]
) -> None:
    """Write the hidden sheet; sheets go under the names they had in the very first input, and what was answered before stays answered."""
    first = dict(old.sheets) if old else {}
    page = target.create_sheet(ORIGIN_SHEET)
    page.sheet_state = "hidden"
    listed = [(first.get(sheet, sheet), title, _rows_of(sources[sources["sheet"] == sheet])) for sheet, title in titles.items()]
    questions = [(*line[:3], first.get(line[3], line[3]), *line[4:]) for line in asked]
    for row in origin_rows(origin, listed, questions, old.answers if old else ()):
        page.append([storable(harmless(cell)) for cell in row])


def _rows_of(sources: pd.DataFrame) -> str:
    """First and last row of what was read on a sheet; that the rows are all of it, the hash says."""
    counts = [f"{int(row['header_row'])}+{int(row['rows_in'])}" for row in sources.to_dict("records") if row["header_row"]]
    return " ".join(counts)
