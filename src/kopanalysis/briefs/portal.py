"""The portal of a region and date: index.html and latest.json, replaced last so that a reader never sees half a run."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from kopanalysis.briefs import portal_parts as parts
from kopanalysis.briefs.changes import SAME, since_previous
from kopanalysis.briefs.page import ABOUT_DATA, MARK, SKIP, asset
from kopanalysis.briefs.portal_parts import Shelf, both
from kopanalysis.errors import CallError
from kopanalysis.loaders.regions import region as known_region
from kopanalysis.present.numbers import format_printed_day
from kopanalysis.results import Text

HEADING = Text("Laporan koperasi", "Cooperative briefs")
LEAD = Text(
    "Mulailah dari halaman satu laporan; setiap angka dapat diketuk sampai ke asalnya.",
    "Begin with page one of a brief; every number can be followed to its origin.",
)
DATA_UP_TO = Text("Data sampai", "Data up to")
RUN = Text("Nomor proses", "Run")
PUBLIC = Text(
    "Edisi publik: tanpa nama koperasi; hitungan satu sampai empat disembunyikan.",
    "Public edition: no cooperative is named; counts of one to four are hidden.",
)
# the portal loads nothing either: a page that lies in a folder of an office needs no network
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write_portal(home: Path, run_folder: Path) -> Path:
    """Point readers of a region and date to a finished run.

    A brief that failed in this run keeps its version of the run before, if that was of the same edition and kind of data.

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
    shown = {name: run["run"] for name in run["briefs"] if name not in run["failures"]}
    for name, old in _json(home / "latest.json").get("briefs", {}).items():
        about = _json(home / "runs" / old / "run.json")
        if name not in shown and about and all(about.get(key) == run.get(key) for key in SAME):
            shown[name] = old
    latest = {"run": run["run"], "region": run["region"], "as_of": run["as_of"], "briefs": shown, "failures": run["failures"]}
    _replace(home / "index.html", _page(Shelf(home, run, shown)))
    _replace(home / "latest.json", json.dumps(latest, ensure_ascii=False, indent=1) + "\n")
    return home / "index.html"


def _json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError):
        return {}


def _replace(path: Path, text: str) -> None:
    """Write beside the file and move it into place in one step."""
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    draft.write_text(text, encoding="utf-8", newline="\n")
    os.replace(draft, path)


def _page(shelf: Shelf) -> str:
    run = shelf.run
    shelf = replace(shelf, entries=shelf.read_entries())
    marked = f'<aside class="mark" aria-label="{ABOUT_DATA.id}">{MARK.id} · <span lang="en">{MARK.en}</span></aside>'
    mark = marked if run["demonstration"] else ""
    public = f'<p class="note">{both(PUBLIC)}</p>' if run.get("edition") == "public" else ""
    place, day = _place(run["region"]), Text(*(format_printed_day(run["as_of"], lang) for lang in ("id", "en")))
    up_to = f'{DATA_UP_TO.id} <time datetime="{escape(run["as_of"])}">{day.id}</time>'
    up_to += f' <span class="quiet" lang="en">/ {DATA_UP_TO.en.lower()} {day.en}</span>'
    office = f'<p class="office">{escape(run["office"])}</p>' if run.get("office") else ""
    changes = parts.changed(shelf, since_previous(shelf.folder))
    shown = (parts.lights(shelf), parts.briefs(shelf), parts.definitions(shelf), changes, parts.files(shelf))
    sections = "\n".join(section for section in shown if section)
    return f"""<!DOCTYPE html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="color-scheme" content="light dark">
<title>{HEADING.id} {escape(place)}, {day.id}</title>
<style>
{asset("brief.css")}{asset("portal.css")}</style>
</head>
<body class="portal">
<a class="skip" href="#isi">{SKIP.id}</a>
{mark}
<main id="isi" tabindex="-1">
<header>{office}
<h1>{HEADING.id} {escape(place)} <span class="quiet" lang="en">/ {HEADING.en}</span></h1>
<p class="date">{up_to}</p>
<p class="lead">{both(LEAD)}</p>{public}
</header>
{sections}
</main>
<footer><p>{escape(run["region"])} · {escape(run["as_of"])} · {RUN.id} <code>{escape(run["run"])}</code></p></footer>
</body>
</html>
"""


def _place(code: str) -> str:
    try:
        return known_region(code).name
    except CallError:
        return code
