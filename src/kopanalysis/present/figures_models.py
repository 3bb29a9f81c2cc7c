"""Figures of the models of inactivity: states over the years, differences with ranges, the tipping line, calibration, kecamatan."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kopanalysis.present.figures import ACCENT, FILL, GREY, INK, PALE
from kopanalysis.present.figures_status import last_time
from kopanalysis.present.numbers import format_value
from kopanalysis.present.words import word
from kopanalysis.results import Curve, Lang, Table, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Draw = Callable[["Axes", Lang], None]
OLDEST_DRAWN = 50  # years: beyond it so few are at risk that the steps mislead
STATE_FILL = {"active": FILL["active"], "returned": "#9fc5c2", "inactive": FILL["inactive"], "dissolved": FILL["dissolved"]}


def draw_states(curve: Curve, columns: int = 2) -> Callable[[Axes, Lang], None]:
    """Stacked shares of the states by book year; the legend in so many columns."""

    def draw(ax: Axes, lang: Lang) -> None:
        wide = curve.drawn(together=True).pivot(index="time", columns="term", values="estimate")
        names = [name for name in STATE_FILL if name in wide]
        labels = [word("state", name).get(lang) for name in names]
        colours = [STATE_FILL[name] for name in names]
        ax.stackplot(wide.index, [wide[name] for name in names], colors=colours, edgecolor="white", linewidth=0.8, labels=labels)
        ax.set_xlim(wide.index.min(), wide.index.max())
        ax.set_xticks([int(year) for year in wide.index][:: 1 if len(wide) < 7 else 2])
        ax.set_ylim(0, 1)
        ax.yaxis.set_major_formatter(lambda value, _: f"{round(value * 100)}%")
        ax.set_xlabel(word("column", "book_year").get(lang))
        ax.figure.legend(loc="outside lower left", ncols=columns)

    return draw


def draw_pair(left: tuple[Draw, Text], right: tuple[Draw, Text], widths: tuple[float, float] = (1, 1)) -> Draw:
    """Two drawings side by side, each under its own words."""

    def draw(ax: Axes, lang: Lang) -> None:
        canvas: Any = ax.figure
        ax.remove()
        for part, (one, words) in zip(canvas.subfigures(1, 2, wspace=0.04, width_ratios=widths), (left, right), strict=True):
            axes = part.add_subplot()
            one(axes, lang)
            axes.set_title(plain_words(words.get(lang)), fontsize=9.5)

    return draw


def plain_words(markup: str) -> str:
    """Words without their markup, for a picture."""
    return re.sub(r"<[^>]*>", "", markup)


def draw_naive(curve: Curve, at_risk: Table) -> Draw:
    """Survival with and without delayed entry, the numbers under observation beneath the ages."""

    def draw(ax: Axes, lang: Lang) -> None:
        _steps(ax, curve, lang, (("delayed", ACCENT, "-"), ("naive", GREY, (0, (4, 2)))), 1.0)
        top = last_time(curve, OLDEST_DRAWN)
        shown = at_risk.data[at_risk.data["time"] <= top]
        counts = [format_value(n, "count", lang) for n in shown["n_risk"]]
        ax.set_xlim(0, top)
        ax.set_xticks(list(shown["time"]), [f"{age}\n{count}" for age, count in zip(shown["time"], counts, strict=True)])
        beneath = f"{word('phrase', 'beneath').get(lang)} {word('column', 'n_risk').get(lang).lower()}"
        ax.set_xlabel(f"{word('column', 'time').get(lang)}; {beneath}")
        ax.figure.legend(loc="outside lower left", ncols=1)

    return draw


def draw_incidence(curve: Curve) -> Draw:
    """Shares that ended in each way by age, the ways competing."""

    def draw(ax: Axes, lang: Lang) -> None:
        _steps(ax, curve, lang, (("inactive", ACCENT, "-"), ("dissolved", INK, (0, (4, 2)))), 0.0)
        ax.set_xlim(0, last_time(curve, OLDEST_DRAWN))
        ax.set_xlabel(word("column", "time").get(lang))
        ax.figure.legend(loc="outside lower left", ncols=2)

    return draw


def _steps(ax: Axes, curve: Curve, lang: Lang, lines: Sequence[tuple[str, str, Any]], start: float) -> None:
    drawn = curve.drawn()
    for term, colour, dash in lines:
        data = drawn[drawn["term"] == term]
        if data.empty:
            continue
        x = np.concatenate([[0.0], data["time"].astype(float)])
        y, low, high = (np.concatenate([[start], data[name].astype(float)]) for name in ("estimate", "conf_low", "conf_high"))
        ax.fill_between(x, low, high, step="post", color=colour, alpha=0.16, linewidth=0)
        ax.step(x, y, where="post", color=colour, linestyle=dash, linewidth=1.7, label=word("term", term).get(lang))
    ax.set_ylim(0, 1.02)
    ax.yaxis.set_major_formatter(lambda value, _: f"{round(value * 100)}%")


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
        ax.tick_params(axis="y", length=0)
        ax.set_yticks(at, [pair[0 if lang == "id" else 1] for pair in labels])
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
