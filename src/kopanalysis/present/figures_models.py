"""Figures of the models of inactivity: states over the years, differences with ranges, the tipping line, calibration, kecamatan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kopanalysis.present.figures import ACCENT, FILL, GREY, INK, PALE
from kopanalysis.present.numbers import format_value
from kopanalysis.present.words import word
from kopanalysis.results import Curve, Lang, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STATE_FILL = {"active": FILL["active"], "returned": "#9fc5c2", "inactive": FILL["inactive"], "dissolved": FILL["dissolved"]}


def draw_states(curve: Curve) -> Callable[[Axes, Lang], None]:
    """Stacked shares of the states by book year."""

    def draw(ax: Axes, lang: Lang) -> None:
        wide = curve.data.pivot(index="time", columns="term", values="estimate")
        names = [name for name in STATE_FILL if name in wide]
        labels = [word("state", name).get(lang) for name in names]
        colours = [STATE_FILL[name] for name in names]
        ax.stackplot(wide.index, [wide[name] for name in names], colors=colours, edgecolor="white", linewidth=0.8, labels=labels)
        ax.set_xlim(wide.index.min(), wide.index.max())
        ax.set_xticks([int(year) for year in wide.index])
        ax.set_ylim(0, 1)
        ax.yaxis.set_major_formatter(lambda value, _: f"{round(value * 100)}%")
        ax.set_xlabel(word("column", "book_year").get(lang))
        ax.figure.legend(loc="outside lower left", ncols=len(names))

    return draw


def draw_ranges(
    labels: Sequence[tuple[str, str]], data: pd.DataFrame, estimate: str = "estimate", zero: bool = False, counts: str | None = None
) -> Callable[[Axes, Lang], None]:
    """Dots with ranges, a line each: ``labels`` are (Indonesian, English); ``counts`` names a column printed beside the dot."""

    def draw(ax: Axes, lang: Lang) -> None:
        at = np.arange(len(data))
        value, low, high = (data[name].astype(float) * 100 for name in (estimate, "conf_low", "conf_high"))
        ax.hlines(at, low, high, color=GREY, linewidth=2.2)
        ax.scatter(value, at, s=46, color=ACCENT, zorder=3)
        if zero:
            ax.axvline(0, color=INK, linewidth=0.9)
        if counts:
            for row, n in enumerate(data[counts]):
                beside = f"n = {format_value(n, 'count', lang)}"
                ax.annotate(beside, (high.iloc[row], row), (6, 0), textcoords="offset points", va="center", fontsize=9)
            ax.margins(x=0.12)
        ax.set_yticks(at, [pair[0 if lang == "id" else 1] for pair in labels])
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(len(data) - 0.5, -0.5)
        ax.set_xlabel(word("phrase", "points" if zero else "percent").get(lang))

    return draw


def draw_silence(line: Table, bounds: Table) -> Callable[[Axes, Lang], None]:
    """The headline as a line over the share of the silent that work; what visits found is marked on it."""

    def draw(ax: Axes, lang: Lang) -> None:
        ax.plot(line.data["working"] * 100, line.data["inactive"] * 100, color=ACCENT, linewidth=2)
        visited = bounds.data[bounds.data["term"] == "visited_working"].iloc[0].to_dict()
        if pd.notna(visited["estimate"]):
            found, low, high = (float(visited[name]) * 100 for name in ("estimate", "conf_low", "conf_high"))
            ax.axvspan(low, high, color=PALE, alpha=0.7, linewidth=0)
            ax.axvline(found, color=INK, linewidth=1, linestyle=(0, (4, 3)))
            ax.annotate(word("phrase", "visits_found").get(lang), (found, 1), (6, -4), xycoords=("data", "axes fraction"),
                        textcoords="offset points", va="top", fontsize=9)  # fmt: skip
        ax.set_xlim(0, 100)
        ax.set_ylim(0, None)
        ax.set_xlabel(word("phrase", "silent_working").get(lang))
        ax.set_ylabel(word("phrase", "share_inactive").get(lang))

    return draw


def draw_calibration(table: Table) -> Callable[[Axes, Lang], None]:
    """Observed share by forecast risk, with the diagonal; one mark a test."""

    def draw(ax: Axes, lang: Lang) -> None:
        ax.plot([0, 100], [0, 100], color=GREY, linewidth=1)
        for test, marker, colour in (("later", "o", ACCENT), ("elsewhere", "s", INK)):
            part = table.data[table.data["test"] == test]
            x, y, low, high = (pd.to_numeric(part[name]) * 100 for name in ("expected", "observed", "conf_low", "conf_high"))
            ax.vlines(x, low, high, color=colour, alpha=0.45, linewidth=1.6)
            ax.scatter(x, y, marker=marker, s=40, color=colour, zorder=3, label=word("phrase", f"test_{test}").get(lang))
        ax.set_xlim(0, 100)
        ax.set_ylim(0, 100)
        ax.set_xlabel(word("phrase", "forecast").get(lang))
        ax.set_ylabel(word("phrase", "happened").get(lang))
        ax.figure.legend(loc="outside lower left", ncols=2)

    return draw


def draw_places(table: Table) -> Callable[[Axes, Lang], None]:
    """Inactive and active by kecamatan, most inactive first, counts printed."""

    def draw(ax: Axes, lang: Lang) -> None:
        data = table.data.assign(inactive=pd.to_numeric(table.data["inactive"]), active=pd.to_numeric(table.data["active"]))
        data = data.sort_values("inactive", ascending=False, kind="stable").reset_index(drop=True)
        # A hidden part hides the whole bar: half of it would print a false total.
        hidden = data["inactive"].isna() | data["active"].isna()
        at = np.arange(len(data))
        inactive, active = (data[name].mask(hidden).fillna(0) for name in ("inactive", "active"))
        ax.barh(at, inactive, color=ACCENT, height=0.64, label=word("status", "inactive").get(lang))
        ax.barh(at, active, left=inactive, color=PALE, edgecolor=GREY, linewidth=0.6, height=0.64, label=word("status", "active").get(lang))
        for row in at:
            counts = [format_value(number, "count", lang) for number in (inactive.iloc[row], inactive.iloc[row] + active.iloc[row])]
            text = word("phrase", "hidden_complement").get(lang) if hidden.iloc[row] else " / ".join(counts)
            ax.annotate(text, (float(inactive.iloc[row] + active.iloc[row]), row), (5, 0), textcoords="offset points", va="center")
        ax.set_yticks(at, list(data["kecamatan"].fillna(word("phrase", "missing").get(lang))))
        ax.tick_params(axis="y", length=0)
        ax.invert_yaxis()
        ax.margins(x=0.1)
        ax.figure.legend(loc="outside lower left", ncols=2)

    return draw
