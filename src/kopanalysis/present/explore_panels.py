"""Panels of 00-explore: one view as HTML in one language, quick enough to follow the hand."""

from __future__ import annotations

import base64
import functools
import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from kopanalysis.errors import DataError
from kopanalysis.present import figures, figures_status
from kopanalysis.present.explore import Desk, Look, View, day_of, look
from kopanalysis.present.sentences import say
from kopanalysis.present.shown import Shown
from kopanalysis.present.tables import definitions_grid, show_table
from kopanalysis.present.words import word
from kopanalysis.results import Lang, Number, Table, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

T = "explore."
FEW = 30  # cooperatives below which the panel says how much a single one moves
NAMED = 60  # cooperatives up to which the ribbon has room for names
WIDE, TOP = 560, 22  # of the ribbon, in its own units
ROOMY, DENSE = (240, 16, 1.0), (4, 4, 0.4)  # room for names, height of a line, gap between lines
WATCHED = ("rank", "name", "kecamatan", "nagari", "of_ten", "rank_range", "signs")
BY_RULE = ("rank", "name", "kecamatan", "nagari", "signs")


@dataclass(frozen=True)
class Panels:
    """One view in one language, as HTML.

    Attributes
    ----------
    note : str
        Why there is nothing to see; empty where there is.
    headline, ribbon, definitions, survival, watchlist : str
        Empty where there is nothing to see.
    """

    note: str = ""
    headline: str = ""
    ribbon: str = ""
    definitions: str = ""
    survival: str = ""
    watchlist: str = ""


@functools.lru_cache(maxsize=256)
def draw_view(desk: Desk, view: View, lang: Lang = "id") -> Panels:
    """Draw a view, or say in one sentence why there is nothing to draw.

    Parameters
    ----------
    desk : Desk
    view : View
    lang : {"id", "en"}

    Returns
    -------
    Panels
    """
    day = day_of(desk, view.last_year)
    if view.first_year is not None and view.first_year > day.year - 1:
        return Panels(note=_paragraph(say(f"{T}years_crossed"), lang))
    try:
        found = look(desk, view)
    except DataError:
        return Panels(note=_paragraph(say(f"{T}no_register", date=day), lang))
    if found is None:
        return Panels(note=_paragraph(say(f"{T}nobody", place=place_of(view), date=day), lang))
    return Panels(
        headline=headline(desk, view, found, lang),
        ribbon=ribbon(found, lang),
        definitions=definitions_grid(found.definitions, say(f"{T}definitions_caption"), (view.rule, view.silence)).html.get(lang),
        survival=survival(desk, view, found, lang),
        watchlist=watch(found, lang),
    )


def place_of(view: View) -> Text:
    """The chosen place and sector in words."""
    parts = [f"Kecamatan {view.kecamatan}" if view.kecamatan else "", view.sector]
    chosen = ", ".join(part for part in parts if part)
    return Text(chosen, chosen) if chosen else say(f"{T}everywhere").html


def _paragraph(sentence: Shown, lang: Lang, css: str = "") -> str:
    return f'<p class="{css}">{sentence.html.get(lang)}</p>' if css else f"<p>{sentence.html.get(lang)}</p>"


def headline(desk: Desk, view: View, found: Look, lang: Lang) -> str:
    """The count with its share and range, and how much one cooperative weighs where there are few."""
    table, name = found.definitions, f"{view.rule}.{view.silence}"
    total, rate = table.number("register.total"), table.number(f"inactive.rate.{name}")
    inactive = table.number(f"inactive.count.{name}")
    mark = f'<span class="ka-mark">{word("phrase", "demonstration").get(lang)}</span>' if desk.demonstration else ""
    title = say(f"{T}headline", inactive=inactive, total=total, place=place_of(view), date=found.day).html.get(lang)
    told = [say(f"{T}reading", rule=word("rule", view.rule), silence=word("silence", view.silence))]
    if rate.suppressed or rate.value is not None:
        told.append(say(f"{T}rate", rate=rate))
    elif rate.low is not None:
        told.append(say(f"{T}bounds", rate=rate))
    else:
        told.append(say(f"{T}nobody_judged"))
    if rate.value is not None and rate.n and rate.n < FEW:
        told.append(say(f"{T}few", judged=Number("few.judged", rate.n, "cooperatives"), step=Number("few.step", 1 / rate.n, "points")))
    return f"{mark}<h3>{title}</h3><p>{' '.join(sentence.html.get(lang) for sentence in told)}</p>"


def ribbon(found: Look, lang: Lang) -> str:
    """A line a cooperative, a column a book year; its name and years appear under the pointer."""
    table = found.ribbon
    years = [str(column) for column in table.data.columns if str(column).isdigit()]
    if table.data.empty or not years:
        return _paragraph(say(f"{T}no_ribbon"), lang)
    village = table.number("ribbon.village")
    first, last = int(years[0]), int(years[-1])
    told = [say(f"{T}ribbon_title", first_year=first, last_year=last) if first < last else say(f"{T}ribbon_one", last_year=last)]
    told += [say(f"{T}ribbon_village", village=village)] if village.value else []
    caption = " ".join(sentence.html.get(lang) for sentence in told)
    return f"<figure><figcaption>{caption}</figcaption>{_legend(table.data[years], lang)}{ribbon_svg(table, lang)}</figure>"


