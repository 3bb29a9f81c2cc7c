"""The codebook of the nine tables, from their declaration; ``python -m kopanalysis.loaders.codebook`` writes it into data/README.md."""

from __future__ import annotations

from pathlib import Path

from kopanalysis.errors import DataError
from kopanalysis.loaders.schema import Column, Table
from kopanalysis.loaders.tables import TABLES
from kopanalysis.resources import resource

BEGIN = "<!-- codebook of the nine tables: begin (made by python -m kopanalysis.loaders.codebook) -->"
END = "<!-- codebook of the nine tables: end -->"
HEAD = "| variable | definition | unit | source | sensitivity |\n|---|---|---|---|---|\n"
UNITS = {"idr": "rupiah, current prices", "people": "people", "heads": "heads", "points": "points"}
KINDS = {
    "nik": "text, 13 digits", "date": "date", "range": "date", "year": "year", "flag": "yes/no", "category": "category", "causes": "codes",
    "district": "name", "kecamatan": "name", "nagari": "name",
}  # fmt: skip
SENSITIVITY = {"open": "", "business": "money of one cooperative", "office": "internal remark"}
NAMING = ("nik", "name", "legal")


def codebook_markdown() -> str:
    """Markdown tables of all columns of the nine tables.

    Returns
    -------
    str
        A heading and a table ``variable | definition | unit | source | sensitivity`` for each of the nine; ends with a line break.
    """
    return "\n".join(_section(table) for table in TABLES.values())


def _section(table: Table) -> str:
    lines = "".join(f"| {' | '.join(_cells(table, column))} |\n" for column in table.columns)
    return f"### `{table.name}` ({table.label})\n\n{HEAD}{lines}"


def _cells(table: Table, column: Column) -> tuple[str, ...]:
    definition = column.definition or column.label
    if column.required:
        definition += "; required"
    if column.categories:
        definition += f" ({', '.join(dict.fromkeys(column.categories.values()))})"
    if column.low is not None and column.high is not None and column.kind != "idr":
        definition += f"; {column.low:g} to {column.high:.0f}"
    names = column.kind in NAMING or column.name == "group_name"
    sensitivity = "names a cooperative or group" if names else SENSITIVITY[column.sensitivity]
    unit = UNITS.get(column.unit) or KINDS.get(column.kind, "text")
    return tuple(_escaped(text) for text in (f"`{column.name}`", definition, unit, f"{table.label}: {column.label}", sensitivity))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def with_codebook(text: str) -> str:
    """The given page with the codebook between its two markers.

    Parameters
    ----------
    text : str
        data/README.md.

    Returns
    -------
    str

    Raises
    ------
    DataError
        When a marker is missing.
    """
    before, found, rest = text.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise DataError("data/README.md has lost the markers of the codebook", "data/README.md", f"Put back {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n\n{codebook_markdown()}\n{END}{after}"


def refresh(path: Path) -> None:
    """Write the codebook into a page between its markers."""
    path.write_text(with_codebook(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    refresh(resource("data", "README.md"))
