"""Figures of what the cattle did: deliveries by date, effects by event time, doses by rank, assets with and without the grant, money."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.dates import date2num
from matplotlib.ticker import MaxNLocator

from kopanalysis import rules
from kopanalysis.present.figures import ACCENT, GREY, INK, PALE
from kopanalysis.present.numbers import format_rupiah, format_value
from kopanalysis.present.words import word
from kopanalysis.results import Lang, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Draw = Callable[["Axes", Lang], None]
SHOCK = "foot_and_mouth"


def draw_deliveries(groups: pd.DataFrame, by: str = "kecamatan") -> Draw:
    """A dot a quarter and place in which groups accepted animals; its area is their heads; open: no cooperative is known."""
    data = groups[groups["first_accepted"].notna()]
    data = data.assign(place=data[by].astype(object).where(data[by].notna(), ""), linked=data["coop_id"].notna(),
                       quarter=data["first_accepted"].dt.to_period("Q").dt.start_time + pd.Timedelta(days=45))  # fmt: skip
    given = data.groupby(["place", "linked", "quarter"])["heads_accepted"]
    dots = given.agg(heads="sum", groups="size").reset_index()
    places = sorted(set(dots["place"]), key=lambda place: (place == "", str(place)))

    def draw(ax: Axes, lang: Lang) -> None:
        event = rules.events()[SHOCK]
        ax.axvspan(_day(event.start), _day(event.end), color=PALE, alpha=0.6, linewidth=0, label=event.label.get(lang))
        for known, face, key in ((True, ACCENT, "linked"), (False, "white", "unlinked")):
            mine = dots[dots["linked"] == known]
            if mine.empty:
                continue
            at = [_day(quarter) for quarter in mine["quarter"]]
            ax.scatter(at, [places.index(place) for place in mine["place"]], s=18 + 0.55 * mine["heads"].astype(float), c=face,
                       edgecolors=ACCENT, linewidths=1.2, zorder=3)  # fmt: skip
            ax.scatter([], [], s=56, c=face, edgecolors=ACCENT, label=word("aid", key).get(lang))
            for when, line in zip(at, mine.to_dict("records"), strict=True):
                radius = np.sqrt((18 + 0.55 * float(line["heads"])) / np.pi)
                text = f"{format_value(line['heads'], 'count', lang)} ({format_value(line['groups'], 'count', lang)})"
                ax.annotate(text, (when, places.index(line["place"])), (radius + 4, 0), textcoords="offset points", va="center", ha="left")
        ax.tick_params(axis="y", length=0)
        ax.set_yticks(range(len(places)), [str(place) or word("aid", "no_place").get(lang) for place in places])
        ax.set_ylim(len(places) - 0.4, -0.7)
        years = range(data["first_accepted"].min().year, data["first_accepted"].max().year + 2)
        ax.set_xticks([_day(pd.Timestamp(f"{year}-01-01")) for year in years], [str(year) for year in years])
        ax.set_xlim(_day(pd.Timestamp(f"{years[0]}-01-01")) - 40, _day(data["first_accepted"].max()) + 190)
        ax.figure.legend(loc="outside lower left", ncols=2)

    return draw


def _day(day: object) -> float:
    return float(date2num(pd.Timestamp(day)))  # type: ignore[no-untyped-call, arg-type]


def draw_events(table: Table) -> Draw:
    """Dots by year since the first aid, the false aid before it open, with the number of recipients under each."""
    data = table.data.dropna(subset=["effect"]).reset_index(drop=True)

    def draw(ax: Axes, lang: Lang) -> None:
        at = data["event_time"].astype(float)
        low, high = (100 * data[name].astype(float) for name in ("effect_low", "effect_high"))
        ax.axhline(0, color=INK, linewidth=0.9)
        ax.axvline(-0.5, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        ax.vlines(at, low, high, color=GREY, linewidth=2.2, zorder=2)
        for kind, face in (("before", "white"), ("announced", PALE), ("after", ACCENT)):
            mine = data["kind"] == kind
            if mine.any():
                label = word("event_kind", kind).get(lang)
                ax.scatter(at[mine], 100 * data["effect"][mine].astype(float), s=52, c=face, edgecolors=ACCENT, zorder=3, label=label)
        counts = [word("phrase", "hidden").get(lang) if pd.isna(n) else format_value(n, "count", lang) for n in data["recipients"]]
        labels = [f"{format_value(value, 'count', lang)}\nn = {n}" for value, n in zip(at, counts, strict=True)]
        ax.set_xticks(at, labels)
        ax.set_xlabel(word("aid", "event_axis").get(lang))
        ax.set_ylabel(word("phrase", "points").get(lang))
        ax.margins(x=0.06)
        ax.figure.legend(loc="outside lower left", ncols=3)

    return draw


def draw_dose(table: Table) -> Draw:
    """Ranks of dose within the year of delivery against the change; a mark for each year."""

    def draw(ax: Axes, lang: Lang) -> None:
        ax.axhline(0, color=INK, linewidth=0.9)
        for (year, mine), (marker, face) in zip(table.data.groupby("cohort_year"), _marks(), strict=False):
            ax.scatter(mine["rank"].astype(float), 100 * mine["change"].astype(float), s=46, marker=marker, c=face, edgecolors=ACCENT,
                       label=str(year))  # fmt: skip
        ax.set_xlabel(word("aid", "rank_axis").get(lang))
        ax.set_ylabel(word("aid", "change_axis").get(lang))
        reach = max(10.0, float(100 * table.data["change"].astype(float).abs().max()) * 1.2)
        ax.set_ylim(-reach, reach)
        ax.set_xlim(0.4, float(table.data["rank"].astype(float).max()) + 0.6)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
        ax.figure.legend(loc="outside lower left", ncols=4)

    return draw


def _marks() -> list[tuple[str, str]]:
    return [("o", ACCENT), ("s", "white"), ("^", PALE), ("D", INK), ("v", "white"), ("P", ACCENT)]


def draw_assets(table: Table) -> Draw:
    """Change in assets, recipients less others: gross and net of the grant."""

    def draw(ax: Axes, lang: Lang) -> None:
        data = table.data.dropna(subset=["change_gap"]).reset_index(drop=True)
        ax.axvline(0, color=INK, linewidth=0.9)
        at = np.arange(len(data))
        ax.hlines(at, data["gap_low"].astype(float), data["gap_high"].astype(float), color=GREY, linewidth=2.4, zorder=2)
        ax.scatter(data["change_gap"].astype(float), at, s=56, c=[ACCENT, "white"][: len(data)], edgecolors=ACCENT, zorder=3)
        for row, line in data.iterrows():
            text = format_rupiah(1e6 * float(line["change_gap"]), lang)
            label = ax.annotate(text, (float(line["change_gap"]), float(str(row))), (0, 9), textcoords="offset points", ha="center")
            label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})  # the line of zero may run beneath it
        ax.tick_params(axis="y", length=0)
        ax.set_yticks(at, [word("asset", name).get(lang) for name in data["asset"]])
        ax.set_ylim(len(data) - 0.5, -0.7)
        ax.set_xlabel(word("aid", "assets_axis").get(lang))

    return draw


def draw_acceptability(table: Table) -> Draw:
    """Confidence that the cattle are worth their cost, by the value of an active year."""

    def draw(ax: Axes, lang: Lang) -> None:
        worth = table.data["willingness_idr"].astype(float).to_numpy()
        confidence = 100 * table.data["confidence"].astype(float).to_numpy()
        ax.plot(worth, confidence, color=ACCENT, linewidth=2, marker="o", markersize=5)
        ticks = [float(value) for number, value in enumerate(worth) if number % 2 == 1]
        ax.set_xticks(ticks, [format_rupiah(value, lang) for value in ticks])
        ax.set_xlim(0, float(worth.max()) * 1.05)
        ax.set_ylim(-3, 103)
        ax.set_yticks([0, 25, 50, 75, 100], [format_value(value / 100, "percent", lang).split("," if lang == "id" else ".")[0] for value in
                                              (0, 25, 50, 75, 100)])  # fmt: skip
        ax.set_ylabel(word("aid", "confidence_axis").get(lang))
        ax.set_xlabel(word("aid", "worth_axis").get(lang))

    return draw
