"""Figures of an effect: the estimate over what could be seen, the calendar, both arms by year, and every test of one estimate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.dates import date2num

from kopanalysis.present.figures import ACCENT, GREY, INK, PALE
from kopanalysis.present.numbers import format_value
from kopanalysis.present.words import word
from kopanalysis.results import Lang, Table, Text
from kopanalysis.rules import Event

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Draw = Callable[["Axes", Lang], None]


@dataclass(frozen=True)
class Line:
    """One estimate of a picture; shares, missing where there is none. ``bar`` marks a range that isn't a confidence interval."""

    label: Text
    estimate: float | None
    low: float | None
    high: float | None
    bar: bool = False


def draw_lines(lines: Sequence[Line], detectable: float | None = None) -> Draw:
    """Dots with ranges around zero; shaded what is too small to be seen."""

    def draw(ax: Axes, lang: Lang) -> None:
        if detectable is not None and np.isfinite(detectable):
            ax.axvspan(-detectable * 100, detectable * 100, color=PALE, alpha=0.55, linewidth=0)
        ax.axvline(0, color=INK, linewidth=0.9)
        for place, line in enumerate(lines):
            _line(ax, place, line)
        ax.set_yticks(range(len(lines)), [line.label.get(lang) for line in lines])
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(len(lines) - 0.4, -0.6)
        ax.set_xlabel(_axis(detectable, lang))
        ax.margins(x=0.08)

    return draw


def _axis(detectable: float | None, lang: Lang) -> str:
    shaded = f"\n{word('impact', 'unseen').get(lang)}" if detectable is not None and np.isfinite(detectable) else ""
    return word("impact", "effect_axis").get(lang) + shaded


def _line(ax: Axes, place: int, line: Line) -> None:
    if line.low is not None and line.high is not None and not (pd.isna(line.low) or pd.isna(line.high)):
        ax.hlines(place, line.low * 100, line.high * 100, color=PALE if line.bar else GREY, linewidth=9 if line.bar else 2.2, zorder=2)
        if line.bar:
            ax.vlines([line.low * 100, line.high * 100], place - 0.16, place + 0.16, color=GREY, linewidth=1, zorder=2)
    if line.estimate is not None and not pd.isna(line.estimate):
        ax.scatter([line.estimate * 100], [place], s=42, color=ACCENT, zorder=3)


def draw_calendar(events: Sequence[Event], day: date, seasons: Sequence[tuple[date, date]], first: date, last: date) -> Draw:
    """What happened when: seasons of members' meetings, shocks, and the training."""

    def draw(ax: Axes, lang: Lang) -> None:
        rows: list[tuple[str, list[tuple[date, date]], str, str]] = [
            (word("impact", "season").get(lang), list(seasons), PALE, ""),
            *((event.label.get(lang), [(event.start, event.end)], GREY, "////") for event in events),
        ]  # fmt: skip
        for place, (_, spans, colour, hatch) in enumerate(rows):
            for start, end in spans:
                left, right = _number(max(start, first)), _number(min(end, last))
                ax.barh(place, right - left, left=left, height=0.5, color=colour if not hatch else "white", edgecolor=GREY, hatch=hatch,
                        linewidth=0.8)  # fmt: skip
        ax.axvline(_number(day), color=ACCENT, linewidth=2.2)
        ax.scatter([_number(day)], [len(rows)], marker="D", s=46, color=ACCENT, zorder=3)
        ax.set_yticks(range(len(rows) + 1), [*(label for label, *_ in rows), word("impact", "training_day").get(lang)])
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(len(rows) + 0.6, -0.6)
        years = range(first.year, last.year + 1)
        ax.set_xticks([_number(date(year, 1, 1)) for year in years], [str(year) for year in years])
        ax.set_xlim(_number(first), _number(last))

    return draw


