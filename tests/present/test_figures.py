"""Rendering: the text that savefig would write, one font unless a letter needs another, estimates where they belong."""

from __future__ import annotations

import io
import warnings

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from kopanalysis.present import figures
from kopanalysis.present.figures_impact import Line, draw_lines
from kopanalysis.results import Lang, Text

SIZE = (4.0, 2.0)


def plot(ax: Axes, lang: Lang) -> None:
    ax.plot([0, 1, 2], [10, 3000, 20], label=f"garis {lang}")
    ax.set_ylabel("Tinggi")
    ax.figure.legend(loc="outside lower left")


def titled(words: str) -> str:
    return figures.render_svg(lambda ax, _: ax.set_xlabel(words), "id", SIZE)


def test_a_figure_is_what_savefig_would_write() -> None:
    svg = io.StringIO()
    with mpl.rc_context(figures._style((figures._font(), figures.FALLBACK))):
        canvas = Figure(figsize=SIZE, layout="constrained")
        FigureCanvasSVG(canvas)
        plot(canvas.add_subplot(), "en")
        canvas.dpi = figures.SVG_DPI
        canvas.get_layout_engine().execute(canvas)  # type: ignore[union-attr]
        canvas.set_layout_engine("none")
        canvas.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    assert figures.render_svg(plot, "en", SIZE) == svg.getvalue()


def test_the_font_of_the_house_is_enough_for_our_words() -> None:
    svg = titled("Rp1.234,5 juta – 5 × 200 ≤ ½ é “%”")
    assert "#SourceSans" in svg
    assert "#DejaVu" not in svg


def test_a_letter_that_the_font_lacks_comes_from_another_one() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = titled("Koperasi ☃ Maju")
    assert "#DejaVuSans-" in svg
    assert "#SourceSans" in svg


def test_a_letter_that_no_font_has_is_told_and_drawn_as_a_box() -> None:
    with pytest.warns(UserWarning, match="missing from font"):
        assert "</svg>" in titled("Koperasi \u4e00")


def test_ranges_dots_and_shades_lie_on_the_lines_of_their_estimates() -> None:
    lines = (
        Line(Text("a", "a"), 0.1, -0.2, 0.3, seen=0.25),
        Line(Text("b", "b"), None, None, None),
        Line(Text("c", "c"), None, 0.0, 0.4, bar=True),
        Line(Text("d", "d"), -0.1, None, None),
    )
    canvas = Figure()
    FigureCanvasAgg(canvas)
    ax = canvas.add_subplot()
    draw_lines(lines)(ax, "id")
    bar, ranged, ends, dots = ax.collections
    segments = [[path.vertices.tolist() for path in part.get_paths()] for part in (bar, ranged, ends)]
    assert np.allclose(segments[0], [[[0, 2], [40, 2]]])
    assert np.allclose(segments[1], [[[-20, 0], [30, 0]]])
    assert np.allclose(segments[2], [[[0, 1.84], [0, 2.16]], [[40, 1.84], [40, 2.16]]])
    assert np.allclose(dots.get_offsets(), [[10, 0], [-10, 3]])
    (shade,) = ax.patches
    assert np.allclose([*shade.get_xy(), shade.get_width(), shade.get_height()], [-25, -0.4, 50, 0.8])
