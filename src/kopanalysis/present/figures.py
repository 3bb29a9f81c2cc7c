"""Figures: drawn from records in both languages, readable in grey, each with a sentence for a title and words for its picture."""

from __future__ import annotations

import base64
import functools
import html
import io
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Patch

from kopanalysis import rules
from kopanalysis.errors import PublishError
from kopanalysis.present.numbers import format_printed_day, format_value
from kopanalysis.present.shown import Figure, Picture, Shown
from kopanalysis.present.words import word
from kopanalysis.results import LANGUAGES, Curve, Lang, Table, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACCENT = "#0b6e6e"
INK = "#22282b"
GREY = "#7b868b"
PALE = "#d3dadb"
# Dark for what worries, pale for what works: the order survives a photocopier. Hatches tell apart what grey can't.
FILL = {"active": PALE, "inactive": ACCENT, "new": "#ffffff", "unknown": "#ffffff", "dissolved": INK}
HATCH = {"new": "....", "unknown": "////"}
STATUS_ORDER = ("active", "new", "inactive", "unknown", "dissolved")
SVG_DPI = 72  # a point is a unit of SVG
WIDTH = 6.6  # inches: the text width of an A4 page
FALLBACK = "DejaVu Sans"  # for letters that the font of the house lacks


@functools.cache
def _font() -> str:
    """Register the font that travels with the project, so that figures look the same on every machine."""
    import font_source_sans_pro
    from matplotlib import font_manager

    folder = Path(next(iter(font_source_sans_pro.__path__))) / "files"
    for name in ("SourceSansPro-Regular.ttf", "SourceSansPro-Semibold.ttf", "SourceSansPro-Bold.ttf", "SourceSansPro-Italic.ttf"):
        if (folder / name).exists():
            font_manager.fontManager.addfont(folder / name)
    return "Source Sans Pro"


def _style(families: Sequence[str]) -> Any:
    return {
        "font.family": list(families), "font.size": 9.5, "axes.spines.top": False, "axes.spines.right": False,
        "axes.edgecolor": GREY, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK, "ytick.color": INK, "axes.linewidth": 0.8,
        "svg.fonttype": "path", "svg.hashsalt": "kopanalysis", "hatch.linewidth": 0.6, "hatch.color": GREY, "legend.frameon": False,
        "figure.dpi": 100, "axes.titlelocation": "left",
    }  # fmt: skip


def show_figure(
    name: str,
    draw: Callable[[Axes, Lang], None],
    title: Shown,
    alt: Shown,
    size: tuple[float, float] = (WIDTH, 3.4),
    demonstration: bool = False,
    source: Shown | None = None,
) -> Shown:
    """Draw a figure in both languages and set it under its sentence.

    Parameters
    ----------
    name : str
        Stable name of its files.
    draw : callable
        ``draw(ax, lang)``.
    title, alt : Shown
        The sentence that the figure shows, and words for who can't see it.
    size : tuple of float
        Inches.
    demonstration : bool
        Print the mark into the picture, for pictures travel alone.
    source : Shown, optional
        Where the data come from, under the figure.

    Returns
    -------
    Shown

    Raises
    ------
    PublishError
        Without alt text in both languages.
    """
    words = Text(*(alt.text(lang) for lang in LANGUAGES))
    if not (words.id and words.en):
        raise PublishError(f"figure {name} has no alt text", mend="Say in one sentence what the picture shows.")
    pictures = tuple((lang, _render(draw, lang, size, demonstration)) for lang in LANGUAGES)
    fragments = [_fragment(name, picture, title, words, lang, source) for lang, picture in pictures]
    numbers = (*title.numbers, *alt.numbers, *(source.numbers if source else ()))
    return Shown(Text(*fragments), numbers, figures=(Figure(name, pictures),))


