"""Workbooks that go out beside the briefs: which table each is made from, and what makes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

# Table of a brief to the workbook made from it, and the function ``write(record, path)`` that makes it.
ATTACHMENTS = {
    "lottery_list": ("undian.xlsx", "kopanalysis.briefs.lottery_book.write_lottery"),
    "watchlist": ("watchlist.xlsx", "kopanalysis.briefs.watchlist_book.write_watchlist"),
    "herd_form": ("formulir-audit-ternak.xlsx", "kopanalysis.briefs.herd_form.write_herd_form"),
}


def write_attachments(tables: Iterable[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Write the workbook of each table that has one and isn't empty.

    Parameters
    ----------
    tables : iterable of mapping
        Records of a run's tables: ``name, columns, data``.
    folder : pathlib.Path
        The run's folder.

    Returns
    -------
    list of pathlib.Path
    """
    made = []
    for table in tables:
        if table["name"] in ATTACHMENTS and table["data"]:
            file, writer = ATTACHMENTS[table["name"]]
            module, _, function = writer.rpartition(".")
            made.append(getattr(import_module(module), function)(dict(table), folder / file))
    return made
