"""How large a picture is printed, the PNG of each SVG, and the files of all pictures beside a brief."""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kopanalysis.errors import PublishError

TEXT_WIDTH_MM, TEXT_HEIGHT_MM = 168.0, 205.0  # A4 less margins, and less a caption of three lines
PNG_DPI = 200
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


def with_pngs(pictures: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """One language's pictures, each with the PNG of its SVG: both are the same picture, drawn by the program that sets the PDF.

    Parameters
    ----------
    pictures : mapping
        Figure name to ``{"svg": text}``.

    Returns
    -------
    dict
        The same with ``"png"``, base64 text.

    Raises
    ------
    PublishError
        When Typst refuses an SVG.
    """
    import typst

    wanted = [name for name, picture in pictures.items() if "png" not in picture and picture.get("svg")]
    made: dict[str, dict[str, str]] = {name: dict(picture) for name, picture in pictures.items()}
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(wanted):
            Path(folder, f"{number}.svg").write_text(pictures[name]["svg"], encoding="utf-8")
        pages = "".join(f'#page(image("{number}.svg"))\n' for number in range(len(wanted)))
        main = Path(folder, "pictures.typ")
        main.write_text(f"#set page(width: auto, height: auto, margin: 0pt)\n{pages}", encoding="utf-8")
        try:
            drawn: Any = typst.compile(main, root=Path(folder), format="png", ppi=PNG_DPI, ignore_system_fonts=True) if wanted else []
        except typst.TypstError as error:
            raise PublishError(f"Typst refuses a picture among {', '.join(wanted)}: {str(error).splitlines()[0]}") from error
    for name, png in zip(wanted, drawn if isinstance(drawn, list) else [drawn], strict=True):
        made[name]["png"] = base64.b64encode(bytes(png or b"")).decode("ascii")
    return made


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
