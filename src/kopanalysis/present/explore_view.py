"""The interactive desk of 00-explore: a thin shell of widgets over the panels, and the table of cooperatives that can be searched."""

from __future__ import annotations

import asyncio
import contextlib
import html
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ipywidgets
import pandas as pd
from IPython.display import display

from kopanalysis import rules
from kopanalysis.errors import DataError
from kopanalysis.present.explore import Desk, View, ahead_of_need, cooperatives, day_of, places, report_line, years
from kopanalysis.present.explore_panels import Panels, T, draw_view
from kopanalysis.present.numbers import format_day
from kopanalysis.present.sentences import say
from kopanalysis.present.shown import LANGUAGE_VARIABLE
from kopanalysis.present.tables import value_text
from kopanalysis.present.words import column_kind, word
from kopanalysis.results import Lang, Text

LABELS = {
    "kecamatan": "Kecamatan / Subdistrict", "sector": "Sektor / Sector", "rule": "Aturan / Rule", "silence": "Cara menilai diam / Silence",
    "first_year": "Dari tahun buku / From", "last_year": "Sampai tahun buku / To", "lang": "Bahasa / Language",
}  # fmt: skip
SAVE = "Simpan tampilan ini / Save this view"
EVERY, AUTOMATIC = "semua / all", "otomatis / automatic"
PAUSE, REST = 0.05, 2.0  # seconds between two steps of what is worked out ahead, and after a change of the analyst's
STYLE = """<style>
.ka { background: var(--jp-layout-color0, #fff); color: var(--jp-content-font-color1, #22282b); padding: 0 .8rem .4rem; }
.ka { line-height: 1.4; font-size: .875rem; } .ka.quiet, .ka-mark { opacity: .8; }
.ka h3 { font-size: 1.25rem; line-height: 1.3; margin: .6rem 0 .3rem; font-weight: 600; }
.ka p { margin: 0 0 .5rem; } .ka a.number { color: inherit; text-decoration: none; font-weight: 600; }
.ka figure { margin: 0 0 1rem; } .ka figcaption { font-weight: 600; margin: .4rem 0; line-height: 1.35; }
.ka img, .ka-ribbon { width: 100%; height: auto; display: block; background: #fff; } .ka-ribbon text { font-size: 12px; fill: #22282b; }
.ka-legend svg { vertical-align: -2px; } .ka-mark { float: right; font-size: .8125rem; letter-spacing: .04em; }
.ka .table-figure { overflow-x: auto; } .ka table { border-collapse: collapse; width: 100%; font-size: .8125rem; }
.ka th { text-align: left; vertical-align: bottom; border-bottom: 1.5px solid currentColor; padding: .25rem .5rem; font-weight: 600; }
.ka td { vertical-align: top; border-bottom: 1px solid var(--jp-border-color2, #d9dee1); padding: .25rem .5rem; }
.ka td:first-child:not(.num) { min-width: 9rem; } .ka table a.number { font-weight: inherit; }
.ka td strong { background: #dff0ef; color: #22282b; padding: 0 .3em; }
.ka td.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } .ka th.num { text-align: right; }
.widget-output .dt-container, .widget-output .dt-container :is(input, select, .dt-paging-button) {
  background: var(--jp-layout-color0, #fff) !important; color: var(--jp-content-font-color1, #22282b) !important; }
.ka-note { border-left: 4px solid #0b6e6e; padding: .5rem .8rem; font-size: 1rem; }
</style>"""
SEARCH = {
    "search": "Cari / Search:", "lengthMenu": "_MENU_ baris / rows", "info": "_START_–_END_ dari / of _TOTAL_", "infoEmpty": "0",
    "infoFiltered": "(semua / all: _MAX_)", "zeroRecords": "Tidak ada yang cocok / Nothing matches", "emptyTable": "Kosong / Empty",
}  # fmt: skip
TABLE: dict[str, Any] = {
    "connected": False, "language": SEARCH, "classes": "display compact nowrap", "scrollX": True, "maxBytes": 0, "showIndex": False,
}  # fmt: skip


