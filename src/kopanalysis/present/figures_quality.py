"""Figures of brief 10: where the records are complete, as a map of kecamatan by book year with its counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from kopanalysis.present.figures import ACCENT, GREY, INK
from kopanalysis.present.numbers import format_value
from kopanalysis.present.words import word
from kopanalysis.results import Lang, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHADES = LinearSegmentedColormap.from_list("silence", ["#ffffff", "#b9d6d5", ACCENT])  # dark where few report
DARK = 0.85  # from here white is as easy to read as ink


def draw_completeness(table: Table) -> Callable[[Axes, Lang], None]:
    """A row a kecamatan, a column a book year; in each cell how many reported of how many whose meeting is known.

    Parameters
    ----------
    table : Table
        From :func:`kopanalysis.reporting_rate` by ``kecamatan, book_year``.

    Returns
    -------
    callable
        ``draw(ax, lang)``.
    """
    places = sorted(table.data["kecamatan"].unique())
    years = sorted(table.data["book_year"].unique())
    lines = table.data.to_dict("records")

    def draw(ax: Axes, lang: Lang) -> None:
        for row, line in enumerate(lines):
            x, y = years.index(line["book_year"]), places.index(line["kecamatan"])
            silence = None if pd.isna(line["rate"]) else 1 - float(line["rate"])
            face = "white" if silence is None else SHADES(silence)
            hatch = "////" if silence is None and (row, "reported") not in table.hidden else None
            ax.add_artist(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=face, edgecolor=GREY, linewidth=0.5, hatch=hatch))
            colour = "white" if silence is not None and silence > DARK else INK
            # Words lie inside their cells, so the layout needn't measure them.
            ax.text(x, y, _words(table, row, line, lang), ha="center", va="center", fontsize=9, color=colour, in_layout=False)
        ax.set_xlim(-0.5, len(years) - 0.5)
        ax.set_ylim(len(places) - 0.5, -0.5)
        ax.tick_params(length=0)  # before the ticks are made: it is slow to change each of them
        ax.set_xticks(range(len(years)), [str(year) for year in years])
        ax.set_yticks(range(len(places)), [place or word("phrase", "missing").get(lang) for place in places])
        ax.set_xlabel(word("column", "book_year").get(lang))
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)

    return draw


def cell_words(table: Table, row: int, lang: Lang) -> str:
    """``reported/known``, either part hidden where the public may not see it; n/a where over a tenth is unknown."""
    return _words(table, row, table.data.iloc[row], lang)


def _words(table: Table, row: int, line: Mapping[Any, Any] | pd.Series, lang: Lang) -> str:
    if (row, "reported") in table.hidden:
        return word("phrase", "withheld").get(lang)
    known = line["due"] - line["unknown"]
    if pd.isna(known):
        return format_value(line["reported"], "count", lang)
    if pd.isna(line["rate"]) and (row, "rate") not in table.hidden:
        return word("phrase", "missing").get(lang)
    return f"{format_value(line['reported'], 'count', lang)}/{format_value(known, 'count', lang)}"
