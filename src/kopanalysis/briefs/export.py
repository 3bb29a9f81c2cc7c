"""An edition as Word document and as tagged A4 PDF, through pandoc and Typst."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bs4 import BeautifulSoup

from kopanalysis.briefs.kop import REGARDING
from kopanalysis.briefs.letterhead import LOCALES, OF, PAGE, finish, reference_document
from kopanalysis.briefs.page import Masthead, asset
from kopanalysis.briefs.portable import portable
from kopanalysis.errors import PublishError

READER = "html-auto_identifiers"  # headings get no ids: they would clash with ours and differ between formats
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
Pictures = Mapping[str, Mapping[str, str]]


def to_docx(body: str, pictures: Pictures, masthead: Masthead) -> bytes:
    """Word document of an edition: real tables, alt text, numbers that link to the trail.

    Parameters
    ----------
    body : str
        HTML of an edition.
    pictures : mapping
        Figure name to ``{"svg", "png"}`` in the edition's language.
    masthead : Masthead

    Returns
    -------
    bytes

    Raises
    ------
    PublishError
        When pandoc refuses the document.
    """
    with tempfile.TemporaryDirectory() as name:
        return _word(BeautifulSoup(body, "html.parser"), pictures, masthead, Path(name), "word.lua")


def to_documents(body: BeautifulSoup, pictures: Pictures, masthead: Masthead) -> dict[str, bytes]:
    """Word document and PDF of an edition, which pandoc reads once for both: to read it takes longer than to write either.

    The PDF is A4, tagged (PDF/UA-1 and PDF/A-2a), with the fonts that come with the package.

    Parameters
    ----------
    body : bs4.BeautifulSoup
        Edition with trail and provenance; not changed.
    pictures, masthead
        As in :func:`to_docx`.

    Returns
    -------
    dict
        ``pdf`` and ``docx``.

    Raises
    ------
    PublishError
        When pandoc or Typst refuses the document, for instance for a picture without alt text.
    """
    with tempfile.TemporaryDirectory() as name:
        word = _word(body, pictures, masthead, Path(name), "typst.lua", "word.lua")
        return {"pdf": _pdf(masthead, Path(name)), "docx": word}


def _word(body: BeautifulSoup, pictures: Pictures, masthead: Masthead, folder: Path, *filters: str) -> bytes:
    html, files = portable(body, pictures)
    files |= {name: asset(name).encode() for name in filters}
    files["reference.docx"] = reference_document(masthead.lang, masthead.office_name, masthead.mark, masthead.letterhead)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    through = [f"--lua-filter={name}" for name in filters]
    language = f"--metadata=lang:{LOCALES[masthead.lang]}"
    _pandoc(html, folder, *through, "--to=docx", "--reference-doc=reference.docx", language, "--output=brief.docx")
    return finish((folder / "brief.docx").read_bytes(), masthead.title, masthead.lang, masthead.stamp)


def _pdf(masthead: Masthead, folder: Path) -> bytes:
    """Set the text that typst.lua left in the folder."""
    import font_source_sans_pro
    import typst

    inputs = {
        "title": masthead.title, "office": masthead.office_name, "mark": masthead.mark, "lang": masthead.lang,
        "page": PAGE.get(masthead.lang), "of": OF.get(masthead.lang), "letterhead": json.dumps(_kop_lines(masthead)),
    }  # fmt: skip
    if masthead.letterhead and masthead.letterhead.logo:
        (folder / "logo.png").write_bytes(masthead.letterhead.logo)
    (folder / "brief.typ").write_text(asset("brief.typ"), encoding="utf-8")
    main = folder / "main.typ"
    main.write_text(f'#import "brief.typ": *\n#show: brief\n{(folder / "text.typ").read_text(encoding="utf-8")}', encoding="utf-8")
    fonts = [font_source_sans_pro.font_directory]
    try:
        pdf = typst.compile(
            main, root=folder, font_paths=fonts, ignore_system_fonts=True, pdf_standards=["ua-1", "a-2a"], sys_inputs=inputs,
            timestamp=int(masthead.stamp.timestamp()),
        )  # fmt: skip
    except typst.TypstError as error:
        complaint = str(error).splitlines()[0]
        raise PublishError(f"Typst refuses the brief: {complaint}", where=f"{masthead.brief}.{masthead.lang}.pdf") from error
    return bytes(pdf)


def _kop_lines(masthead: Masthead) -> dict[str, str]:
    head = masthead.letterhead
    if head is None:
        return {}
    number = f"{REGARDING.get(masthead.lang)}: {head.number}" if head.number else ""
    lines = {name: getattr(head, name) for name in ("government", "office", "address", "contact")}
    return {**lines, "number": number, "logo": "logo.png" if head.logo else ""}


def bundled_pandoc() -> Path:
    """The pandoc that came with the package: another one on the machine may know neither Typst nor our filter."""
    import pypandoc

    name = "pandoc.exe" if os.name == "nt" else "pandoc"
    bundled = Path(pypandoc.__file__).parent / "files" / name
    return bundled if bundled.exists() else Path(pypandoc.get_pandoc_path())


def _pandoc(html: str, folder: Path, *options: str) -> str:
    command = [str(bundled_pandoc()), f"--from={READER}", *options]
    words = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, input=html.encode(), capture_output=True, cwd=folder, check=False, creationflags=NO_WINDOW, env=words)
    if done.returncode < 0:  # by a signal, such as the system's when memory runs out
        raise PublishError("pandoc was ended from outside", mend="Run again.")
    complaint = done.stderr.decode(errors="replace").strip()
    if done.returncode or complaint:
        raise PublishError(f"pandoc refuses the brief: {complaint[:300] or f'exit code {done.returncode}'}")
    return done.stdout.decode()