@dataclass(frozen=True)
class Explorer:
    """The desk as JupyterLab shows it.

    Attributes
    ----------
    controls : dict of str to ipywidgets.Widget
        By the fields of :class:`kopanalysis.present.explore.View`, and ``lang, save, line``.
    pages : dict of str to ipywidgets.Widget
        By the fields of :class:`kopanalysis.present.explore_panels.Panels`, and ``table, remark``.
    box : ipywidgets.VBox
    """

    controls: dict[str, Any]
    pages: dict[str, Any]
    box: Any

    @property
    def view(self) -> View:
        """What is chosen now."""
        chosen = {name: self.controls[name].value for name in View.__dataclass_fields__}
        return View(**chosen | {"first_year": chosen["first_year"] or None})

    def _ipython_display_(self) -> None:
        display(self.box)  # type: ignore[no-untyped-call]


def explore(desk: Desk, view: View | None = None) -> Explorer:
    """Widgets over a desk: every change redraws, and what the next change may need is worked out while the screen waits.

    Parameters
    ----------
    desk : Desk
        From :func:`kopanalysis.present.explore.open_desk`.
    view : View, optional
        Where to begin.

    Returns
    -------
    Explorer
        Shown by JupyterLab as it stands; :func:`kopanalysis.present.explore_view.load_tables` must have been called in a cell before.
    """
    controls = _controls(desk, view or View())
    pages: dict[str, Any] = {name: ipywidgets.HTML() for name in (*Panels.__dataclass_fields__, "remark")}
    pages["table"] = ipywidgets.Output()
    explorer = Explorer(controls, pages, _laid_out(controls, pages))

    changed = [0.0]

    def redraw(_: object = None) -> None:
        controls["line"].layout.display = "none"  # it was for the view before
        _show(desk, explorer)
        changed[0] = time.monotonic()

    for name in (*View.__dataclass_fields__, "lang"):
        controls[name].observe(redraw, names="value")
    controls["save"].on_click(lambda _: _save(desk, explorer))
    _show(desk, explorer)
    _work_ahead(ahead_of_need(desk), changed)
    return explorer


def _controls(desk: Desk, view: View) -> dict[str, Any]:
    begins = [(AUTOMATIC, 0), *((str(year), year) for year in sorted(set(desk.panel["book_year"].astype(int))))]
    ends = [(_year_label(desk, year), year) for year in years(desk)]
    options: dict[str, list[tuple[str, Any]]] = {
        **{column: [(EVERY, ""), *((name, name) for name in places(desk, column))] for column in ("kecamatan", "sector")},
        "rule": [(_both(rule.label), name) for name, rule in rules.inactivity_rules().items()],
        "silence": [(_both(coding.label), name) for name, coding in rules.silence_codings().items()],
        "first_year": begins,
        "last_year": ends,
    }
    style, wide = {"description_width": "11.5rem"}, ipywidgets.Layout(width="auto")
    begin = vars(view) | {"first_year": view.first_year or 0, "last_year": view.last_year or years(desk)[-1]}
    controls: dict[str, Any] = {
        name: ipywidgets.Dropdown(options=choices, value=begin[name], description=LABELS[name], style=style, layout=wide)
        for name, choices in options.items()
    }
    lang = "en" if os.environ.get(LANGUAGE_VARIABLE) == "en" else "id"
    languages = [("Bahasa Indonesia", "id"), ("English", "en")]
    controls["lang"] = ipywidgets.ToggleButtons(
        options=languages, value=lang, description=LABELS["lang"], style=style, layout=ipywidgets.Layout(display="flex")
    )
    controls["save"] = ipywidgets.Button(description=SAVE, icon="save", layout=ipywidgets.Layout(width="auto", margin="2px 2px 2px 1rem"))
    controls["line"] = ipywidgets.Textarea(rows=2, layout=ipywidgets.Layout(width="99%", display="none"))  # until there is one
    return controls


def _year_label(desk: Desk, year: int) -> str:
    return f"{year} · per {format_day(day_of(desk, year), 'id')}"


def _both(label: Text) -> str:
    return f"{label.id} / {label.en}"


