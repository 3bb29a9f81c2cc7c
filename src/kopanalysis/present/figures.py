"""Figures: drawn in both languages in the style of the house, each with a sentence for a title and words for its picture."""

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
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.figure import Figure as Canvas

from kopanalysis.errors import PublishError
from kopanalysis.present.shown import Figure, Picture, Shown
from kopanalysis.present.words import word
from kopanalysis.results import LANGUAGES, Lang, Text

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
