"""The Word document that pandoc takes its styles from: A4, house styles, the mark above and the page number below."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from html import escape

from kopanalysis.briefs.page import asset
from kopanalysis.results import Lang, Text

PAGE, OF = Text("Halaman", "Page"), Text("dari", "of")
LOCALES = {"id": "id-ID", "en": "en-GB"}
OLDEST = datetime(1980, 1, 1, tzinfo=UTC)  # the earliest moment that a zip archive can hold
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def reference_document(lang: Lang, office_name: str, mark: str) -> bytes:
    """Word document for ``pandoc --reference-doc``; parts that it lacks pandoc takes from its own.

    Parameters
    ----------
    lang : {"id", "en"}
    office_name : str
        Printed in the footer.
    mark : str
        Printed in the header of every page; may be empty.

    Returns
    -------
    bytes
    """
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relationships(("officeDocument", "word/document.xml")),
        "word/_rels/document.xml.rels": _relationships(("styles", "styles.xml"), ("header", "header1.xml"), ("footer", "footer1.xml")),
        "word/document.xml": _document(),
        "word/styles.xml": asset("styles.xml").replace("LOCALE", LOCALES[lang]),
        "word/header1.xml": _header(mark),
        "word/footer1.xml": _footer(lang, office_name),
    }
    return pack({name: text.encode() for name, text in parts.items()})


def finish(document: bytes, title: str, lang: Lang, stamp: datetime = OLDEST) -> bytes:
    """Give a Word document its title, language and date, and make its bytes depend on nothing else.

    Parameters
    ----------
    document : bytes
        As pandoc wrote it.
    title : str
    lang : {"id", "en"}
    stamp : datetime.datetime
        Date in the properties; the default is the oldest that the format can hold.

    Returns
    -------
    bytes
    """
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["docProps/core.xml"] = _core(title, LOCALES[lang], f"{stamp:{MOMENT}}").encode()
    return pack(parts)


def pack(parts: dict[str, bytes]) -> bytes:
    """Zip archive whose bytes depend on its parts alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, OLDEST.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def _content_types() -> str:
    overrides = {"document": "document.main", "styles": "styles", "header1": "header", "footer1": "footer"}
    lines = "".join(f'<Override PartName="/word/{part}.xml" ContentType="{WORD}.{kind}+xml"/>' for part, kind in overrides.items())
    return (
        f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        f'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>{lines}</Types>'
    )


def _relationships(*targets: tuple[str, str]) -> str:
    lines = "".join(f'<Relationship Id="rId{i}" Type="{OFFICE}/{kind}" Target="{path}"/>' for i, (kind, path) in enumerate(targets, 101))
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def _document() -> str:
    return (
        f'{XML}<w:document {W} {R}><w:body><w:p/><w:sectPr><w:headerReference w:type="default" r:id="rId102"/>'
        '<w:footerReference w:type="default" r:id="rId103"/><w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1474" w:right="1191" w:bottom="1304" w:left="1191" w:header="680" w:footer="624" w:gutter="0"/>'
        "</w:sectPr></w:body></w:document>"
    )


def _header(mark: str) -> str:
    return f'{XML}<w:hdr {W}><w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr>{_run(mark) if mark else ""}</w:p></w:hdr>'


def _footer(lang: Lang, office_name: str) -> str:
    return (
        f'{XML}<w:ftr {W}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>{_run(office_name)}<w:r><w:tab/></w:r>{_run(PAGE.get(lang) + " ")}'
        f"{_field('PAGE')}{_run(f' {OF.get(lang)} ')}{_field('NUMPAGES')}</w:p></w:ftr>"
    )


def _run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _field(name: str) -> str:
    return f'<w:fldSimple w:instr=" {name} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def _core(title: str, locale: str, moment: str) -> str:
    dates = "".join(f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{moment}</dcterms:{name}>' for name in ("created", "modified"))
    return (
        f'{XML}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>kopanalysis</dc:creator><dc:language>{locale}</dc:language>{dates}</cp:coreProperties>"
    )
