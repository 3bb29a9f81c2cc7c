"""Status by year, survival by age and printed totals, drawn from records; what grey can't tell apart is hatched."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection
from matplotlib.patches import Patch

from kopanalysis import rules
from kopanalysis.present.figures import ACCENT, FILL, GREY, HATCH, INK, PALE, STATUS_ORDER
from kopanalysis.present.numbers import format_printed_day, format_value
from kopanalysis.present.words import word
from kopanalysis.results import Curve, Lang, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_icon_array(counts: dict[str, int], per_row: int = 32) -> Callable[[Axes, Lang], None]:
    """One dot a cooperative, coloured by status, in reading order."""

    def draw(ax: Axes, lang: Lang) -> None:
        states = np.array([status for status in STATUS_ORDER for _ in range(int(counts.get(status) or 0))])
        x, y = np.arange(len(states)) % per_row, -(np.arange(len(states)) // per_row)
        for status in dict.fromkeys(states.tolist()):
            here = states == status
            label = f"{format_value(counts[status], 'count', lang)} {word('status', status).get(lang)}"
            edge = FILL[status] if status in ("inactive", "dissolved") else GREY
            ax.scatter(x[here], y[here], s=96, c=FILL[status], edgecolors=edge, linewidths=0.8, hatch=HATCH.get(status), label=label)
        ax.set_axis_off()
        ax.set_xlim(-0.6, per_row - 0.4)
        ax.set_ylim(y.min(initial=0) - 0.6, 0.6)
        ax.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=len(STATUS_ORDER), handletextpad=0.2, columnspacing=1.4, borderpad=0)

    return draw


def draw_ribbon(table: Table) -> Callable[[Axes, Lang], None]:
    """A line a cooperative, a column a book year, coloured by status."""
    years = [column for column in table.data.columns if str(column).isdigit()]

    def draw(ax: Axes, lang: Lang) -> None:
        states = table.data[years].to_numpy(dtype=object)
        for status in STATUS_ORDER:
            columns, tops, heights = _runs(states == status)
            boxes = [
                [(x - 0.47, y), (x + 0.47, y), (x + 0.47, y + h), (x - 0.47, y + h)] for x, y, h in zip(columns, tops, heights, strict=True)
            ]
            # One collection: hundreds of bars are slow to draw one by one.
            ax.add_collection(
                PolyCollection(boxes, facecolors=FILL[status], hatch=HATCH.get(status), linewidths=0, edgecolors=GREY), autolim=False
            )
        ax.set_ylim(len(states), 0)
        ax.set_xlim(-0.5, len(years) - 0.5)
        ax.set_xticks(range(len(years)), years)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.set_xlabel(word("column", "book_year").get(lang))
        _legend(ax, [status for status in STATUS_ORDER if (states == status).any()], lang)
        _mark_events(ax, [int(year) for year in years], lang)

    return draw


def _runs(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Neighbouring lines of one status in a column, drawn as one bar: column, first line, how many lines."""
    padded = np.pad(mask.astype(np.int8), ((1, 1), (0, 0)))
    change = np.diff(padded, axis=0).T
    columns, tops = np.nonzero(change == 1)
    _, ends = np.nonzero(change == -1)
    return columns, tops, ends - tops


def _legend(ax: Axes, statuses: list[str], lang: Lang) -> None:
    handles = [
        Patch(facecolor=FILL[status], edgecolor=GREY, hatch=HATCH.get(status), linewidth=0.6, label=word("status", status).get(lang))
        for status in statuses
    ]
    canvas = ax.figure
    canvas.legend(handles=handles, loc="outside lower left", ncols=len(handles), handlelength=1.2, columnspacing=1.4)


def _mark_events(ax: Axes, years: list[int], lang: Lang) -> None:
    """Name what hit every cooperative at once, above the book years whose meetings it fell in, on two levels so that names don't touch."""
    for order, event in enumerate(rules.events().values()):
        within = [i for i, year in enumerate(years) if event.start.year <= year + 1 <= event.end.year]
        if not within:
            continue
        left, right = within[0] - 0.45, within[-1] + 0.45
        height = 5 + 13 * (order % 2)
        side = "right" if within[-1] == len(years) - 1 else "center"
        at = (right if side == "right" else (left + right) / 2, 0)
        ax.annotate(
            event.label.get(lang), at, (0, height), textcoords="offset points", ha=side, va="bottom", fontsize=9, annotation_clip=False,
        )  # fmt: skip
        ax.plot([left, right], [0, 0], color=INK, linewidth=2.5, clip_on=False, solid_capstyle="butt")