def _legend(states: pd.DataFrame, lang: Lang) -> str:
    here = [status for status in figures.STATUS_ORDER if (states == status).to_numpy().any()]
    edge = f'stroke="{figures.GREY}"'
    keys = (
        f'<svg width="14" height="14" aria-hidden="true"><rect x="1" y="1" width="12" height="12" {_fill(status)} {edge}/></svg>'
        f" {html.escape(word('status', status).get(lang))}"
        for status in here
    )
    return f'<p class="ka-legend">{"&emsp;".join(keys)}</p>'


def ribbon_svg(table: Table, lang: Lang) -> str:
    """The ribbon as SVG; whatever a workbook wrote into a name is escaped."""
    years = [str(column) for column in table.data.columns if str(column).isdigit()]
    names = len(table.data) <= NAMED
    left, height, gap = ROOMY if names else DENSE
    cell, tall = (WIDE - left) / len(years), TOP + height * len(table.data)
    size = f'style="font-size: {min(12, cell / 3):.1f}px"'
    parts = [
        f'<svg class="ka-ribbon" viewBox="0 0 {WIDE} {tall + 4}" role="img" aria-label="{html.escape(say(f"{T}ribbon_alt").text(lang))}">',
        _patterns(),
        *(f'<text x="{left + cell * (i + 0.5):.0f}" y="14" text-anchor="middle" {size}>{year}</text>' for i, year in enumerate(years)),
    ]
    for row, (name, place, *states) in enumerate(table.data[["name", "kecamatan", *years]].itertuples(index=False)):
        top = TOP + row * height
        if names:
            parts.append(f'<text x="{left - 6}" y="{top + 12}" text-anchor="end">{html.escape(_short(str(name)))}</text>')
        for status, start, length in _runs(states):
            span = years[start] if length == 1 else f"{years[start]}–{years[start + length - 1]}"
            said = f"{name} ({place}): {word('status', status).get(lang)}, {span}"
            across = f'x="{left + cell * start + 0.5:.1f}" width="{cell * length - 1:.1f}"'
            parts.append(f'<rect {across} y="{top}" height="{height - gap}" {_fill(status)}><title>{html.escape(said)}</title></rect>')
    return "".join([*parts, "</svg>"])


def _runs(states: list[object]) -> Iterator[tuple[str, int, int]]:
    """Neighbouring book years of one status: which, where it begins, how many."""
    start = 0
    for end in range(1, len(states) + 1):
        if end == len(states) or states[end] != states[start]:
            if isinstance(states[start], str):
                yield str(states[start]), start, end - start
            start = end


def _short(name: str, longest: int = 34) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def _fill(status: str) -> str:
    """Fill of a status as in the briefs: dark for what worries, a pattern for what grey can't tell apart."""
    return f'fill="url(#ka-{status})"' if status in figures.HATCH else f'fill="{figures.FILL[status]}"'


def _patterns() -> str:
    dots = f'<circle cx="2.5" cy="2.5" r="0.9" fill="{figures.GREY}"/>'
    strokes = f'<path d="M-1 6L6 -1M-1 1L1 -1M4 6L6 4" stroke="{figures.GREY}" stroke-width="0.8"/>'
    shapes = (("new", dots), ("unknown", strokes))
    return "<defs>" + "".join(
        f'<pattern id="ka-{name}" width="5" height="5" patternUnits="userSpaceOnUse">'
        f'<rect width="5" height="5" fill="#fff"/>{shape}</pattern>'
        for name, shape in shapes
    ) + "</defs>"  # fmt: skip


def survival(desk: Desk, view: View, found: Look, lang: Lang) -> str:
    """The curve of the chosen cooperatives with its band and numbers at risk; beside it, in grey, the whole region."""
    if found.survival.data.empty:
        return _paragraph(say(f"{T}no_survival"), lang)
    apart = bool(view.kecamatan or view.sector) and not found.everywhere.data.empty
    n, events = (Number(f"explore.{name}", _count(found, name), "cooperatives") for name in ("n", "events"))
    told = [say(f"{T}survival_title", n=n, events=events), *([say(f"{T}survival_whole")] if apart else []), say(f"{T}survival_band")]
    caption = " ".join(sentence.html.get(lang) for sentence in told)
    svg = figures.render_svg(_draw_curves(found, apart), lang, (figures.WIDTH, 3.2), desk.demonstration)
    picture = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    alt = html.escape(say(f"{T}survival_alt").text(lang))
    return f'<figure><figcaption>{caption}</figcaption><img src="data:image/svg+xml;base64,{picture}" alt="{alt}"></figure>'


def _count(found: Look, name: str) -> int | None:
    value = found.survival.number(f"survival.all.{name}").value
    return None if value is None else int(value)


def _draw_curves(found: Look, apart: bool) -> Callable[[Axes, Lang], None]:
    draw_chosen = figures_status.draw_survival(found.survival, found.at_risk)

    def draw(ax: Axes, lang: Lang) -> None:
        draw_chosen(ax, lang)
        if apart:
            whole = found.everywhere.data
            ax.step([0, *whole["time"]], [1, *whole["estimate"]], where="post", color=figures.GREY, linewidth=1.2, linestyle="--")

    return draw


def watch(found: Look, lang: Lang) -> str:
    """The chosen cooperatives among those to visit first, with ranks in the whole region."""
    if found.watch is None:
        return _paragraph(say(f"{T}no_watch"), lang)
    if found.watch.data.empty:
        return _paragraph(say(f"{T}nobody_watched"), lang)
    skill = bool(found.watch.data["skill"].iloc[0])
    target = int(found.watch.data["target_year"].iloc[0])
    caption = say(f"{T}watch_{'skill' if skill else 'rule'}", target_year=target)
    return show_table(found.watch, caption, WATCHED if skill else BY_RULE).html.get(lang)