def draw_arms(table: Table, shocks: Sequence[Event], start: float, time: str = "book_year") -> Draw:
    """Share of each arm by book year with its counts; book years whose meetings fell into a shock are shaded."""

    def draw(ax: Axes, lang: Lang) -> None:
        years = table.data[time].astype(int).to_numpy()
        for order, event in enumerate(shocks):
            hit = [year for year in years if event.start.year <= year <= event.end.year]
            if hit:
                ax.axvspan(min(hit) - 0.5, max(hit) + 0.5, color=PALE, alpha=0.5, linewidth=0)
                ax.annotate(event.label.get(lang), (max(hit) + 0.5, 1), (0, 3 + 12 * (order % 2)), xycoords=("data", "axes fraction"),
                            textcoords="offset points", ha="right", va="bottom", fontsize=9, annotation_clip=False)  # fmt: skip
        ax.axvline(start, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        ax.annotate(word("impact", "training_day").get(lang), (start, 0.02), (5, 0), xycoords=("data", "axes fraction"),
                    textcoords="offset points", fontsize=9, va="bottom")  # fmt: skip
        counts = []
        for arm, colour, style, marker in (("treated", ACCENT, "-", "o"), ("others", INK, (0, (5, 2)), "s")):
            share = pd.to_numeric(table.data[f"{arm}_share"], errors="coerce").astype(float).to_numpy() * 100
            ax.plot(years, share, color=colour, linestyle=style, marker=marker, markersize=5, linewidth=1.8,
                    label=word("impact", f"arm_{arm}").get(lang))  # fmt: skip
            counts.append([_of(yes, n, lang) for yes, n in zip(table.data[f"{arm}_yes"], table.data[f"{arm}_n"], strict=True)])
        ax.set_ylim(0, 100)
        ax.set_xticks(years, [f"{year}\n{ours}\n{theirs}" for year, ours, theirs in zip(years, *counts, strict=True)])
        ax.set_xlabel(word("impact", "counts_beneath").get(lang))
        ax.set_ylabel(word("impact", "percent_met").get(lang))
        ax.figure.legend(loc="outside lower left", ncols=2, handlelength=2.6)

    return draw


def _of(yes: object, n: object, lang: Lang) -> str:
    """``6/15``; what the public edition hides is no figure."""
    if pd.isna(yes) or pd.isna(n):  # type: ignore[call-overload]
        return word("phrase", "withheld").get(lang)
    return f"{format_value(yes, 'count', lang)}/{format_value(n, 'count', lang)}"


def draw_strip(lines: Sequence[Line], detectable: float | None, shuffled: np.ndarray, observed: float) -> Draw:
    """One estimate with the range of each test above; below, what reassignment gives and where the estimate lies in it."""

    def draw(ax: Axes, lang: Lang) -> None:
        canvas: Any = ax.figure
        ax.remove()
        above, below = canvas.subplots(2, 1, height_ratios=[0.45 * len(lines) + 0.6, 1.5], sharex=True)
        draw_lines(lines, detectable)(above, lang)
        above.set_xlabel("")
        above.tick_params(labelbottom=True)
        below.hist(shuffled * 100, bins=41, color=PALE, edgecolor=GREY, linewidth=0.5)
        below.axvline(observed * 100, color=ACCENT, linewidth=2.2)
        below.annotate(word("impact", "observed").get(lang), (observed * 100, 1.0), (0, 1), xycoords=("data", "axes fraction"),
                       textcoords="offset points", fontsize=9, ha="center", va="bottom", color=ACCENT)  # fmt: skip
        below.set_yticks([])
        below.spines["left"].set_visible(False)
        below.set_ylabel(word("impact", "reassigned").get(lang), rotation=0, ha="right", va="center")
        below.set_xlabel(_axis(detectable, lang))

    return draw


def draw_detectable(table: Table) -> Draw:
    """Smallest visible effect by number trained."""

    def draw(ax: Axes, lang: Lang) -> None:
        at, values = np.arange(len(table.data)), table.data["detectable"].astype(float).to_numpy() * 100
        ax.barh(at, values, color=[ACCENT, *[PALE] * (len(at) - 1)], edgecolor=GREY, height=0.55)
        for place, value in zip(at, values, strict=True):
            ax.annotate(format_value(value / 100, "percent", lang), (value, place), (5, 0), textcoords="offset points", va="center")
        label = word("impact", "n_trained").get(lang)
        ax.set_yticks(at, [label.format(n=format_value(n, "count", lang)) for n in table.data["trained"]])
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(len(at) - 0.5, -0.5)
        ax.margins(x=0.12)
        ax.set_xlabel(word("phrase", "points").get(lang))

    return draw


def _number(day: date) -> float:
    return float(date2num(pd.Timestamp(day)))  # type: ignore[no-untyped-call]
