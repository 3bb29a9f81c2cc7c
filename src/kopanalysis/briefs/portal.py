"""The portal of a region and date: index.html and latest.json, replaced last so that a reader never sees half a run."""

from __future__ import annotations

import json
import os
from html import escape
from pathlib import Path
from typing import Any

from kopanalysis.briefs.page import MARK, asset
from kopanalysis.results import Lang, Text

HEADING = Text("Laporan koperasi", "Cooperative briefs")
LEAD = Text(
    "Mulailah dari halaman satu laporan; setiap angka dapat diketuk sampai ke asalnya.",
    "Begin with page one of a brief; every number can be followed to its origin.",
)
FORMATS = {
    "html": Text("baca di sini", "read here"),
    "pdf": Text("PDF untuk dicetak", "PDF to print"),
    "docx": Text("Word untuk disunting", "Word to edit"),
}
MORE = Text("Data di balik laporan", "The data behind the briefs")
FILES = {
    "tables.xlsx": Text("semua tabel", "all tables"),
    "watchlist.xlsx": Text("daftar pantau dengan kolom isian kunjungan", "watch-list with columns for the visit"),
    "numbers.json": Text("daftar angka", "number registry"),
    "load.json": Text("apa yang dibaca dan disisihkan", "what was read and set aside"),
    "run.json": Text("keterangan proses", "about this run"),
}
FAILED = Text("Belum berhasil pada proses terakhir; ini versi sebelumnya.", "Failed in the latest run; this is the version before it.")
LANGUAGE_NAMES = {"id": "Bahasa Indonesia", "en": "English"}


def write_portal(home: Path, run_folder: Path) -> Path:
    """Point readers of a region and date to a finished run.

    A brief that failed in this run keeps its version of the run before.

    Parameters
    ----------
    home : pathlib.Path
        ``reports/<region>/<as_of>``.
    run_folder : pathlib.Path
        The finished run below ``home``.

    Returns
    -------
    pathlib.Path
        ``index.html``.
    """
    run = json.loads((run_folder / "run.json").read_text(encoding="utf-8"))
    before = _latest(home)
    shown = {name: run["run"] for name in run["briefs"] if name not in run["failures"]}
    for name, old in before.get("briefs", {}).items():
        if name not in shown and (home / "runs" / old).is_dir():
            shown[name] = old
    latest = {"run": run["run"], "region": run["region"], "as_of": run["as_of"], "briefs": shown, "failures": run["failures"]}
    _replace(home / "index.html", _page(home, run, shown))
    _replace(home / "latest.json", json.dumps(latest, ensure_ascii=False, indent=1) + "\n")
    return home / "index.html"


def _latest(home: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((home / "latest.json").read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError):
        return {}


def _replace(path: Path, text: str) -> None:
    """Write beside the file and move it into place in one step."""
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    draft.write_text(text, encoding="utf-8", newline="\n")
    os.replace(draft, path)


def _page(home: Path, run: dict[str, Any], shown: dict[str, str]) -> str:
    mark = f'<p class="mark" role="note">{MARK.id} · <span lang="en">{MARK.en}</span></p>' if run["demonstration"] else ""
    sections = "\n".join(_brief(home, name, key, run) for name, key in shown.items())
    here = f"runs/{run['run']}"
    files = "".join(
        f'<li><a href="{here}/{name}">{name}</a>: {words.id} <span class="quiet" lang="en">/ {words.en}</span></li>'
        for name, words in FILES.items()
        if (home / here / name).exists()
    )
    return f"""<!DOCTYPE html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{HEADING.id} {escape(run["region"])}, {escape(run["as_of"])}</title>
<style>
{asset("brief.css")}{asset("portal.css")}</style>
</head>
<body>
{mark}
<main id="isi">
<h1>{HEADING.id} <span class="quiet" lang="en">/ {HEADING.en}</span></h1>
<p class="lead">{LEAD.id}</p>
<p class="note" lang="en">{LEAD.en}</p>
{sections}
<h2>{MORE.id} <span class="quiet" lang="en">/ {MORE.en}</span></h2>
<ul>{files}</ul>
<p class="note">{escape(run["region"])} · {escape(run["as_of"])} · {escape(run["run"])}</p>
</main>
</body>
</html>
"""


def _brief(home: Path, name: str, key: str, run: dict[str, Any]) -> str:
    about = json.loads((home / "runs" / key / "run.json").read_text(encoding="utf-8"))
    titles = about["briefs"][name]
    cards = "".join(_language(home, name, key, lang, titles[f"title_{lang}"]) for lang in about["languages"])
    stale = f'<p class="note">{FAILED.id} <span lang="en">/ {FAILED.en}</span></p>' if name in run["failures"] else ""
    return f'<section class="brief"><h2>{escape(titles["title_id"])}</h2>{stale}<div class="editions">{cards}</div></section>'


def _language(home: Path, name: str, key: str, lang: Lang, title: str) -> str:
    items = "".join(
        f'<li><a href="runs/{key}/{name}.{lang}.{ending}">{words.get(lang)}</a></li>'
        for ending, words in FORMATS.items()
        if (home / "runs" / key / f"{name}.{lang}.{ending}").exists()
    )
    return f'<div lang="{lang}"><h3>{LANGUAGE_NAMES[lang]}</h3><p>{escape(title)}</p><ul>{items}</ul></div>'