def _fragment(name: str, picture: Picture, title: Shown, alt: Text, lang: Lang, source: Shown | None) -> str:
    data = base64.b64encode(picture.svg.encode("utf-8")).decode("ascii")
    below = f'<span class="source">{source.html.get(lang)}</span>' if source else ""
    return (
        f'<figure class="figure" data-figure="{html.escape(name)}">'
        f'<img data-figure="{html.escape(name)}" src="data:image/svg+xml;base64,{data}" alt="{html.escape(alt.get(lang))}">'
        f"<figcaption>{title.html.get(lang)} {below}</figcaption></figure>"
    )


def _render(draw: Callable[[Axes, Lang], None], lang: Lang, size: tuple[float, float], demonstration: bool) -> Picture:
    return Picture(render_svg(draw, lang, size, demonstration))


def render_svg(draw: Callable[[Axes, Lang], None], lang: Lang, size: tuple[float, float], demonstration: bool = False) -> str:
    """One language of a figure as SVG text.

    Parameters
    ----------
    draw, size, demonstration
        As in :func:`show_figure`.
    lang : {"id", "en"}

    Returns
    -------
    str
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="Glyph .* missing from font")
            return _svg(draw, lang, size, demonstration, (_font(),))
    except UserWarning:  # only then two fonts: to look every text up in both is slow
        return _svg(draw, lang, size, demonstration, (_font(), FALLBACK))


def _svg(draw: Callable[[Axes, Lang], None], lang: Lang, size: tuple[float, float], demonstration: bool, families: Sequence[str]) -> str:
    svg = io.StringIO()
    with mpl.rc_context(_style(families)):
        canvas = _canvas(draw, lang, size, demonstration)
        own, canvas.dpi = canvas.dpi, SVG_DPI
        width, height = canvas.bbox.size
        pen: Any = RendererSVG(width, height, svg, image_dpi=own, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
        _SvgCanvas(canvas, pen)
        engine: Any = canvas.get_layout_engine()
        engine.execute(canvas)
        canvas.set_layout_engine("none")
        for axis in (axis for ax in canvas.axes for axis in (ax.xaxis, ax.yaxis) if not axis.get_label_text()):
            axis.set_label_coords(0, 0)  # else all its ticks are measured again to find a place for no words
        canvas.draw(pen)
        pen.finalize()
    return svg.getvalue()


class _SvgCanvas(FigureCanvasSVG):
    """Lays out with the renderer that will draw: another one would measure every text once more."""

    def __init__(self, figure: Canvas, pen: RendererSVG) -> None:
        super().__init__(figure)
        self.pen = pen

    def get_renderer(self) -> RendererSVG:
        """What matplotlib asks a canvas for when it lays a figure out."""
        return self.pen


def _canvas(draw: Callable[[Axes, Lang], None], lang: Lang, size: tuple[float, float], demonstration: bool) -> Canvas:
    """The figure drawn, with its mark; within the style of the house."""
    canvas = Canvas(figsize=size, layout="constrained")
    FigureCanvasAgg(canvas)
    draw(canvas.add_subplot(), lang)
    if demonstration:
        strip = 0.18 / size[1]
        engine: Any = canvas.get_layout_engine()
        engine.set(rect=(0, strip, 1, 1 - strip))
        mark = word("phrase", "demonstration").get(lang)
        canvas.text(0.985, 0.01, mark, ha="right", va="bottom", fontsize=9, color=GREY)
    return canvas


def draw_icon_array(counts: dict[str, int], per_row: int = 32) -> Callable[[Axes, Lang], None]:
    """One dot a cooperative, coloured by status, in reading order."""

    def draw(ax: Axes, lang: Lang) -> None:
        states = np.array([status for status in STATUS_ORDER for _ in range(int(counts.get(status) or 0))])
        x, y = np.arange(len(states)) % per_row, -(np.arange(len(states)) // per_row)
        for status in dict.fromkeys(states.tolist()):
            here = states == status
            label = f"{format_value(counts[status], 'count', lang)} {word('status', status).get(lang)}"
            edge = FILL[status] if status in ("inactive", "dissolved") else GREY
            ax.scatter(x[here], y[here], s=96, c=FILL[status], edgecolors=edge, linewidths=0.8, hatch=HATCH.get(status), label=label)
        ax.set_axis_off()
        ax.set_xlim(-0.6, per_row - 0.4)
        ax.set_ylim(y.min(initial=0) - 0.6, 0.6)
        ax.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=len(STATUS_ORDER), handletextpad=0.2, columnspacing=1.4, borderpad=0)

    return draw


def draw_ribbon(table: Table) -> Callable[[Axes, Lang], None]:
    """A line a cooperative, a column a book year, coloured by status."""
    years = [column for column in table.data.columns if str(column).isdigit()]

    def draw(ax: Axes, lang: Lang) -> None:
        states = table.data[years].to_numpy(dtype=object)
        for status in STATUS_ORDER:
            columns, tops, heights = _runs(states == status)
            boxes = [
                [(x - 0.47, y), (x + 0.47, y), (x + 0.47, y + h), (x - 0.47, y + h)] for x, y, h in zip(columns, tops, heights, strict=True)
            ]
            # One collection: hundreds of bars are slow to draw one by one.
            ax.add_collection(
                PolyCollection(boxes, facecolors=FILL[status], hatch=HATCH.get(status), linewidths=0, edgecolors=GREY), autolim=False
            )
        ax.set_ylim(len(states), 0)
        ax.set_xlim(-0.5, len(years) - 0.5)
        ax.set_xticks(range(len(years)), years)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.set_xlabel(word("column", "book_year").get(lang))
        _legend(ax, [status for status in STATUS_ORDER if (states == status).any()], lang)
        _mark_events(ax, [int(year) for year in years], lang)

    return draw


def _runs(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Neighbouring lines of one status in a column, drawn as one bar: column, first line, how many lines."""
    padded = np.pad(mask.astype(np.int8), ((1, 1), (0, 0)))
    change = np.diff(padded, axis=0).T
    columns, tops = np.nonzero(change == 1)
    _, ends = np.nonzero(change == -1)
    return columns, tops, ends - tops


