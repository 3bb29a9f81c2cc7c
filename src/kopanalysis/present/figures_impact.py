"""Figures of an effect: the estimate over what may be missed, the calendar, both arms by year, and every test of one estimate."""

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
MEETING_AT = 1.5  # years from the start of a book year to the close of its season of meetings


@dataclass(frozen=True)
class Line:
    """One estimate of a picture; shares, missing where there is none.

    Attributes
    ----------
    bar : bool
        The range isn't a confidence interval.
    seen : float or None
        Smallest difference that this very estimate could show; shaded behind its line.
    """

    label: Text
    estimate: float | None
    low: float | None
    high: float | None
    bar: bool = False
    seen: float | None = None


def draw_lines(lines: Sequence[Line], detectable: float | None = None) -> Draw:
    """Dots with ranges around zero; shaded what may be missed: of each line its own, else ``detectable`` for all."""

    def draw(ax: Axes, lang: Lang) -> None:
        if _is(detectable):
            ax.axvspan(-detectable * 100, detectable * 100, color=PALE, alpha=0.55, linewidth=0)  # type: ignore[operator]
        seen = [(place, line.seen * 100) for place, line in enumerate(lines) if line.seen is not None and np.isfinite(line.seen)]
        if seen:
            at, reach = np.array(seen).T
            ax.barh(at, 2 * reach, left=-reach, height=0.8, color=PALE, alpha=0.55)
        ax.axvline(0, color=INK, linewidth=0.9)
        _draw_estimates(ax, lines)
        ax.tick_params(axis="y", length=0)
        ax.set_yticks(range(len(lines)), [line.label.get(lang) for line in lines])
        ax.set_ylim(len(lines) - 0.4, -0.6)
        ax.set_xlabel(_axis(lines, detectable, lang))
        ax.use_sticky_edges = False
        ax.margins(x=0.08)

    return draw


def _is(value: float | None) -> bool:
    return value is not None and bool(np.isfinite(value))


def _axis(lines: Sequence[Line], detectable: float | None, lang: Lang) -> str:
    shaded = f"\n{word('impact', 'unseen').get(lang)}" if any(map(_is, (detectable, *(line.seen for line in lines)))) else ""
    return word("impact", "effect_axis").get(lang) + shaded


def _draw_estimates(ax: Axes, lines: Sequence[Line]) -> None:
    """Ranges and dots of all lines, a collection a kind: one by one they are slow to draw."""
    low, high, estimate = (np.array([getattr(line, end) for line in lines], float) * 100 for end in ("low", "high", "estimate"))
    at, bar, ranged, there = np.arange(len(lines)), np.array([line.bar for line in lines], bool), ~np.isnan(low + high), ~np.isnan(estimate)
    for kind, colour, width in ((ranged & bar, PALE, 9), (ranged & ~bar, GREY, 2.2)):
        if kind.any():
            ax.hlines(at[kind], low[kind], high[kind], color=colour, linewidth=width, zorder=2)
    ends = at[ranged & bar]
    if len(ends):
        ax.vlines(
            np.concatenate([low[ends], high[ends]]), np.tile(ends - 0.16, 2), np.tile(ends + 0.16, 2), color=GREY, linewidth=1, zorder=2
        )
    if there.any():
        ax.scatter(estimate[there], at[there], s=42, color=ACCENT, zorder=3)


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
        ax.tick_params(axis="y", length=0)
        ax.set_yticks(range(len(rows) + 1), [*(label for label, *_ in rows), word("impact", "training_day").get(lang)])
        ax.set_ylim(len(rows) + 0.6, -0.6)
        years = range(first.year, last.year + 1)
        ax.set_xticks([_number(date(year, 1, 1)) for year in years], [str(year) for year in years])
        ax.set_xlim(_number(first), _number(last))

    return draw


def draw_arms(table: Table, shocks: Sequence[Event], day: date, time: str = "book_year") -> Draw:
    """Share of each arm by book year with its counts, over shocks and the training at their own days.

    The point of a book year stands in the middle of the year after, when its season of meetings closes: the figures of all briefs place
    an event at the book years whose meetings it met.
    """

    def draw(ax: Axes, lang: Lang) -> None:
        years = table.data[time].astype(int).to_numpy()
        for order, event in enumerate(shocks):
            left, right = max(_at(event.start), years.min() - 0.5), min(_at(event.end), years.max() + 0.5)
            if left < right:
                ax.axvspan(left, right, color=PALE, alpha=0.5, linewidth=0)
                ax.annotate(event.label.get(lang), (right, 1), (0, 3 + 12 * (order % 2)), xycoords=("data", "axes fraction"),
                            textcoords="offset points", ha="right", va="bottom", fontsize=9, annotation_clip=False)  # fmt: skip
        start = _at(day)
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


def _at(day: date) -> float:
    """Place of a day between book years: the meeting about a book year is at the middle of the year after."""
    return day.year + (day.timetuple().tm_yday - 1) / 365 - MEETING_AT


def _of(yes: object, n: object, lang: Lang) -> str:
    """``6/15``; what the public edition hides is no figure."""
    if pd.isna(yes) or pd.isna(n):  # type: ignore[call-overload]
        return word("phrase", "withheld").get(lang)
    return f"{format_value(yes, 'count', lang)}/{format_value(n, 'count', lang)}"


def draw_strip(lines: Sequence[Line], shuffled: np.ndarray, observed: float) -> Draw:
    """One estimate with the range of each test above; below, what reassignment gives and where the estimate lies in it."""

    def draw(ax: Axes, lang: Lang) -> None:
        canvas: Any = ax.figure
        ax.remove()
        above, below = canvas.subplots(2, 1, height_ratios=[0.45 * len(lines) + 0.6, 1.5], sharex=True)
        draw_lines(lines)(above, lang)
        above.set_xlabel("")
        above.tick_params(labelbottom=True)
        below.hist(shuffled * 100, bins=41, color=PALE, edgecolor=GREY, linewidth=0.5)
        below.axvline(observed * 100, color=ACCENT, linewidth=2.2)
        below.annotate(word("impact", "observed").get(lang), (observed * 100, 1.0), (0, 1), xycoords=("data", "axes fraction"),
                       textcoords="offset points", fontsize=9, ha="center", va="bottom", color=ACCENT)  # fmt: skip
        below.set_yticks([])
        below.spines["left"].set_visible(False)
        below.set_ylabel(word("impact", "reassigned").get(lang), rotation=0, ha="right", va="center")
        below.set_xlabel(_axis(lines, None, lang))

    return draw


def _number(day: date) -> float:
    return float(date2num(pd.Timestamp(day)))  # type: ignore[no-untyped-call]
