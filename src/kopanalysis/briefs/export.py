"""An edition as Word document and as tagged A4 PDF, through pandoc and Typst."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from kopanalysis.briefs.kop import REGARDING
from kopanalysis.briefs.letterhead import LOCALES, OF, PAGE, finish, reference_document
from kopanalysis.briefs.page import Masthead, asset
from kopanalysis.briefs.portable import Ending, portable
from kopanalysis.errors import PublishError

READER = "html-auto_identifiers"  # headings get no ids: they would clash with ours and differ between formats
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
Pictures = Mapping[str, Mapping[str, str]]


def to_docx(body: str, pictures: Pictures, masthead: Masthead) -> bytes:
    """Word document of an edition: real tables, alt text, numbers that link to the trail.

    Parameters
    ----------
    body : str
        Edition with trail and provenance.
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
        folder = Path(name)
        html = _lay_out(body, pictures, "png", folder)
        (folder / "reference.docx").write_bytes(reference_document(masthead.lang, masthead.office_name, masthead.mark, masthead.letterhead))
        language = f"--metadata=lang:{LOCALES[masthead.lang]}"
        _pandoc(html, folder, "--to=docx", "--reference-doc=reference.docx", language, "--output=brief.docx")
        return finish((folder / "brief.docx").read_bytes(), masthead.title, masthead.lang, masthead.stamp)


def to_pdf(body: str, pictures: Pictures, masthead: Masthead) -> bytes:
    """PDF of an edition: A4, tagged (PDF/UA-1 and PDF/A-2a), with the fonts that come with the package.

    Parameters
    ----------
    body, pictures, masthead
        As in :func:`to_docx`.

    Returns
    -------
    bytes

    Raises
    ------
    PublishError
        When pandoc or Typst refuses the document, for instance for a picture without alt text.
    """
    import font_source_sans_pro
    import typst

    inputs = {
        "title": masthead.title, "office": masthead.office_name, "mark": masthead.mark, "lang": masthead.lang,
        "page": PAGE.get(masthead.lang), "of": OF.get(masthead.lang), "letterhead": json.dumps(_kop_lines(masthead)),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = _pandoc(_lay_out(body, pictures, "svg", folder), folder, "--to=typst-smart", "--wrap=none")
        if masthead.letterhead and masthead.letterhead.logo:
            (folder / "logo.png").write_bytes(masthead.letterhead.logo)
        (folder / "brief.typ").write_text(asset("brief.typ"), encoding="utf-8")
        main = folder / "main.typ"
        main.write_text(f'#import "brief.typ": *\n#show: brief\n{text}', encoding="utf-8")
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


def _lay_out(body: str, pictures: Pictures, ending: Ending, folder: Path) -> str:
    html, files = portable(body, pictures, ending)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "portable.lua").write_text(asset("portable.lua"), encoding="utf-8")
    return html


def bundled_pandoc() -> Path:
    """The pandoc that came with the package: another one on the machine may know neither Typst nor our filter."""
    import pypandoc

    name = "pandoc.exe" if os.name == "nt" else "pandoc"
    bundled = Path(pypandoc.__file__).parent / "files" / name
    return bundled if bundled.exists() else Path(pypandoc.get_pandoc_path())


def _pandoc(html: str, folder: Path, *options: str) -> str:
    command = [str(bundled_pandoc()), f"--from={READER}", "--lua-filter=portable.lua", *options]
    words = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, input=html.encode(), capture_output=True, cwd=folder, check=False, creationflags=NO_WINDOW, env=words)
    if done.returncode < 0:  # by a signal, such as the system's when memory runs out
        raise PublishError("pandoc was ended from outside", mend="Run again.")
    complaint = done.stderr.decode(errors="replace").strip()
    if done.returncode or complaint:
        raise PublishError(f"pandoc refuses the brief: {complaint[:300] or f'exit code {done.returncode}'}")
    return done.stdout.decode()
