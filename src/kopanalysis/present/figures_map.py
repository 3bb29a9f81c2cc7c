"""A map with its numbers printed: a tile a kecamatan, or its outline where the office gave one."""

from __future__ import annotations

import csv
import functools
import html
import math
import textwrap
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import FancyBboxPatch, Polygon
from matplotlib.path import Path as Outline

from kopanalysis.loaders.regions import place_key
from kopanalysis.present.figures import GREY, INK, WIDTH
from kopanalysis.present.tables import cell_text
from kopanalysis.present.words import word
from kopanalysis.resources import resource
from kopanalysis.results import Lang, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Shapes = Mapping[str, tuple[np.ndarray, ...]]
SHADES = LinearSegmentedColormap.from_list("share", ["#ffffff", "#a9cfcd", "#509e9a"])  # falls steadily in grey; ink is read on all
HIDDEN_HATCH = "////"
WIDEST_GRID = 4  # tiles in a line where nobody has said where they lie
LINE = 18  # characters of a name in one line of a tile
TILE = (2.1, 0.74)  # inches
NAME_SIZE, NUMBER_SIZE, NOTE_SIZE = 9.5, 14, 9
GRID = 24  # points a side that are tried for the place of a label


def draw_tiles(
    table: Table, shapes: Shapes | None = None, place: str = "kecamatan", count: str = "inactive", total: str = "total"
) -> Callable[[Axes, Lang], None]:
    """A count of a total in each place, darker where its share is larger.

    Parameters
    ----------
    table : Table
        Such as :func:`kopanalysis.activity_by_place` gives: a row a place with ``count`` and ``total``. What it hides is printed as
        hidden, on hatched white.
    shapes : mapping, optional
        Outlines by place (:func:`kopanalysis.loaders.boundaries.read_boundaries`); without one for every place tiles are drawn.
    place, count, total : str
        Columns.

    Returns
    -------
    callable
        ``draw(ax, lang)``.
    """
    places = [str(name) for name in table.data[place]]
    shares = _shares(table, count, total)

    def draw(ax: Axes, lang: Lang) -> None:
        words = [_words(table, row, count, total, lang) for row in range(len(places))]
        if shapes and all(name in shapes for name in places):
            _draw_shapes(ax, places, shares, words, shapes)
            note = word("phrase", "darker_share").get(lang)
        else:
            _draw_grid(ax, places, shares, words)
            known = layout(tuple(places)) is not None
            note = word("phrase", "darker_share_tiles" if known else "darker_share").get(lang)
        ax.set_axis_off()
        ax.annotate(note, (0, 0), (0, -4), xycoords="axes fraction", textcoords="offset points", va="top", fontsize=NOTE_SIZE, color=INK)

    return draw


def tiles_size(table: Table, shapes: Shapes | None = None, place: str = "kecamatan") -> tuple[float, float]:
    """Inches for :func:`kopanalysis.present.figures.show_figure`, so that tiles keep their shape.

    Parameters
    ----------
    table, shapes, place
        As in :func:`draw_tiles`.

    Returns
    -------
    tuple of float
    """
    places = [str(name) for name in table.data[place]]
    if shapes and all(name in shapes for name in places):
        points = np.concatenate([ring for name in places for ring in shapes[name]])
        across, down = np.ptp(points, axis=0)
        return WIDTH, min(6.5, max(3.0, WIDTH * down / (across * _narrowing(points)) + 0.4))
    cells = _cells(places)
    across, down = (max(cell[axis] for cell in cells.values()) + 1 for axis in (1, 0))
    return min(WIDTH, across * TILE[0] + 0.2), down * TILE[1] + 0.45


