"""Outlines of kecamatan from a geojson that an office put beside its data: untrusted, so capped, checked and refused in one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kopanalysis.loaders.regions import place_key
from kopanalysis.results import Text

LARGEST, MOST_FEATURES, MOST_POINTS = 5_000_000, 1_000, 200_000  # bytes, features, points
NAME_FIELDS = ("kecamatan", "wadmkc", "namobj", "nama", "name", "nm_kec", "name_3")
WEST, EAST, SOUTH, NORTH = 94.0, 142.0, -12.0, 7.0  # degrees: Indonesia with its sea
FINEST = 800  # a step shorter than this part of the map can't be seen
Rings = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Boundaries:
    """Outlines by kecamatan, or why there are none.

    Attributes
    ----------
    shapes : dict of str to tuple of numpy.ndarray
        Place, named as the office's tables name it, to its outer rings: longitude and latitude in degrees. Empty: draw tiles.
    refused : tuple of Text
        One sentence a file that can't be used.
    """

    shapes: Mapping[str, Rings] = field(default_factory=dict)
    refused: tuple[Text, ...] = ()


class _Unusable(Exception):
    """Why a file can't be used, in both languages."""


def read_boundaries(folder: Path | str, places: Iterable[str]) -> Boundaries:
    """Read the first ``*.geojson`` of a folder that has an outline for every place.

    Parameters
    ----------
    folder : path
    places : iterable of str
        Names of the kecamatan to be drawn.

    Returns
    -------
    Boundaries
        Without shapes where no file can be used; never raises for what a file holds.
    """
    wanted = {place_key(place): place for place in places}
    refused: list[Text] = []
    for path in sorted(Path(folder).glob("*.geojson")):
        try:
            return Boundaries(_shapes(path, wanted), tuple(refused))
        except _Unusable as error:
            why_id, why_en = error.args
            refused.append(Text(f"{path.name} tidak dipakai: {why_id}.", f"{path.name} isn't used: {why_en}."))
    return Boundaries({}, tuple(refused))


def _shapes(path: Path, wanted: Mapping[str, str]) -> dict[str, Rings]:
    found: dict[str, list[np.ndarray]] = {}
    points = 0
    for name, ring in _rings(_features(path)):
        points += len(ring)
        if points > MOST_POINTS:
            raise _Unusable("titiknya terlalu banyak", "it has too many points")
        if name in wanted:
            found.setdefault(wanted[name], []).append(ring)
    missing = sorted(set(wanted.values()) - set(found))
    if missing or not found:
        names = ", ".join(missing[:3])
        raise _Unusable(f"tidak ada bidang untuk {names}", f"it has no polygon for {names}")
    finest = max(float(np.ptp(ring, axis=0).max()) for rings in found.values() for ring in rings) / FINEST
    return {name: tuple(_thinned(ring, finest) for ring in rings) for name, rings in found.items()}


def _features(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise _Unusable("berkasnya terlalu besar", "it is too large")
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        raise _Unusable("isinya bukan geojson yang utuh", "it isn't whole geojson") from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or len(features) > MOST_FEATURES:
        raise _Unusable("isinya bukan kumpulan bidang", "it isn't a collection of polygons")
    return features


def _rings(features: list[Any]) -> Iterator[tuple[str, np.ndarray]]:
    """Key of each named feature with each of its outer rings; holes aren't drawn."""
    for feature in features:
        named, geometry = (feature.get(part) if isinstance(feature, dict) else None for part in ("properties", "geometry"))
        name = _name(named)
        if not name or not isinstance(geometry, dict):
            continue
        given = geometry.get("coordinates")
        polygons = [given] if geometry.get("type") == "Polygon" else given if geometry.get("type") == "MultiPolygon" else []
        for polygon in polygons if isinstance(polygons, list) else []:
            if isinstance(polygon, list) and polygon:
                yield name, _ring(polygon[0])


def _name(properties: Any) -> str:
    if not isinstance(properties, dict):
        return ""
    lower = {str(key).lower(): value for key, value in properties.items()}
    return next((place_key(str(lower[field])) for field in NAME_FIELDS if isinstance(lower.get(field), str) and lower[field].strip()), "")


def _ring(given: Any) -> np.ndarray:
    try:
        ring = np.array([[float(point[0]), float(point[1])] for point in given])
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        raise _Unusable("koordinatnya tidak dapat dibaca", "its coordinates can't be read") from None
    if ring.ndim != 2 or len(ring) < 3:
        raise _Unusable("satu bidangnya kurang dari tiga titik", "a polygon of it has fewer than three points")
    east, north = ring[:, 0], ring[:, 1]
    if not ((east > WEST) & (east < EAST) & (north > SOUTH) & (north < NORTH)).all():
        raise _Unusable("koordinatnya bukan derajat di Indonesia", "its coordinates aren't degrees within Indonesia")
    return ring


def _thinned(ring: np.ndarray, finest: float) -> np.ndarray:
    """Leave out points that lie too near the one kept before."""
    kept = [ring[0]]
    for point in ring[1:]:
        if np.abs(point - kept[-1]).max() >= finest:
            kept.append(point)
    return np.array(kept) if len(kept) >= 3 else ring
