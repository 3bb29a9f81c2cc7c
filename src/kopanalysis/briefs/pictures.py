"""How large a picture is printed, and the files of all pictures beside a brief."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from kopanalysis.errors import PublishError

TEXT_WIDTH_MM, TEXT_HEIGHT_MM = 168.0, 205.0  # A4 less margins, and less a caption of three lines
NEARLY_FULL = 0.6  # a picture that fills this much of the line is given the whole line
MILLIMETRES = {"pt": 25.4 / 72, "px": 25.4 / 96, "in": 25.4, "cm": 10.0, "mm": 1.0, "": 25.4 / 96}


def share_of_text(svg: str) -> float:
    """Share of the text width that a picture takes: its own size, the whole line when nearly so, less when it is too tall.

    Parameters
    ----------
    svg : str
        SVG text with ``width`` and ``height``, or a ``viewBox``.

    Returns
    -------
    float
        Between 0 and 1.
    """
    width, height = _size(svg)
    share = min(1.0, width / TEXT_WIDTH_MM)
    share = 1.0 if share >= NEARLY_FULL else share
    return min(share, TEXT_HEIGHT_MM / TEXT_WIDTH_MM * width / height)


def write_pictures(
    figures: Mapping[str, Mapping[str, Mapping[str, str]]], brief: str, langs: Sequence[str], folder: Path
) -> tuple[Path, ...]:
    """Write ``<brief>-<name>.<lang>.svg`` and ``.png`` for every picture.

    Parameters
    ----------
    figures : mapping
        Figure name to language to ``{"svg": text, "png": base64 text}``.
    brief : str
    langs : sequence of str
    folder : pathlib.Path
        Made when it isn't there.

    Returns
    -------
    tuple of pathlib.Path
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures.items():
        for lang in langs:
            for ending in ("svg", "png"):
                if ending not in figure.get(lang, {}):
                    raise PublishError(f"the picture {name} has no {ending.upper()} in {lang}")
                text = figure[lang][ending]
                path = folder / f"{brief}-{name}.{lang}.{ending}"
                path.write_bytes(text.encode() if ending == "svg" else base64.b64decode(text))
                paths.append(path)
    return tuple(paths)


def _size(svg: str) -> tuple[float, float]:
    """Width and height in millimetres."""
    head = svg[svg.find("<svg") :].split(">", 1)[0]
    sides = [re.search(rf"\s{side}=[\"']([\d.]+)(pt|px|in|cm|mm|)[\"']", head) for side in ("width", "height")]
    if sides[0] and sides[1]:
        width, height = (float(side[1]) * MILLIMETRES[side[2]] for side in sides if side)
        return width, height
    box = re.search(r"viewBox=[\"'][\d.\-]+[\s,]+[\d.\-]+[\s,]+([\d.]+)[\s,]+([\d.]+)", head)
    if box is None:
        raise PublishError("a picture's SVG states no size", where=head[:80])
    return float(box[1]) * MILLIMETRES["px"], float(box[2]) * MILLIMETRES["px"]
