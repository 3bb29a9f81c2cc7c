"""The map: every number printed, the order of shades kept in grey, hidden counts hidden, outlines where they are given."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon

from kopanalysis.loaders.regions import all_regions
from kopanalysis.present.figures_map import _layouts, draw_tiles, layout, tiles_size
from kopanalysis.results import EDITION_VARIABLE, Table

SEVEN = ["Koto Parik Gadang Diateh", "Pauh Duo", "Sangir", "Sangir Balai Janggo", "Sangir Batang Hari", "Sangir Jujuan", "Sungai Pagu"]


def table(
    places: list[str] = SEVEN, inactive: tuple[int, ...] = (5, 6, 13, 3, 8, 5, 9), total: tuple[int, ...] = (8, 13, 27, 12, 14, 18, 35)
) -> Table:
    rest = [whole - part for part, whole in zip(inactive, total, strict=True)]
    data = pd.DataFrame({"kecamatan": places, "total": total, "active": rest, "inactive": inactive})
    return Table("activity_by_kecamatan", data, ("active", "inactive"), "total")


def drawn(shown: Table, lang: str = "id", shapes: object = None) -> Figure:
    canvas = Figure(figsize=tiles_size(shown, shapes))  # type: ignore[arg-type]
    FigureCanvasAgg(canvas)
    draw_tiles(shown, shapes)(canvas.add_subplot(), lang)  # type: ignore[arg-type]
    canvas.canvas.draw()
    return canvas


def printed(canvas: Figure) -> list[str]:
    return [text.get_text().replace("\n", " ") for text in canvas.axes[0].texts]


@pytest.fixture
def public() -> Iterator[None]:
    os.environ[EDITION_VARIABLE] = "public"
    yield
    del os.environ[EDITION_VARIABLE]


def test_the_layout_names_every_kecamatan_of_the_district_once() -> None:
    official = {place.name for place in all_regions() if place.level == "kecamatan" and place.parent == "13.11"}
    assert official == set(SEVEN)
    cells = layout(tuple(SEVEN))
    assert cells is not None
    assert set(cells) == official
    assert len(set(cells.values())) == 7
    assert len(_layouts()["13.11"]) == 7


@pytest.mark.parametrize(("lang", "first", "note"), [("id", "5 dari 8", "Letak kotak kira-kira."), ("en", "5 of 8", "Tiles lie roughly")])
def test_every_place_and_every_number_is_printed(lang: str, first: str, note: str) -> None:
    texts = printed(drawn(table(), lang))
    assert set(SEVEN) <= set(texts)
    assert first in texts
    assert len([text for text in texts if text.endswith(("8", "13", "27", "12", "14", "18", "35"))]) == 7
    assert any(note in text for text in texts)


def test_darker_means_a_larger_share_also_in_grey() -> None:
    shown = table(inactive=(1, 3, 5, 7, 9, 11, 13), total=(14,) * 7)
    boxes = [box for box in drawn(shown).axes[0].patches if isinstance(box, FancyBboxPatch)]
    grey = [float(np.dot(box.get_facecolor()[:3], (0.299, 0.587, 0.114))) for box in boxes]
    assert grey == sorted(grey, reverse=True)
    assert grey[0] - grey[-1] > 0.4


def test_words_can_be_read_on_every_shade() -> None:
    def luminance(colour: object) -> float:
        from matplotlib.colors import to_rgb

        parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in to_rgb(colour)]  # type: ignore[arg-type]
        return float(np.dot(parts, (0.2126, 0.7152, 0.0722)))

    for part in range(21):
        ax = drawn(table(["Sangir"], (part,), (20,))).axes[0]
        first, second = luminance(ax.patches[0].get_facecolor()[:3]), luminance(ax.texts[0].get_color())
        assert (max(first, second) + 0.05) / (min(first, second) + 0.05) > 4.4, part


def test_other_districts_get_tiles_in_lines_by_name() -> None:
    canvas = drawn(table(["Zeta", "Alfa", "Beta"], (1, 2, 3), (10, 10, 10)), "en")
    at = {text.get_text(): text.xy for text in canvas.axes[0].texts}
    assert at["Alfa"][1] == at["Beta"][1] < at["Zeta"][1]
    assert at["Alfa"][0] < at["Beta"][0]
    assert not any("roughly" in text for text in printed(canvas))


def test_a_place_that_the_layout_lacks_follows_below() -> None:
    cells = layout((*SEVEN, "Kecamatan Baru"))
    assert cells is not None
    assert cells["Kecamatan Baru"][0] > max(row for name, (row, _) in cells.items() if name in SEVEN)


def test_what_the_public_may_not_see_is_hidden_and_hatched(public: None) -> None:
    canvas = drawn(table())
    texts = printed(canvas)
    assert "3 dari 12" not in texts
    assert "<5 dari 12" in texts
    hatched = [box.get_hatch() for box in canvas.axes[0].patches if isinstance(box, FancyBboxPatch)]
    assert hatched[SEVEN.index("Sangir Balai Janggo")]
    assert not hatched[SEVEN.index("Pauh Duo")]


def test_outlines_are_drawn_where_every_place_has_one() -> None:
    shapes = {name: (np.array([[101 + i, -1.0], [101.9 + i, -1.0], [101.9 + i, -1.9], [101 + i, -1.9]]),) for i, name in enumerate(SEVEN)}
    canvas = drawn(table(), "en", shapes)
    assert len([patch for patch in canvas.axes[0].patches if isinstance(patch, Polygon)]) == 7
    assert "5 of 8" in printed(canvas)
    del shapes["Sangir"]
    assert not [patch for patch in drawn(table(), "en", shapes).axes[0].patches if isinstance(patch, Polygon)]


def test_a_label_lies_inside_a_crooked_outline() -> None:
    crooked = np.array([[101, -1], [103, -1], [103, -1.2], [101.2, -1.2], [101.2, -3], [101, -3]], float)
    canvas = drawn(table(["Sangir"], (5,), (9,)), "id", {"Sangir": (crooked,)})
    patch = next(patch for patch in canvas.axes[0].patches if isinstance(patch, Polygon))
    assert patch.get_path().contains_point(canvas.axes[0].texts[0].xy)
