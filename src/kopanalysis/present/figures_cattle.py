"""Figures of the cattle brief: the chain from promise to animal, the gap group by group, and the printed figures beside the ledger."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.patches import Patch

from kopanalysis.metrics.herd import CHAIN
from kopanalysis.present.figures import ACCENT, GREY, INK, PALE
from kopanalysis.present.numbers import format_value
from kopanalysis.present.words import word
from kopanalysis.results import Lang, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLOSE = pd.Timedelta(days=75)
PROMISED = ("announced", "postponed", "cancelled", "contracted")
TIMELINE = ("announced", "postponed", "cancelled", "contracted", "arrived", "rejected", "accepted", "counted", "ill", "died", "sold",
            "lost", "reported_given")  # fmt: skip


def draw_chain(table: Table) -> Callable[[Axes, Lang], None]:
    """Bars of heads by stage, the funds side by side: pale what was promised, dark what was delivered; unwritten stages have no bar."""
    data = table.data[table.data["heads"].notna()]
    stages = [stage for stage in CHAIN if stage in set(data["stage"])]
    funds = list(dict.fromkeys(data["fund"]))

    def draw(ax: Axes, lang: Lang) -> None:
        step = max(1.0, float(data["heads"].astype(float).max())) * 1.22 if len(data) else 1.0
        for place, fund in enumerate(funds):
            mine = data[data["fund"] == fund]
            at, heads = np.array([stages.index(stage) for stage in mine["stage"]]), mine["heads"].astype(float).to_numpy()
            promised = mine["stage"].isin(PROMISED).to_numpy()
            ax.barh(at, heads, left=place * step, color=np.where(promised, PALE, ACCENT), edgecolor=GREY, linewidth=0.6, height=0.7)
            for row, value in zip(at, heads, strict=True):
                ax.annotate(format_value(value, "count", lang), (place * step + value, row), (4, 0), textcoords="offset points", ha="left",
                            va="center")  # fmt: skip
            ax.plot([place * step] * 2, [-0.5, len(stages) - 0.5], color=GREY, linewidth=0.8)
            ax.annotate(str(fund), (place * step, -0.95), fontweight="bold", ha="left", va="center")
        ax.tick_params(axis="y", length=0)
        ax.set_yticks(range(len(stages)), [word("herd_event", stage).get(lang) for stage in stages])
        ax.set_ylim(len(stages) - 0.45, -1.4)
        ax.set_xlim(0, max(1, len(funds)) * step)
        ax.set_xticks([])
        ax.spines[["bottom", "left"]].set_visible(False)
        colours = (("promised", PALE), ("delivered", ACCENT))
        handles = [Patch(facecolor=colour, edgecolor=GREY, linewidth=0.6, label=word("chain", key).get(lang)) for key, colour in colours]
        ax.figure.legend(handles=handles, loc="outside lower left", ncols=2)

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
        ax.tick_params(axis="y", length=0)
        ax.set_yticks(at, [f"{line['group_name']} ({line['fund']})" for _, line in data.iterrows()])
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

    lanes = _lanes(data, ledger, stages)

    def draw(ax: Axes, lang: Lang) -> None:
        _own_points(ax, ledger, lanes, lang)
        heights = np.array([lanes[stage, "whole" if whole else "group"] for stage, whole in zip(data["stage"], data["whole"], strict=True)])
        faces, wrong = np.where(data["whole"], ACCENT, "white"), (data["conflict"] != "no").to_numpy()
        ax.scatter(data["day"], heights, s=44, c=faces, edgecolors=ACCENT, linewidths=1.2, zorder=3)
        ax.scatter(data["day"][wrong], heights[wrong], s=130, facecolors="none", edgecolors=INK, linewidths=1.4, zorder=4)
        for height in np.unique(heights):
            mine = data[heights == height]
            _write(ax, mine["day"], mine["heads"], float(height), lang, INK)
        handles = [("whole", ACCENT, ACCENT, "o", 44), ("group", "white", ACCENT, "o", 44), ("contradicts", "none", INK, "o", 130)]
        for key, face, edge, marker, size in handles:
            ax.scatter([], [], s=size, c=face, edgecolors=edge, marker=marker, label=word("chain", key).get(lang))
        own = {stage: [height for (name, _), height in lanes.items() if name == stage] for stage in stages}
        ax.tick_params(axis="y", length=0)
        ax.set_yticks([sum(own[stage]) / len(own[stage]) for stage in stages], [word("herd_event", stage).get(lang) for stage in stages])
        for stage in stages:
            ax.axhline(min(own[stage]) - 0.62, color=PALE, linewidth=0.6, zorder=0)
        ax.set_ylim(min(lanes.values(), default=0.0) - 0.62, 0.7)
        _years(ax, [*data["day"], *ledger["date"]])
        ax.figure.legend(loc="outside lower left", ncols=2)

    return draw


def _lanes(data: pd.DataFrame, ledger: pd.DataFrame, stages: list[str]) -> dict[tuple[str, str], float]:
    """A height of its own for every stage and kind of figure that there is, so that no two labels share a line."""
    there = {(str(stage), "whole" if whole else "group") for stage, whole in zip(data["stage"], data["whole"], strict=True)}
    there |= {(str(event), "ledger") for event in ledger["event"]}
    lanes: dict[tuple[str, str], float] = {}
    height = 0.0
    for stage in stages:
        for kind in ("whole", "group", "ledger"):
            if (stage, kind) in there:
                lanes[stage, kind] = height
                height -= 1.0
        height -= 0.24
    return lanes


def lanes_of(printed: Table, ledger: pd.DataFrame) -> int:
    """How many lines :func:`draw_timeline` needs: its height follows from it."""
    data = printed.data[printed.data["heads"].notna() & printed.data["stage"].isin(TIMELINE)]
    kinds = {(stage, group == "all") for stage, group in zip(data["stage"], data["group"], strict=True)}
    return len(kinds) + int(ledger.loc[ledger["event"].isin(TIMELINE), "event"].nunique())


def _own_points(ax: Axes, ledger: pd.DataFrame, lanes: dict[tuple[str, str], float], lang: Lang) -> None:
    own = ledger[[(event, "ledger") in lanes for event in ledger["event"]]]
    if own.empty:
        return
    ax.scatter(own["date"], [lanes[event, "ledger"] for event in own["event"]], s=26, marker="D", c=GREY, zorder=2)
    for event, points in own.groupby("event"):
        _write(ax, points["date"], points["heads"], lanes[str(event), "ledger"], lang, GREY)
    ax.scatter([], [], s=26, marker="D", c=GREY, label=word("chain", "ledger").get(lang))


def _write(ax: Axes, days: pd.Series, heads: pd.Series, height: float, lang: Lang, colour: str) -> None:
    """Figures to the right of their points; those too close to part are written as one list behind the last of them."""
    near: list[list[tuple[pd.Timestamp, float]]] = []
    for point in sorted(zip(days, heads, strict=True), key=itemgetter(0)):
        if near and point[0] - near[-1][-1][0] <= CLOSE:
            near[-1].append(point)
        else:
            near.append([point])
    for points in near:
        ax.annotate(_label([value for _, value in points], lang), (_number(points[-1][0]), height), (9, 0), textcoords="offset points",
                    ha="left", va="center", color=colour, fontsize=9, zorder=5)  # fmt: skip


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