def draw_status_years(table: Table) -> Callable[[Axes, Lang], None]:
    """Stacked counts by book year: the ribbon without its lines, for the public edition."""

    def draw(ax: Axes, lang: Lang) -> None:
        years = table.data["book_year"].astype(int)
        bottom = np.zeros(len(years))
        for status in ("active", "new", "inactive", "unknown"):
            height = pd.to_numeric(table.data[status], errors="coerce").fillna(0).to_numpy(float)
            ax.bar(years, height, bottom=bottom, color=FILL[status], edgecolor=GREY, linewidth=0.6, hatch=HATCH.get(status, ""))
            bottom += height
        ax.set_xticks(list(years), [str(year) for year in years])
        ax.set_xlabel(word("column", "book_year").get(lang))
        _legend(ax, ["active", "new", "inactive", "unknown"], lang)

    return draw


def draw_survival(curve: Curve, at_risk: Table) -> Callable[[Axes, Lang], None]:
    """Share still active by age with its band, the numbers at risk beneath."""

    def draw(ax: Axes, lang: Lang) -> None:
        draw_curve(curve, ax, lang)
        top = last_time(curve)
        shown = at_risk.data[at_risk.data["time"] <= top]
        ax.set_xlim(0, top)
        ages = [format_value(age, "count", lang) for age in shown["time"]]
        counts = [format_value(n, "count", lang) for n in shown["n_risk"]]
        ax.set_xticks(list(shown["time"]), [f"{age}\n{count}" for age, count in zip(ages, counts, strict=True)])
        age, risk = word("column", "time").get(lang), word("column", "n_risk").get(lang).lower()
        ax.set_xlabel(f"{age}; {word('phrase', 'beneath').get(lang)} {risk}")

    return draw


def last_time(curve: Curve, most: float = np.inf) -> float:
    """The last time of a curve that may be drawn, at most ``most``; an empty one still gets an axis."""
    times = curve.drawn()["time"]
    return min(1.0 if times.empty else float(times.max()), most)


def draw_curve(curve: Curve, ax: Axes | None = None, lang: Lang = "id") -> Axes:
    """Step lines with bands, one a term."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots()
    for index, (term, data) in enumerate(curve.drawn().groupby("term", sort=False)):
        x = np.concatenate([[0.0], data["time"]])
        y, low, high = (np.concatenate([[1.0], data[name]]) for name in ("estimate", "conf_low", "conf_high"))
        colour = (ACCENT, INK, GREY)[index % 3]
        ax.fill_between(x, low, high, step="post", color=colour, alpha=0.18, linewidth=0)
        ax.step(x, y, where="post", color=colour, linewidth=1.8, label=word("term", str(term)).get(lang))
    ax.set_ylim(0, 1.02)
    ax.yaxis.set_major_formatter(lambda value, _: f"{format_value(value, 'percent', lang).split(',')[0].split('.')[0]}%")
    ax.set_xlabel(word("column", "time").get(lang))
    ax.set_ylabel(word("column", "estimate").get(lang))
    if curve.drawn()["term"].nunique() > 1:
        ax.legend()
    return ax


def draw_published(table: Table) -> Callable[[Axes, Lang], None]:
    """Printed totals as stacked bars of active and inactive, in order of date; printed meetings as dots."""

    def draw(ax: Axes, lang: Lang) -> None:
        data = table.data[table.data["inactive"].notna()].reset_index(drop=True)
        inactive = data["inactive"].astype(float)
        rest = data["total"].astype(float) - inactive
        at = np.arange(len(data))
        ax.barh(at, inactive, color=ACCENT, height=0.62, label=word("status", "inactive").get(lang))
        ax.barh(at, rest, left=inactive, color=PALE, edgecolor=GREY, linewidth=0.6, height=0.62, label=word("status", "active").get(lang))
        meetings = data["rat_held"].astype(float)
        ax.scatter(meetings, at, marker="D", s=30, c="white", edgecolors=INK, zorder=3, label=word("column", "rat_held").get(lang))
        for row, value in enumerate(inactive):
            ax.annotate(format_value(value, "count", lang), (value - 1.5, row), ha="right", va="center", color="white", fontweight="bold")
            total = data["total"].iloc[row]
            ax.annotate(format_value(total, "count", lang), (float(total) + 1.5, row), ha="left", va="center")
        labels = zip(data["date"], data["scope"], strict=True)
        ax.tick_params(axis="y", length=0)
        ax.set_yticks(at, [f"{format_printed_day(date, lang)}\n{word('scope', scope).get(lang)}" for date, scope in labels])
        ax.invert_yaxis()
        ax.set_xlim(0, float(data["total"].max()) * 1.1)
        ax.figure.legend(loc="outside lower left", ncols=3)

    return draw