def _legend(ax: Axes, statuses: list[str], lang: Lang) -> None:
    handles = [
        Patch(facecolor=FILL[status], edgecolor=GREY, hatch=HATCH.get(status), linewidth=0.6, label=word("status", status).get(lang))
        for status in statuses
    ]
    canvas = ax.figure
    canvas.legend(handles=handles, loc="outside lower left", ncols=len(handles), handlelength=1.2, columnspacing=1.4)


def _mark_events(ax: Axes, years: list[int], lang: Lang) -> None:
    """Name what hit every cooperative at once, above the book years whose meetings it fell in, on two levels so that names don't touch."""
    for order, event in enumerate(rules.events().values()):
        within = [i for i, year in enumerate(years) if event.start.year <= year + 1 <= event.end.year]
        if not within:
            continue
        left, right = within[0] - 0.45, within[-1] + 0.45
        height = 5 + 13 * (order % 2)
        side = "right" if within[-1] == len(years) - 1 else "center"
        at = (right if side == "right" else (left + right) / 2, 0)
        ax.annotate(
            event.label.get(lang), at, (0, height), textcoords="offset points", ha=side, va="bottom", fontsize=9, annotation_clip=False,
        )  # fmt: skip
        ax.plot([left, right], [0, 0], color=INK, linewidth=2.5, clip_on=False, solid_capstyle="butt")


def draw_status_years(table: Table) -> Callable[[Axes, Lang], None]:
    """Stacked counts by book year: the ribbon without its lines, for the public edition."""

    def draw(ax: Axes, lang: Lang) -> None:
        years = table.data["book_year"].astype(int)
        bottom = np.zeros(len(years))
        for status in ("active", "new", "inactive", "unknown"):
            height = pd.to_numeric(table.data[status], errors="coerce").fillna(0).to_numpy(float)
            ax.bar(years, height, bottom=bottom, color=FILL[status], edgecolor=GREY, linewidth=0.6, hatch=HATCH.get(status, ""))
            bottom += height
        ax.set_xticks(list(years), [str(year) for year in years])
        ax.set_xlabel(word("column", "book_year").get(lang))
        _legend(ax, ["active", "new", "inactive", "unknown"], lang)

    return draw


