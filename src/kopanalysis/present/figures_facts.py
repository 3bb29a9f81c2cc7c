"""Figures of the fact pages: one bar of the statuses, medians by book year with their ranges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from kopanalysis.present.figures import ACCENT, FILL, GREY, HATCH, INK, STATUS_ORDER
from kopanalysis.present.numbers import format_value
from kopanalysis.present.words import word
from kopanalysis.results import Lang, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_growth(table: Table, quantities: Sequence[str]) -> Callable[[Axes, Lang], None]:
    """Medians with their ranges side by side, the first filled and the second hollow."""

    def draw(ax: Axes, lang: Lang) -> None:
        for place, quantity in enumerate(quantities):
            data = table.data[table.data["quantity"] == quantity]
            x = data["book_year"].astype(float) + 0.2 * place - 0.1
            middle, low, high = (pd.to_numeric(data[name]).astype(float) for name in ("median", "median_low", "median_high"))
            ax.vlines(x, low, high, color=INK, linewidth=1.1, linestyles="-" if place == 0 else ":")
            ax.scatter(x, middle, s=40, c=ACCENT if place == 0 else "white", edgecolors=ACCENT, zorder=3,
                       label=word("quantity", quantity).get(lang))  # fmt: skip
        years = sorted(table.data.loc[table.data["quantity"].isin(list(quantities)), "book_year"].unique())
        ax.set_xticks(years, [str(year) for year in years])
        ax.axhline(0, color=INK, linewidth=0.8)
        ax.yaxis.set_major_formatter(
            lambda value, _: f"{format_value(round(value, 4), 'percent', lang).removesuffix(',0').removesuffix('.0')}%"
        )
        ax.set_xlabel(word("column", "book_year").get(lang))
        ax.figure.legend(loc="outside lower left", ncols=2)

    return draw


def draw_status_bar(counts: dict[str, int]) -> Callable[[Axes, Lang], None]:
    """All cooperatives in one bar by status, where dots would be too many."""

    def draw(ax: Axes, lang: Lang) -> None:
        left = 0
        for status in (status for status in STATUS_ORDER if counts.get(status)):
            label = f"{format_value(counts[status], 'count', lang)} {word('status', status).get(lang)}"
            style: dict[str, Any] = {"color": FILL[status], "edgecolor": GREY, "linewidth": 0.7, "hatch": HATCH.get(status)}
            ax.barh(0, counts[status], left=left, height=0.7, label=label, **style)
            left += counts[status]
        ax.set_axis_off()
        ax.set_xlim(0, max(left, 1))
        ax.figure.legend(loc="outside upper left", ncols=len(STATUS_ORDER))

    return draw
