"""The decree annex (lampiran SK): the waves drawn by lot, in Word on the office's letterhead, with all it takes to draw them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from kopanalysis.briefs.export import to_docx
from kopanalysis.briefs.kop import Letterhead, signature
from kopanalysis.briefs.page import Masthead
from kopanalysis.impact.waves import in_blocks
from kopanalysis.lineage import Call
from kopanalysis.loaders.words import harmless
from kopanalysis.present.numbers import format_day
from kopanalysis.present.words import word

FILE, TABLE = "lampiran-undian.docx", "lottery_list"
TITLE = "Lampiran: urutan pelatihan bertahap menurut undian"
BLANK = "." * 40
HEAD = (
    "<p><strong>LAMPIRAN KEPUTUSAN KEPALA DINAS</strong><br>NOMOR: {blank}<br>TANGGAL: {blank}<br>"
    "TENTANG: PENETAPAN URUTAN PESERTA PELATIHAN BERTAHAP MELALUI UNDIAN</p>"
)
TRIAL = (
    "<p><strong>UNDIAN PERCOBAAN.</strong> Benih undian belum ditetapkan di muka umum. Lampiran ini hanya memperlihatkan bentuknya "
    "dan belum boleh ditetapkan.</p>"
)
RULES = (
    "Daftar dan sidik jarinya diumumkan sebelum benih undian diketahui. Sesudah itu tidak ada koperasi yang ditambah, dikeluarkan, atau "
    "dipindahkan.",
    "Gelombang pertama dilatih lebih dulu. Koperasi pada gelombang berikutnya menunggu giliran dan menjadi pembanding; selama menunggu "
    "mereka tidak menerima pelatihan yang sama.",
    "Koperasi yang berhalangan tetap dihitung pada gelombang hasil undian. Tempat yang kosong boleh diisi menurut nomor urut, dengan "
    "berita acara, tanpa mengubah gelombang siapa pun dalam perhitungan.",
    "Siapa pun dapat mengulang undian ini dengan daftar, strata, dan benih di atas; hasilnya harus sama.",
)
# By function of the chain: its argument to the parameter of the notebook.
SETTINGS = {
    "draw_waves": {"seed": "draw_seed", "places": "places", "waves": "waves", "strata": "strata"},
    "eligible": {name: name for name in ("sectors", "statuses", "trained_before", "village")},
    "classify": {name: name for name in ("rule", "silence")},
}


def write_decree(
    tables: Iterable[Mapping[str, Any]],
    folder: Path,
    letterhead: Letterhead | None = None,
    office_name: str = "",
    demonstration: bool = False,
) -> Path | None:
    """Write the annex of a run's lottery; none where the run drew nothing or may not name cooperatives.

    Parameters
    ----------
    tables : iterable of mapping
        Records of a run's tables; the one named ``lottery_list`` counts.
    folder : pathlib.Path
        The run's folder.
    letterhead : Letterhead, optional
    office_name : str
        Printed at the foot of every page.
    demonstration : bool
        Marks every page.

    Returns
    -------
    pathlib.Path or None
    """
    record = next((table for table in tables if table["name"] == TABLE and table["data"]), None)
    if record is None:
        return None
    stamp = _stamp(record)
    masthead = Masthead("lampiran-undian", TITLE, "id", office_name, demonstration, ("id",), stamp, letterhead)
    path = folder / FILE
    path.write_bytes(to_docx(decree_html(record, letterhead), {}, masthead))
    return path


def decree_html(record: Mapping[str, Any], letterhead: Letterhead | None = None) -> str:
    """The annex as a fragment of HTML.

    Parameters
    ----------
    record : mapping
        Record of the table ``lottery_list``: ``columns, data, call``.
    letterhead : Letterhead, optional
        Its signatory signs; without one there are blanks.

    Returns
    -------
    str
    """
    data = pd.DataFrame(record["data"], columns=record["columns"])
    first = data.iloc[0]
    trial = TRIAL if not first["seed"] else ""
    waves = "".join(_wave(int(str(wave)), lines) for wave, lines in data.groupby("wave", sort=True))
    rules = "".join(f"<li>{escape(rule)}</li>" for rule in RULES)
    signed = signature(letterhead, "id") or f"<p>Ditetapkan di {BLANK}<br>Kepala Dinas,</p><p>{BLANK}<br>NIP {BLANK}</p>"
    witnesses = f"<p>Saksi undian:<br>1. {BLANK} (Inspektorat)<br>2. {BLANK} (wakil koperasi)</p>"
    head = f"{HEAD.format(blank=BLANK)}{trial}<h2>Dasar undian</h2>{_facts(data, record)}"
    return f"{head}<h2>Ketentuan</h2><ol>{rules}</ol>{waves}{signed}{witnesses}"


def redraw_command(record: Mapping[str, Any]) -> str:
    """The command that draws the same list again from the same files."""
    call, parts, region = Call.from_dict(record["call"]), [], ""
    for step in call.chain() if call else ():
        region = str(step.arguments.get("region") or region)
        for argument, name in SETTINGS.get(step.function.rpartition(".")[2], {}).items():
            value = step.arguments.get(argument)
            text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            if text:
                parts.append(f"--set {name}={text}" if " " not in text else f'--set "{name}={text}"')
    day = str(record["data"][0][list(record["columns"]).index("list_day")])
    return f"kopanalysis report DATA_KANTOR --only 50-next-round{f' --region {region}' if region else ''} --as-of {day} {' '.join(parts)}"


def _facts(data: pd.DataFrame, record: Mapping[str, Any]) -> str:
    first = data.iloc[0]
    facts = {
        "list_day": format_day(date.fromisoformat(str(first["list_day"])), "id"),
        "eligible": str(len(data)),
        "strata": str(first["strata"]),
        "list_hash": in_blocks(str(first["list_hash"])),
        "seed": str(first["seed"]) if first["seed"] else "belum ditetapkan",
        "seed_source": str(first["seed_source"] or BLANK),
        "redraw": redraw_command(record),
    }
    rows = "".join(
        f"<tr><td>{escape(word('draw_fact', name).id)}</td><td>{escape(str(harmless(value)))}</td></tr>" for name, value in facts.items()
    )
    return _table(("Keterangan", "Isi"), rows)


def _wave(wave: int, lines: pd.DataFrame) -> str:
    shown = ("order", "name", "nik", "kecamatan", "nagari")
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(str(harmless('' if line[name] is None else line[name])))}</td>" for name in shown) + "</tr>"
        for line in lines.to_dict("records")
    )
    return f"<h2>Gelombang {wave}: {len(lines)} koperasi</h2>" + _table(("No.", "Nama koperasi", "NIK", "Kecamatan", "Nagari"), rows)


def _table(heads: tuple[str, ...], rows: str) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _stamp(record: Mapping[str, Any]) -> datetime:
    """The day of the list: the same list gives the same file."""
    day = str(record["data"][0][list(record["columns"]).index("list_day")])
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
