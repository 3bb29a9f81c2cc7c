"""The Word document that pandoc takes its styles from: A4, house styles, the mark above and the page number below."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from datetime import UTC, datetime
from html import escape

from kopanalysis.briefs.kop import REGARDING, Letterhead
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
PICTURE = "http://schemas.openxmlformats.org/drawingml/2006/picture"
DRAWING = (
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    f'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:pic="{PICTURE}"'
)
SIDE, MIDDLE = 1500, 6524  # twips: the text width of A4 in three cells
EMU = 36000  # Word's unit of drawing, in a millimetre
LOGO_HEIGHT_MM, LOGO_WIDTH_MM = 22.0, 24.0
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def reference_document(lang: Lang, office_name: str, mark: str, letterhead: Letterhead | None = None) -> bytes:
    """Word document for ``pandoc --reference-doc``; parts that it lacks pandoc takes from its own.

    Parameters
    ----------
    lang : {"id", "en"}
    office_name : str
        Printed in the footer.
    mark : str
        Printed in the header of every page; may be empty.
    letterhead : Letterhead, optional
        Printed in the header of the first page.

    Returns
    -------
    bytes
    """
    named = [("styles", "styles.xml"), ("header", "header1.xml"), ("footer", "footer1.xml")]
    parts = {
        "[Content_Types].xml": _content_types(letterhead is not None),
        "_rels/.rels": _relationships(("officeDocument", "word/document.xml")),
        "word/_rels/document.xml.rels": _relationships(*named, *([("header", "header2.xml")] if letterhead else [])),
        "word/document.xml": _document(letterhead is not None),
        "word/styles.xml": asset("styles.xml").replace("LOCALE", LOCALES[lang]),
        "word/header1.xml": _header(mark),
        "word/footer1.xml": _footer(lang, office_name),
    }
    if letterhead:
        parts["word/header2.xml"] = _first_header(mark, letterhead, lang)
        parts["word/_rels/header2.xml.rels"] = _relationships(*([("image", "media/kop.png")] if letterhead.logo else []))
    files = {name: text.encode() for name, text in parts.items()}
    return pack(files | ({"word/media/kop.png": letterhead.logo} if letterhead and letterhead.logo else {}))


def finish(document: bytes, title: str, lang: Lang, stamp: datetime = OLDEST) -> bytes:
    """Give a Word document its title, language and date; keep its rows whole, its numbers locked, and its bytes the same each time.

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
    parts["word/document.xml"] = _locked_numbers(_whole_rows(parts["word/document.xml"]))
    parts["docProps/core.xml"] = _core(title, LOCALES[lang], f"{stamp:{MOMENT}}").encode()
    return pack(parts)


def _whole_rows(document: bytes) -> bytes:
    """No row parted between pages: not every program reads it in the style of the table."""
    return re.sub(rb"<w:tr>(?:<w:trPr>(.*?)</w:trPr>)?", rb"<w:tr><w:trPr><w:cantSplit/>\1</w:trPr>", document)


def _locked_numbers(document: bytes) -> bytes:
    """Who edits the text may take a number out, sentence and all, but not type another in its place."""
    control = (
        rb'<w:sdt><w:sdtPr><w:alias w:val="\1"/><w:tag w:val="\1"/><w:lock w:val="contentLocked"/></w:sdtPr>'
        rb"<w:sdtContent>\g<0></w:sdtContent></w:sdt>"
    )
    return re.sub(rb'<w:hyperlink w:anchor="(N-\d+)">.*?</w:hyperlink>', control, document, flags=re.DOTALL)