def _laid_out(controls: dict[str, Any], pages: dict[str, Any]) -> Any:
    """Choices above, then the headline, then two columns that become one on a narrow screen."""
    choices = ipywidgets.GridBox([controls[name] for name in View.__dataclass_fields__], layout=_columns("24rem"))
    right = ipywidgets.VBox([pages["definitions"], pages["survival"]])
    kept = ipywidgets.HBox([controls["lang"], controls["save"]], layout=ipywidgets.Layout(flex_flow="row wrap", align_items="flex-end"))
    return ipywidgets.VBox(
        [ipywidgets.HTML(STYLE), choices, kept, controls["line"], pages["remark"], pages["note"], pages["headline"],
         ipywidgets.GridBox([right, pages["ribbon"]], layout=_columns("29rem")), pages["watchlist"], pages["table"]]
    )  # fmt: skip


def _columns(least: str) -> Any:
    """As many columns as have room, none narrower than ``least`` unless the screen is."""
    across = f"repeat(auto-fit, minmax(min({least}, 100%), 1fr))"
    return ipywidgets.Layout(grid_template_columns=across, grid_gap="0 1rem", align_items="flex-start")


def _show(desk: Desk, explorer: Explorer) -> None:
    """Put a view's panels and table where they belong; an empty panel takes no room."""
    lang: Lang = explorer.controls["lang"].value
    panels = draw_view(desk, explorer.view, lang)
    for name in Panels.__dataclass_fields__:
        content, page = getattr(panels, name), explorer.pages[name]
        css = "ka ka-note" if name == "note" else "ka"
        page.value = f'<div class="{css}">{content}</div>' if content else ""
        page.layout.display = None if content else "none"
    explorer.pages["remark"].value = _warning(lang)
    with explorer.pages["table"]:
        _replace_table(desk, explorer.view, lang, shown=not panels.note)


def _warning(lang: Lang, *before: str) -> str:
    told = [html.escape(say(f"{T}{key}").text(lang)) for key in (*before, "warning")]
    return f'<div class="ka quiet">{" ".join(told)}</div>'


def _save(desk: Desk, explorer: Explorer) -> None:
    """Write the line that makes the briefs of this view, and say what a brief can't take over from it."""
    view = explorer.view
    explorer.controls["line"].value = report_line(desk, view)
    explorer.controls["line"].layout.display = None
    narrowed = view.kecamatan or view.sector or view.first_year is not None
    explorer.pages["remark"].value = _warning(explorer.controls["lang"].value, "saved_whole" if narrowed else "saved")


def load_tables() -> None:
    """Put the code of the searchable table into the notebook itself, so that nothing is asked of the network."""
    from itables import init_notebook_mode

    init_notebook_mode(all_interactive=False, connected=False)


def _replace_table(desk: Desk, view: View, lang: Lang, shown: bool) -> None:
    from IPython.display import clear_output
    from itables import show

    clear_output(wait=shown)  # type: ignore[no-untyped-call]  # to wait keeps the page from jumping, and clears only when something follows
    if shown:
        table = table_of(desk, view, lang)
        words = [place for place, kind in enumerate(table.dtypes) if kind != "Int64"]
        show(table, columnDefs=[{"targets": words, "className": "dt-left"}], **TABLE)


def table_of(desk: Desk, view: View, lang: Lang) -> pd.DataFrame:
    """The chosen cooperatives as a frame with headings and words of one language; empty in the public edition."""
    data = cooperatives(desk, view).data
    kept = {name: data[name].astype("Int64") for name in data if column_kind(str(name)) == "count"}  # so that they sort as numbers
    said = {name: [value_text(value, column_kind(str(name)), lang) for value in data[name]] for name in data if name not in kept}
    shown = pd.DataFrame({name: (kept | said)[name] for name in data})
    return shown.rename(columns={name: word("column", str(name)).get(lang) for name in data})


def _work_ahead(steps: Iterator[Callable[[], object]], changed: list[float]) -> None:
    """Take a step whenever the kernel has nothing else to do; without a running loop there is nobody who waits.

    ``changed`` holds the moment of the analyst's last change: who is choosing isn't disturbed.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return

    def take() -> None:
        resting = changed[0] + REST - time.monotonic()
        if resting > 0:
            loop.call_later(resting, take)
            return
        step = next(steps, None)
        if step is not None:
            with contextlib.suppress(DataError):
                step()
            loop.call_later(PAUSE, take)

    loop.call_later(PAUSE, take)