def draw_survival(curve: Curve, at_risk: Table) -> Callable[[Axes, Lang], None]:
    """Share still active by age with its band, the numbers at risk beneath."""

    def draw(ax: Axes, lang: Lang) -> None:
        draw_curve(curve, ax, lang)
        top = last_time(curve)
        shown = at_risk.data[at_risk.data["time"] <= top]
        ax.set_xlim(0, top)
        ages = [format_value(age, "count", lang) for age in shown["time"]]
        counts = [format_value(n, "count", lang) for n in shown["n_risk"]]
        ax.set_xticks(list(shown["time"]), [f"{age}\n{count}" for age, count in zip(ages, counts, strict=True)])
        age, risk = word("column", "time").get(lang), word("column", "n_risk").get(lang).lower()
        ax.set_xlabel(f"{age}; {word('phrase', 'beneath').get(lang)} {risk}")

    return draw


def last_time(curve: Curve, most: float = np.inf) -> float:
    """The last time of a curve that may be drawn, at most ``most``; an empty one still gets an axis."""
    times = curve.drawn()["time"]
    return min(1.0 if times.empty else float(times.max()), most)


def draw_curve(curve: Curve, ax: Axes | None = None, lang: Lang = "id") -> Axes:
    """Step lines with bands, one a term."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots()
    for index, (term, data) in enumerate(curve.drawn().groupby("term", sort=False)):
        x = np.concatenate([[0.0], data["time"]])
        y, low, high = (np.concatenate([[1.0], data[name]]) for name in ("estimate", "conf_low", "conf_high"))
        colour = (ACCENT, INK, GREY)[index % 3]
        ax.fill_between(x, low, high, step="post", color=colour, alpha=0.18, linewidth=0)
        ax.step(x, y, where="post", color=colour, linewidth=1.8, label=word("term", str(term)).get(lang))
    ax.set_ylim(0, 1.02)
    ax.yaxis.set_major_formatter(lambda value, _: f"{format_value(value, 'percent', lang).split(',')[0].split('.')[0]}%")
    ax.set_xlabel(word("column", "time").get(lang))
    ax.set_ylabel(word("column", "estimate").get(lang))
    if curve.drawn()["term"].nunique() > 1:
        ax.legend()
    return ax


def draw_published(table: Table) -> Callable[[Axes, Lang], None]:
    """Printed totals as stacked bars of active and inactive, in order of date; printed meetings as dots."""

    def draw(ax: Axes, lang: Lang) -> None:
        data = table.data[table.data["inactive"].notna()].reset_index(drop=True)
        inactive = data["inactive"].astype(float)
        rest = data["total"].astype(float) - inactive
        at = np.arange(len(data))
        ax.barh(at, inactive, color=ACCENT, height=0.62, label=word("status", "inactive").get(lang))
        ax.barh(at, rest, left=inactive, color=PALE, edgecolor=GREY, linewidth=0.6, height=0.62, label=word("status", "active").get(lang))
        meetings = data["rat_held"].astype(float)
        ax.scatter(meetings, at, marker="D", s=30, c="white", edgecolors=INK, zorder=3, label=word("column", "rat_held").get(lang))
        for row, value in enumerate(inactive):
            ax.annotate(format_value(value, "count", lang), (value - 1.5, row), ha="right", va="center", color="white", fontweight="bold")
            total = data["total"].iloc[row]
            ax.annotate(format_value(total, "count", lang), (float(total) + 1.5, row), ha="left", va="center")
        labels = zip(data["date"], data["scope"], strict=True)
        ax.tick_params(axis="y", length=0)
        ax.set_yticks(at, [f"{format_printed_day(date, lang)}\n{word('scope', scope).get(lang)}" for date, scope in labels])
        ax.invert_yaxis()
        ax.set_xlim(0, float(data["total"].max()) * 1.1)
        ax.figure.legend(loc="outside lower left", ncols=3)

    return draw