def layout(places: tuple[str, ...]) -> dict[str, tuple[int, int]] | None:
    """Row and column of each place by data/published/tiles.csv; places that it lacks follow below in lines; None where most are missing."""
    for known in _layouts().values():
        found = {name: known[place_key(name)] for name in places if place_key(name) in known}
        others = sorted(set(places) - set(found))
        if len(found) > 2 * len(others):
            below, width = (max(cell[axis] for cell in found.values()) + 1 for axis in (0, 1))
            return found | {name: (below + order // width, order % width) for order, name in enumerate(others)}
    return None


@functools.cache
def _layouts() -> dict[str, dict[str, tuple[int, int]]]:
    layouts: dict[str, dict[str, tuple[int, int]]] = {}
    with resource("data", "published", "tiles.csv").open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            layouts.setdefault(line["region"], {})[place_key(line["kecamatan"])] = (int(line["row"]), int(line["column"]))
    return layouts


def _cells(places: list[str]) -> dict[str, tuple[int, int]]:
    """Where each tile lies: by the layout of its district, else in lines by name."""
    known = layout(tuple(places))
    if known is not None:
        return known
    width = min(WIDEST_GRID, max(1, math.ceil(math.sqrt(len(places)))))
    return {name: divmod(order, width) for order, name in enumerate(sorted(places))}


def _shares(table: Table, count: str, total: str) -> list[float | None]:
    part, whole = (pd.to_numeric(table.data[name], errors="coerce") for name in (count, total))
    shares = (part / whole.where(whole > 0)).astype(float)
    return [None if math.isnan(share) else float(share) for share in shares]


def _words(table: Table, row: int, count: str, total: str, lang: Lang) -> str:
    part, whole = (html.unescape(cell_text(table, row, column, lang)) for column in (count, total))
    return word("phrase", "of_total").get(lang).format(part=part, whole=whole)


def _draw_grid(ax: Axes, places: list[str], shares: list[float | None], words: list[str]) -> None:
    cells = _cells(places)
    for name, share, text in zip(places, shares, words, strict=True):
        row, column = cells[name]
        box = FancyBboxPatch(
            (column + 0.03, row + 0.04), 0.94, 0.92, "round,pad=0,rounding_size=0.05", facecolor=_fill(share), edgecolor=GREY,
            linewidth=0.8, hatch=None if share is not None else HIDDEN_HATCH,
        )  # fmt: skip
        ax.add_patch(box)
        _label(ax, column + 0.5, row + 0.5, name, text, share)
    ax.set_xlim(0, max(column for _, column in cells.values()) + 1)
    ax.set_ylim(max(row for row, _ in cells.values()) + 1, 0)


def _draw_shapes(ax: Axes, places: list[str], shares: list[float | None], words: list[str], shapes: Shapes) -> None:
    for name, share, text in zip(places, shares, words, strict=True):
        for ring in shapes[name]:
            hatch = None if share is not None else HIDDEN_HATCH
            ax.add_patch(Polygon(ring, closed=True, facecolor=_fill(share), edgecolor=INK, linewidth=0.7, hatch=hatch))
        x, y = _inner_point(max(shapes[name], key=lambda ring: float(np.prod(np.ptp(ring, axis=0)))))
        _label(ax, x, y, name, text, share)
    points = np.concatenate([ring for name in places for ring in shapes[name]])
    ax.set_xlim(points[:, 0].min(), points[:, 0].max())
    ax.set_ylim(points[:, 1].min(), points[:, 1].max())
    ax.set_aspect(1 / _narrowing(points))


def _label(ax: Axes, x: float, y: float, name: str, text: str, share: float | None) -> None:
    lines = textwrap.fill(name, LINE, break_long_words=False)
    back = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"} if share is None else None
    both: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "color": INK, "bbox": back}
    ax.annotate(lines, (x, y), (0, 2), va="bottom", fontsize=NAME_SIZE, linespacing=1.0, **both)
    ax.annotate(text, (x, y), (0, -1), va="top", fontsize=NUMBER_SIZE, fontweight="bold", **both)


def _fill(share: float | None) -> Any:
    return "white" if share is None else SHADES(share)


def _narrowing(points: np.ndarray) -> float:
    """How much shorter a degree of longitude is than one of latitude there."""
    return math.cos(math.radians(float(points[:, 1].mean())))


def _inner_point(ring: np.ndarray) -> tuple[float, float]:
    """A point well inside an outline: of a grid over it, the one farthest from its corners."""
    low, high = ring.min(axis=0), ring.max(axis=0)
    steps = (np.arange(GRID) + 0.5) / GRID
    tried = np.array([low + (high - low) * np.array([across, up]) for across in steps for up in steps])
    inside = tried[Outline(ring).contains_points(tried)]
    if len(inside) == 0:
        return float(ring[:, 0].mean()), float(ring[:, 1].mean())
    near = np.array([_distance(point, ring) for point in inside])
    x, y = inside[int(near.argmax())]
    return float(x), float(y)


def _distance(point: np.ndarray, ring: np.ndarray) -> float:
    """Distance of a point to the nearest edge of an outline."""
    start, end = ring, np.roll(ring, -1, axis=0)
    along = end - start
    length = np.maximum((along**2).sum(axis=1), 1e-18)
    share = np.clip(((point - start) * along).sum(axis=1) / length, 0, 1)
    return float(np.sqrt(((start + along * share[:, None] - point) ** 2).sum(axis=1)).min())
