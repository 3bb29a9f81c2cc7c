"""Figures of the next round: what it could see by number drawn, and who is trained and who waits, year by year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.patches import Patch
from matplotlib.transforms import offset_copy

from kopanalysis.present.figures import ACCENT, GREY, INK, PALE
from kopanalysis.present.numbers import format_value
from kopanalysis.present.words import noun, word
from kopanalysis.results import Lang, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OTHER_LINES = ((GREY, "o", ":"), (INK, "s", "--"))
CHOSEN_LINE = (ACCENT, "D", "-")
LEADER = {"arrowstyle": "-", "color": ACCENT, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 4}  # past the marks of the other lines


def draw_power(table: Table, smallest: float, followed: int) -> Callable[[Axes, Lang], None]:
    """Smallest visible effect in points by number drawn, a line for each length of follow-up, and the effect that matters.

    Parameters
    ----------
    table : Table
        From :func:`kopanalysis.round_power`.
    smallest : float
        Smallest effect that matters, a share.
    followed : int
        Book years after which the result will be read: that line is labelled.
    """
    data = table.data[table.data["visible"].notna()]

    def draw(ax: Axes, lang: Lang) -> None:
        years = sorted(data["followed_years"].unique())
        others = [year for year in years if year != followed]
        for year, line in data.groupby("followed_years"):
            colour, marker, dash = CHOSEN_LINE if year == followed else OTHER_LINES[others.index(year) % 2]
            label = f"{format_value(year, 'count', lang)} {noun('years', year, lang)} {word('phrase', 'years_followed').get(lang)}"
            ax.plot(line["drawn_first"], line["visible"] * 100, color=colour, marker=marker, linestyle=dash, linewidth=1.8, label=label)
        chosen = data[data["followed_years"] == followed]
        for n, value in zip(chosen["drawn_first"], chosen["visible"], strict=True):
            highest = data.loc[data["drawn_first"] == n, "visible"].max() * 100  # above all lines, where nothing crosses it
            above = offset_copy(ax.transData, ax.get_figure(root=True), 13, 10, units="points")
            ax.annotate(
                format_value(value, "percent", lang), (n, value * 100), (n, highest), textcoords=above, ha="center", color=ACCENT,
                fontweight="bold", arrowprops=LEADER,
            )  # fmt: skip
        ax.axhline(smallest * 100, color=INK, linewidth=1.0)
        words = f"{word('phrase', 'smallest_effect').get(lang)} {format_value(smallest, 'percent', lang)}"
        ax.annotate(words, (0, smallest * 100), (4, -4), xycoords=("axes fraction", "data"), textcoords="offset points", va="top")
        sizes = sorted(table.data["drawn_first"].unique())
        ax.set_xticks(sizes, [format_value(size, "count", lang) for size in sizes])
        ends = [smallest, *data["visible"]]
        ax.set_ylim(min(ends) * 65, max(ends) * 116)
        ax.set_xlim(0, max(sizes, default=1) * 1.06)
        ax.set_xlabel(word("column", "drawn_first").get(lang))
        ax.set_ylabel(word("phrase", "points").get(lang))
        ax.figure.legend(loc="outside lower left", ncols=3)

    return draw


def draw_calendar(table: Table) -> Callable[[Axes, Lang], None]:
    """A bar a wave: pale while it waits and is the comparison, dark from the year in which it is trained."""
    data = table.data[pd.to_numeric(table.data["cooperatives"], errors="coerce").fillna(1) > 0].reset_index(drop=True)

    def draw(ax: Axes, lang: Lang) -> None:
        years = data["trained_year"].astype(int)
        start, end = int(years.min()), int(max(years.max() + 1, data["read_year"].max() if data["read_year"].notna().any() else 0)) + 1
        for row, year in enumerate(years):
            if year > start:
                ax.barh(row, year - start + 0.5, left=start, color=PALE, edgecolor=GREY, linewidth=0.6, height=0.6)
            ax.barh(row, end - year - 0.5, left=year + 0.5, color=ACCENT, edgecolor=ACCENT, linewidth=0.6, height=0.6)
            ax.annotate(
                str(year), (year + 0.5, row), (5, 0), textcoords="offset points", ha="left", va="center", color="white", fontweight="bold"
            )
        handles = [
            Patch(facecolor=colour, edgecolor=GREY, linewidth=0.6, label=word("phrase", f"wave_{key}").get(lang))
            for key, colour in (("waits", PALE), ("trained", ACCENT))
        ]
        ax.tick_params(axis="both", length=0)
        ax.set_yticks(range(len(data)), [_wave(line, lang) for line in data.to_dict("records")])
        ax.set_xticks([year + 0.5 for year in range(start, end)], [str(year) for year in range(start, end)])
        ax.set_ylim(len(data) - 0.5, -0.5)
        ax.set_xlim(start, end)
        ax.figure.legend(handles=handles, loc="outside lower left", ncols=2)

    return draw


def _wave(line: Mapping[Any, Any], lang: Lang) -> str:
    count = line["cooperatives"]
    size = "" if count is None or pd.isna(count) else f"\n{format_value(count, 'count', lang)} {word('noun', 'cooperatives').get(lang)}"
    return f"{word('column', 'wave').get(lang)} {line['wave']}{size}"
