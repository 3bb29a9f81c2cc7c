"""Outlines from an office's geojson: used when whole, refused in one sentence when not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kopanalysis.loaders.boundaries import LARGEST, read_boundaries

PLACES = ["Sangir", "Pauh Duo"]
SQUARE = [[101.0, -1.5], [101.2, -1.5], [101.2, -1.3], [101.0, -1.3], [101.0, -1.5]]


def feature(name: str, ring: Any = None, key: str = "NAMOBJ", kind: str = "Polygon") -> dict[str, Any]:
    rings = [SQUARE if ring is None else ring]
    return {
        "type": "Feature",
        "properties": {key: name},
        "geometry": {"type": kind, "coordinates": [rings] if kind == "MultiPolygon" else rings},
    }


def write(folder: Path, features: Any, name: str = "peta.geojson") -> Path:
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_without_a_file_there_are_no_shapes_and_nothing_to_say(tmp_path: Path) -> None:
    found = read_boundaries(tmp_path, PLACES)
    assert (dict(found.shapes), found.refused) == ({}, ())


@pytest.mark.parametrize("key", ["NAMOBJ", "WADMKC", "kecamatan", "Nama"])
def test_places_are_known_by_any_usual_field_and_spelling(tmp_path: Path, key: str) -> None:
    write(tmp_path, [feature("Kec. SANGIR", key=key), feature("Pauah Duo", key=key, kind="MultiPolygon"), feature("Elsewhere", key=key)])
    found = read_boundaries(tmp_path, PLACES)
    assert set(found.shapes) == set(PLACES)
    assert found.shapes["Sangir"][0].shape[1] == 2


def test_fine_detail_is_thinned(tmp_path: Path) -> None:
    turn = np.linspace(0, 2 * np.pi, 20_000)
    circle = np.column_stack([101 + 0.1 * np.cos(turn), -1.4 + 0.1 * np.sin(turn)]).tolist()
    write(tmp_path, [feature("Sangir", circle), feature("Pauh Duo")])
    assert 300 < len(read_boundaries(tmp_path, PLACES).shapes["Sangir"][0]) < 4_000


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ([feature("Sangir")], "Pauh Duo"),
        ([], "Pauh Duo"),
        ("x", "collection of polygons"),
        ([feature("Sangir", [[700_000, 9_800_000]] * 4), feature("Pauh Duo")], "degrees"),
        ([feature("Sangir", [[101, -1.5], [101, -1.4]]), feature("Pauh Duo")], "fewer than three"),
        ([feature("Sangir", [["a", "b"]] * 4), feature("Pauh Duo")], "can't be read"),
        ([feature("Sangir", [[float("nan"), -1.5]] * 4), feature("Pauh Duo")], "degrees"),
        ([feature("Sangir", 5), feature("Pauh Duo")], "can't be read"),
        (
            [
                None,
                5,
                {"properties": 5, "geometry": 5},
                {"properties": {"name": "Sangir"}, "geometry": {"type": "Polygon", "coordinates": 5}},
            ],
            "Pauh Duo",
        ),
        ([feature("Sangir", [[101 + i * 1e-6, -1.5] for i in range(200_001)]), feature("Pauh Duo")], "too many points"),
        ([{}] * 1_001, "collection of polygons"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path, features: Any, said: str) -> None:
    write(tmp_path, features)
    found = read_boundaries(tmp_path, PLACES)
    assert dict(found.shapes) == {}
    assert len(found.refused) == 1
    assert said in found.refused[0].en
    assert "peta.geojson" in found.refused[0].id
    assert "\n" not in found.refused[0].en


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"\xff\xfe\x00", b"5", b" " * (LARGEST + 1)])
def test_a_broken_or_hostile_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.geojson").write_bytes(content)
    assert len(read_boundaries(tmp_path, PLACES).refused) == 1


def test_a_second_file_is_used_where_the_first_cannot_be(tmp_path: Path) -> None:
    write(tmp_path, [feature("Sangir")], "a.geojson")
    write(tmp_path, [feature("Sangir"), feature("Pauh Duo")], "b.geojson")
    found = read_boundaries(tmp_path, PLACES)
    assert set(found.shapes) == set(PLACES)
    assert "a.geojson" in found.refused[0].en
