"""Figures of the cattle brief: the chain from promise to animal, the gap group by group, and the printed figures beside the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from kopanalysis.present.figures import ACCENT, GREY, INK, PALE
from kopanalysis.present.numbers import format_value
from kopanalysis.present.words import word
from kopanalysis.results import Lang, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLOSE = pd.Timedelta(days=75)
PROMISED = ("announced", "postponed", "cancelled", "contracted")
TIMELINE = ("announced", "postponed", "cancelled", "contracted", "arrived", "rejected", "accepted", "counted", "died", "sold", "lost",
            "reported_given")  # fmt: skip


def draw_chain(table: Table) -> Callable[[Axes, Lang], None]:
    """Bars of heads by fund and stage: pale what was promised, dark what was delivered; what nobody wrote down has no bar."""

    def draw(ax: Axes, lang: Lang) -> None:
        data = table.data[table.data["heads"].notna()].reset_index(drop=True)
        heads = data["heads"].astype(float)
        gaps = (data["fund"] != data["fund"].shift()).cumsum() - 1
        at = np.arange(len(data)) + 0.6 * gaps.to_numpy()
        promised = data["stage"].isin(PROMISED)
        for chosen, colour, key in ((promised, PALE, "promised"), (~promised, ACCENT, "delivered")):
            label = word("chain", key).get(lang)
            ax.barh(at[chosen], heads[chosen], color=colour, edgecolor=GREY, linewidth=0.6, height=0.66, label=label)
        for row, value in enumerate(heads):
            ax.annotate(format_value(value, "count", lang), (value, at[row]), (4, 0), textcoords="offset points", ha="left", va="center")
        ax.set_yticks(at, [word("herd_event", stage).get(lang) for stage in data["stage"]])
        for fund, rows in data.groupby("fund", sort=False):
            ax.annotate(str(fund), (0, at[rows.index[0]] - 0.62), (-4, 0), textcoords="offset points", ha="right", va="center",
                        fontweight="bold", annotation_clip=False)  # fmt: skip
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(at.max(initial=0) + 0.7, -1.1)
        ax.set_xlim(0, max(1.0, float(heads.max()) * 1.12) if len(heads) else 1.0)
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)
        ax.figure.legend(loc="outside lower left", ncols=2)

    return draw


def draw_gap(table: Table, most: int = 12) -> Callable[[Axes, Lang], None]:
    """Expected and counted heads of the groups with the largest gaps: the line between them is what nobody wrote down."""

    def draw(ax: Axes, lang: Lang) -> None:
        data = table.data[table.data["gap"].notna() & (table.data["gap"] != 0)]
        data = data.reindex(data["gap"].abs().sort_values(ascending=False, kind="stable").index).head(most).reset_index(drop=True)
        at = np.arange(len(data))
        ax.hlines(at, data["last_counted"], data["expected"], color=GREY, linewidth=2.2, zorder=1)
        ax.scatter(data["expected"], at, s=46, c="white", edgecolors=INK, zorder=2, label=word("column", "expected").get(lang))
        ax.scatter(data["last_counted"], at, s=46, c=ACCENT, zorder=2, label=word("column", "last_counted").get(lang))
        for row, (_, line) in enumerate(data.iterrows()):
            text = f"{word('column', 'gap').get(lang).lower()} {format_value(line['gap'], 'count', lang)}"
            right = max(line["expected"], line["last_counted"])
            ax.annotate(text, (right, row), (9, 0), textcoords="offset points", ha="left", va="center")
        ax.set_yticks(at, [f"{line['group_name']} ({line['fund']})" for _, line in data.iterrows()])
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(len(data) - 0.4, -0.6)
        top = float(max(data["expected"].max(), data["last_counted"].max())) if len(data) else 1.0
        ax.set_xlim(0, top * 1.25)
        ax.set_xlabel(word("column", "heads").get(lang))
        ax.figure.legend(loc="outside lower left", ncols=2)

    return draw


def draw_timeline(printed: Table, ledger: pd.DataFrame) -> Callable[[Axes, Lang], None]:
    """Printed figures by date and stage, those that contradict another ringed; below each stage the office's ledger of the same fund.

    Parameters
    ----------
    printed : Table
        From :func:`kopanalysis.cattle_timeline`.
    ledger : pandas.DataFrame
        ``date, event, heads``: totals of the office's ledger by day; may be empty.
    """
    data = printed.data[printed.data["heads"].notna() & printed.data["stage"].isin(TIMELINE)]
    data = data.assign(day=[pd.Timestamp(_middle(text)) for text in data["date"]], whole=data["group"] == "all")
    stages = [stage for stage in TIMELINE if stage in set(data["stage"]) | set(ledger["event"])]

    def draw(ax: Axes, lang: Lang) -> None:
        level = {stage: -place for place, stage in enumerate(stages)}
        _own_points(ax, ledger, level, lang)
        for (stage, whole), points in data.groupby(["stage", "whole"]):
            height = level[str(stage)] + (0.26 if whole else 0.0)
            ax.scatter(
                points["day"], [height] * len(points), s=44, c=ACCENT if whole else "white", edgecolors=ACCENT, linewidths=1.2, zorder=3
            )
            wrong = points[points["conflict"] != "no"]
            ax.scatter(wrong["day"], [height] * len(wrong), s=150, facecolors="none", edgecolors=INK, linewidths=1.4, zorder=4)
            _write(ax, points["day"], points["heads"], height, lang, INK)
        handles = [("whole", ACCENT, ACCENT, "o", 44), ("group", "white", ACCENT, "o", 44), ("contradicts", "none", INK, "o", 150)]
        for key, face, edge, marker, size in handles:
            ax.scatter([], [], s=size, c=face, edgecolors=edge, marker=marker, label=word("chain", key).get(lang))
        ax.set_yticks([level[stage] for stage in stages], [word("herd_event", stage).get(lang) for stage in stages])
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(min(level.values(), default=0) - 0.6, 0.6)
        for place in level.values():
            ax.axhline(place - 0.5, color=PALE, linewidth=0.6, zorder=0)
        _years(ax, [*data["day"], *ledger["date"]])
        ax.figure.legend(loc="outside lower left", ncols=2)

    return draw


def _own_points(ax: Axes, ledger: pd.DataFrame, level: dict[str, int], lang: Lang) -> None:
    own = ledger[ledger["event"].isin(level)]
    if own.empty:
        return
    for event, points in own.groupby("event"):
        height = level[str(event)] - 0.28
        ax.scatter(points["date"], [height] * len(points), s=26, marker="D", c=GREY, zorder=2)
        _write(ax, points["date"], points["heads"], height, lang, GREY)
    ax.scatter([], [], s=26, marker="D", c=GREY, label=word("chain", "ledger").get(lang))


def _write(ax: Axes, days: pd.Series, heads: pd.Series, height: float, lang: Lang, colour: str) -> None:
    """Figures to the right of their points; those too close to part are written as one list behind the last of them."""
    points = pd.DataFrame({"day": list(days), "heads": list(heads)}).sort_values("day", kind="stable")
    apart = (points["day"].diff() > CLOSE).cumsum()
    for _, near in points.groupby(apart):
        ax.annotate(_label(near["heads"].tolist(), lang), (near["day"].iloc[-1], height), (9, 0), textcoords="offset points", ha="left",
                    va="center", color=colour, fontsize=9, zorder=5)  # fmt: skip


def _label(heads: list[float], lang: Lang) -> str:
    """``5 x 200`` where several groups share a figure, else the figures beside each other."""
    texts = [format_value(value, "count", lang) for value in heads]
    if len(set(texts)) == 1 and len(texts) > 1:
        return f"{len(texts)} \u00d7 {texts[0]}"
    return ", ".join(texts)


def _middle(text: str) -> str:
    """A day for a date that was printed as a month or a year: the middle of it."""
    return {4: f"{text}-07-01", 7: f"{text}-15"}.get(len(text), text)


def _years(ax: Axes, days: list[pd.Timestamp]) -> None:
    first, last = min(days).year, max(days).year
    years = range(first, last + 2)
    ax.set_xticks([_number(pd.Timestamp(f"{year}-01-01")) for year in years], [str(year) for year in years])
    ax.set_xlim(_number(pd.Timestamp(f"{first}-07-01")), _number(max(days) + pd.Timedelta(days=150)))


def _number(day: pd.Timestamp) -> float:
    from matplotlib.dates import date2num

    return float(date2num(day))  # type: ignore[no-untyped-call]