def pack(parts: dict[str, bytes]) -> bytes:
    """Zip archive whose bytes depend on its parts alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, OLDEST.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def _content_types(first_header: bool) -> str:
    overrides = {"document": "document.main", "styles": "styles", "header1": "header", "footer1": "footer"}
    overrides |= {"header2": "header"} if first_header else {}
    lines = "".join(f'<Override PartName="/word/{part}.xml" ContentType="{WORD}.{kind}+xml"/>' for part, kind in overrides.items())
    return (
        f'{XML}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        f'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="png" ContentType="image/png"/>{lines}</Types>'
    )


def _relationships(*targets: tuple[str, str]) -> str:
    lines = "".join(f'<Relationship Id="rId{i}" Type="{OFFICE}/{kind}" Target="{path}"/>' for i, (kind, path) in enumerate(targets, 101))
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def _document(first_header: bool) -> str:
    first = '<w:headerReference w:type="first" r:id="rId104"/><w:footerReference w:type="first" r:id="rId103"/>' if first_header else ""
    return (
        f'{XML}<w:document {W} {R}><w:body><w:p/><w:sectPr><w:headerReference w:type="default" r:id="rId102"/>'
        f'<w:footerReference w:type="default" r:id="rId103"/>{first}<w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1474" w:right="1191" w:bottom="1304" w:left="1191" w:header="680" w:footer="624" w:gutter="0"/>'
        f"{'<w:titlePg/>' if first_header else ''}</w:sectPr></w:body></w:document>"
    )


def _header(mark: str) -> str:
    return f'{XML}<w:hdr {W}><w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr>{_run(mark) if mark else ""}</w:p></w:hdr>'


def _first_header(mark: str, letterhead: Letterhead, lang: Lang) -> str:
    lines = [("KopGovernment", letterhead.government), ("KopOffice", letterhead.office)]
    lines += [("KopAddress", line) for line in (letterhead.address, letterhead.contact)]
    text = "".join(_paragraph(style, _run(line)) for style, line in lines if line) or "<w:p/>"
    table = _beside(_logo(letterhead), text) if letterhead.logo else text
    number = _paragraph("KopNumber", _run(f"{REGARDING.get(lang)}: {letterhead.number}")) if letterhead.number else ""
    return (
        f"{XML}<w:hdr {W} {R} {DRAWING}>{_paragraph('Header', _run(mark)) + _paragraph('TableGap', '') if mark else ''}{table}"
        f"{_paragraph('KopRule', '')}{number}</w:hdr>"
    )


def _paragraph(style: str, content: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{content}</w:p>'


def _beside(logo: str, text: str) -> str:
    """A table of three cells without lines: the logo, the words in the middle of the page, and as much room again."""

    def cell(twips: int, content: str) -> str:
        return f'<w:tc><w:tcPr><w:tcW w:w="{twips}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>{content}</w:tc>'

    none = "".join(f'<w:{side} w:val="nil"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in (SIDE, MIDDLE, SIDE))
    cells = cell(SIDE, f"<w:p>{logo}</w:p>") + cell(MIDDLE, text) + cell(SIDE, "<w:p/>")
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{MIDDLE + 2 * SIDE}" w:type="dxa"/><w:tblBorders>{none}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid><w:tr>{cells}</w:tr></w:tbl>"
    )


def _logo(letterhead: Letterhead) -> str:
    width, height = logo_size(letterhead.logo, LOGO_HEIGHT_MM, LOGO_WIDTH_MM)
    extent = f'cx="{round(width * EMU)}" cy="{round(height * EMU)}"'
    name = f'id="1" name="logo" descr="Logo {escape(letterhead.office)}"'
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {extent}/><wp:docPr {name}/>'
        f'<a:graphic><a:graphicData uri="{PICTURE}"><pic:pic><pic:nvPicPr><pic:cNvPr {name}/><pic:cNvPicPr/></pic:nvPicPr>'
        '<pic:blipFill><a:blip r:embed="rId101"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {extent}/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>'
        "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def logo_size(png: bytes, height: float, width: float) -> tuple[float, float]:
    """Width and height at which a PNG fits into a box, in the box's units."""
    across, down = struct.unpack(">II", png[16:24])
    scale = min(height / down, width / across)
    return across * scale, down * scale


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
