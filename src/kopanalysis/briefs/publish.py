"""An executed notebook becomes a brief: HTML, Word, PDF, page one as a picture, with its figures, tables and number registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from bs4 import BeautifulSoup

from kopanalysis.briefs.edition import edition
from kopanalysis.briefs.export import to_documents
from kopanalysis.briefs.kop import Letterhead, signature
from kopanalysis.briefs.letterhead import OLDEST
from kopanalysis.briefs.page import Masthead, page
from kopanalysis.briefs.page_image import ENDING, page_one_image
from kopanalysis.briefs.pictures import with_pngs, write_pictures
from kopanalysis.briefs.registry import Registry, collect, write_numbers
from kopanalysis.briefs.sheets import write_table_csv, write_tables_xlsx
from kopanalysis.briefs.textcheck import check_text
from kopanalysis.briefs.trail import number_trail, provenance_table
from kopanalysis.errors import PublishError
from kopanalysis.loaders.pause import no_cycle_search
from kopanalysis.results import LANGUAGES, Lang, Text

__all__ = ["Published", "publish", "write_numbers", "write_tables_xlsx"]
AT_ONCE = 4  # languages in the making; each spends its time in a process of its own


@dataclass(frozen=True)
class Published:
    """What publishing a brief left behind.

    Attributes
    ----------
    paths : tuple of pathlib.Path
        Every file written, in order.
    entries : tuple of dict
        Number registry, as in :class:`kopanalysis.briefs.registry.Registry`.
    trace : dict
        Number id to ``{"name", "call", "rows"}``.
    tables : tuple of dict
        As the notebook's records hold them, with ``brief``.
    """

    paths: tuple[Path, ...]
    entries: tuple[dict[str, Any], ...]
    trace: dict[str, dict[str, Any]]
    tables: tuple[dict[str, Any], ...]


@no_cycle_search()
def publish(
    notebook: Mapping[str, Any],
    brief: str,
    out_dir: Path | str,
    sources: Mapping[str, Mapping[str, Any]] | pd.DataFrame,
    provenance: Sequence[tuple[Text, Text]] = (),
    demonstration: bool = False,
    office_name: str = "",
    langs: Sequence[Lang] = LANGUAGES,
    stamp: datetime = OLDEST,
    counted: int = 0,
    letterhead: Letterhead | None = None,
) -> Published:
    """Publish one executed notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Executed; not changed.
    brief : str
        Name of the brief and start of every file name.
    out_dir : path
        Gets ``<brief>.<lang>.{html,pdf,docx,page-one.png}``, ``figures/`` and ``tables/``.
    sources : mapping or pandas.DataFrame
        Source id to ``file``, ``sheet``, ``sha256``.
    provenance : sequence of (Text, Text)
        Lines of the last table: label and value in both languages.
    demonstration : bool, default False
        Mark every page as made from demonstration data.
    office_name : str
        Printed on every page.
    langs : sequence of {"id", "en"}
    stamp : datetime.datetime
        Date in the properties of PDF and Word; nothing else in the files depends on the time.
    counted : int
        How many numbers the run's earlier briefs hold; ids go on from there.
    letterhead : Letterhead, optional
        Stands above the first page; its signatory below the text.

    Returns
    -------
    Published

    Raises
    ------
    PublishError
        When the brief breaks a promise of the house; nothing is written before all texts are checked and all documents made.
    """
    registry = collect(notebook, brief, sources, counted)
    bodies = {lang: edition(notebook, lang, registry) for lang in langs}
    linked = {str(number["data-number"]) for body in bodies.values() for number in body.find_all("a", class_="number")}
    mastheads = {
        lang: Masthead(brief, _title(bodies[lang]) or brief, lang, office_name, demonstration, tuple(langs), stamp, letterhead)
        for lang in langs
    }
    for lang, body in bodies.items():
        trail = provenance_table(provenance, lang) + number_trail(registry.entries, registry.trace, linked, lang)
        _end(body, trail, letterhead, lang, set(registry.trace))
    drawn = _drawn(registry, langs)
    contents = _formats(bodies, drawn, mastheads)
    out = Path(out_dir)
    out.mkdir(parents=True, exist_ok=True)
    texts = tuple(_write(out / f"{brief}.{lang}.{ending}", content) for (lang, ending), content in contents.items())
    figures = {name: {str(lang): drawn[lang].get(name, {}) for lang in langs} for name in registry.figures}
    pictures = write_pictures(figures, brief, langs, out / "figures")
    sheets = tuple(write_table_csv(table, out / "tables") for table in registry.tables)
    return Published((*texts, *pictures, *sheets), registry.entries, registry.trace, registry.tables)


def _drawn(registry: Registry, langs: Sequence[Lang]) -> dict[Lang, dict[str, dict[str, str]]]:
    """Pictures of each language with their PNGs."""
    wanted = [{name: figure[lang] for name, figure in registry.figures.items() if lang in figure} for lang in langs]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(langs, pool.map(with_pngs, wanted), strict=True))


def _formats(
    bodies: Mapping[Lang, BeautifulSoup], drawn: Mapping[Lang, Mapping[str, Mapping[str, str]]], mastheads: Mapping[Lang, Masthead]
) -> dict[tuple[Lang, str], bytes]:
    """Make the languages side by side: most of the time is pandoc's and Typst's, which need no lock of ours."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = {lang: pool.submit(_of_one, body, drawn[lang], mastheads[lang]) for lang, body in bodies.items()}
    return {(lang, ending): content for lang, job in jobs.items() for ending, content in job.result().items()}


def _of_one(body: BeautifulSoup, pictures: Mapping[str, Mapping[str, str]], masthead: Masthead) -> dict[str, bytes]:
    documents = to_documents(body, pictures, masthead)
    return {**documents, ENDING: page_one_image(body, masthead), "html": page(body, pictures, masthead).encode()}


def _end(body: BeautifulSoup, trail: str, letterhead: Letterhead | None, lang: Lang, known: set[str]) -> None:
    """Put signature and trail below the text, which is checked with its trail: the office's own words may hold digits."""
    body.append("\n")
    text = len(body.contents)
    body.extend(list(BeautifulSoup(trail, "html.parser").contents))
    check_text(body, lang, known)
    for part in reversed(list(BeautifulSoup(signature(letterhead, lang), "html.parser").contents)):
        body.insert(text, part)


def _write(path: Path, content: bytes) -> Path:
    try:
        path.write_bytes(content)
    except PermissionError as error:
        raise PublishError(f"{path.name} can't be written", where=str(path), mend="Close the program that has it open.") from error
    return path


def _title(body: BeautifulSoup) -> str:
    heading = body.find("h1")
    return " ".join(heading.get_text("").split()) if heading else ""
