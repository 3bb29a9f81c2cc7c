"""Small office workbooks for the tests of this folder."""

import csv
import zipfile

import openpyxl

REGISTER = [
    "No",
    "NIK",
    "Nama Koperasi",
    "Nomor Badan Hukum",
    "Nagari",
    "Kecamatan",
    "Kabupaten",
    "Anggota Pria",
    "Anggota Wanita",
    "Status",
]


def coop(number, name="KSP Contoh", **changes):
    """One good register row, with changes by heading."""
    row = dict(
        zip(
            REGISTER,
            [
                number,
                f"1310010{number:06}",
                f"{name} {number}",
                f"{number}/BH/III/2005",
                "Abai",
                "Sangir Batang Hari",
                "Solok Selatan",
                20,
                30,
                "Aktif",
            ],
            strict=True,
        )
    )
    return [{**row, **changes}[heading] for heading in REGISTER]


def write_xlsx(path, *sheets, merged=()):
    """Write sheets given as (title, rows); ``merged`` ranges go into the first."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    for area in merged:
        book.worksheets[0].merge_cells(area)
    book.save(path)
    return path


def write_csv(path, rows, delimiter=";", encoding="utf-8"):
    with path.open("w", encoding=encoding, newline="") as lines:
        csv.writer(lines, delimiter=delimiter).writerows(rows)
    return path


def write_register(folder, rows, name="register per 31-12-2021.xlsx", title="Register"):
    return write_xlsx(folder / name, (title, [REGISTER, *rows]))


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGES = "http://schemas.openxmlformats.org/package/2006"


def _relation(kind, target):
    link = f'<Relationship Id="r1" Type="{KINDS}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{PACKAGES}/relationships">{link}</Relationships>'


def raw_xlsx(path, sheet_xml):
    """Write a minimal .xlsx around the XML of its one sheet."""
    types = f'<Types xmlns="{PACKAGES}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
    sheets = '<sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets>'
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{KINDS}">{sheets}</workbook>',
        "xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{sheet_xml}</worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path
