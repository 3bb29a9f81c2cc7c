"""Figures of doubt: which way each threat pushes, how much silence would undo the result, one left out, every choice ranked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from kopanalysis.present.figures import ACCENT, GREY, INK, PALE
from kopanalysis.present.numbers import format_value
from kopanalysis.present.words import word
from kopanalysis.results import Lang, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Draw = Callable[["Axes", Lang], None]


def draw_ledger(table: Table) -> Draw:
    """An arrow a threat, as long as its simulated bias; two heads where single districts are thrown off either way."""

    def draw(ax: Axes, lang: Lang) -> None:
        data = table.data.reset_index(drop=True)
        ax.axvline(0, color=INK, linewidth=0.9)
        for place, line in enumerate(data.to_dict("records")):
            size = float(line["bias"]) * 100
            if line["sign"] == "either":
                ax.annotate("", (9, place), (-9, place), arrowprops={"arrowstyle": "<->", "color": GREY, "lw": 1.8, "ls": (0, (3, 2))})
                note, right = word("impact", "either").get(lang), 9.0
            elif line["sign"] == "none":
                ax.scatter([size], [place], marker="|", s=120, color=GREY)
                note, right = word("impact", "no_push").get(lang), 0.0
            else:
                ax.annotate("", (size, place), (0, place), arrowprops={"arrowstyle": "-|>", "color": ACCENT, "lw": 3.2})
                note, right = f"{'+' if size > 0 else ''}{format_value(size / 100, 'percent', lang)}", max(size, 0.0)
            ax.annotate(note, (right, place), (8, 0), textcoords="offset points", va="center", fontsize=9)
        ax.tick_params(axis="y", length=0)
        ax.set_yticks(range(len(data)), [word("threat", threat).get(lang) for threat in data["threat"]])
        ax.set_ylim(len(data) - 0.4, -0.6)
        low, high = min(-12.0, float(data["bias"].min()) * 110), max(15.0, float(data["bias"].max()) * 110)
        ax.set_xlim(low, high + 6)
        ax.set_xlabel(word("impact", "bias_axis").get(lang))

    return draw


def draw_tipping(table: Table, plausible: float) -> Draw:
    """Map of silent cooperatives that were in truth at work: hatched where the estimate is zero or reversed; framed what is plausible."""

    def draw(ax: Axes, lang: Lang) -> None:
        data = table.data
        wide = data.pivot(index="treated_active", columns="controls_active", values="estimate").astype(float) * 100
        x, y, z = wide.columns.to_numpy(float), wide.index.to_numpy(float), wide.to_numpy(float)
        if z.shape[0] > 1 and z.shape[1] > 1:
            kept = z * np.sign(z[0, 0])
            ax.contourf(x, y, kept, levels=[-1000, 0, 1000], colors=[PALE, "#ffffff"], hatches=["//", ""])
            lines = ax.contour(x, y, z, levels=[-30, -20, -10, 0, 10, 20, 30], colors=[GREY], linewidths=0.9)
            ax.clabel(lines, fmt=lambda value: format_value(value / 100, "percent", lang).split(",")[0].split(".")[0], fontsize=8)
        ax.scatter([0], [0], s=60, color=ACCENT, zorder=4, clip_on=False, label=word("impact", "as_recorded").get(lang))
        frame = Rectangle((0, 0), plausible * x.max(), plausible * y.max(), fill=False, edgecolor=INK, linewidth=1.6, linestyle=(0, (4, 2)),
                          zorder=4, label=word("impact", "plausible").get(lang))  # fmt: skip
        ax.add_patch(frame)
        ax.scatter([], [], marker="s", s=90, facecolor=PALE, edgecolor=GREY, hatch="////", label=word("impact", "gone").get(lang))
        ax.set_xlabel(word("impact", "controls_working").get(lang))
        ax.set_ylabel(word("impact", "treated_working").get(lang))
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        ax.figure.legend(loc="outside lower left", ncols=3)

    return draw


def draw_left_out(data: pd.DataFrame, names: Sequence[str] | None, whole: float) -> Draw:
    """The estimate without each treated cooperative, named or not, lowest first; the line is the estimate with all."""

    def draw(ax: Axes, lang: Lang) -> None:
        at, values = np.arange(len(data)), data["estimate"].astype(float).to_numpy() * 100
        ax.axvline(0, color=INK, linewidth=0.9)
        ax.axvline(whole * 100, color=ACCENT, linewidth=1.4, linestyle=(0, (4, 3)))
        ax.hlines(at, data["conf_low"].astype(float) * 100, data["conf_high"].astype(float) * 100, color=PALE, linewidth=4)
        ax.scatter(values, at, s=34, color=ACCENT, zorder=3)
        ax.tick_params(axis="y", length=0)
        if names is None:
            ax.set_yticks([])
            ax.set_ylabel(word("impact", "one_unnamed").get(lang))
        else:
            ax.set_yticks(at, list(names), fontsize=8.5)
        ax.set_ylim(len(data) - 0.4, -0.6)
        ax.set_xlabel(word("impact", "effect_axis").get(lang))

    return draw


def draw_specifications(table: Table) -> Draw:
    """Every combination of choices, lowest estimate first; the middle one and the planned one marked."""

    def draw(ax: Axes, lang: Lang) -> None:
        data = table.data[table.data["estimate"].notna()].reset_index(drop=True)
        at, values = np.arange(1, len(data) + 1), data["estimate"].astype(float).to_numpy() * 100
        ax.vlines(at, data["conf_low"].astype(float) * 100, data["conf_high"].astype(float) * 100, color=PALE, linewidth=2.4)
        same = (data["estimator"] == "same_state").to_numpy()
        for chosen, marker, face, key in ((~same, "o", ACCENT, "did"), (same, "s", "white", "same_state")):
            ax.scatter(at[chosen], values[chosen], marker=marker, s=20, facecolor=face, edgecolor=ACCENT, linewidth=0.9, zorder=3,
                       label=word("estimator", key).get(lang))  # fmt: skip
        planned = (data["outcome"] == table.data.attrs.get("outcome", "rat_held")) & (data["window"] == "all") & (data["sample"] == "all")
        for row in data.index[planned & ~same]:
            ax.annotate(word("impact", "planned").get(lang), (at[row], values[row]), (at[row], 1.0), textcoords=("data", "axes fraction"),
                        ha="center", va="bottom", fontsize=9, arrowprops={"arrowstyle": "-", "color": INK, "lw": 0.8})  # fmt: skip
        ax.axhline(0, color=INK, linewidth=0.9)
        ax.axhline(float(np.median(values)), color=ACCENT, linewidth=1.2, linestyle=(0, (4, 3)), label=word("impact", "middle").get(lang))
        ax.set_xlabel(word("impact", "choices").get(lang))
        ax.set_ylabel(word("phrase", "points").get(lang))
        ax.figure.legend(loc="outside lower left", ncols=3)

    return draw
