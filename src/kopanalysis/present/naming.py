"""What a registered number counts, in words, for places where no sentence stands around it."""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path

from kopanalysis import rules
from kopanalysis.present.words import word
from kopanalysis.results import Text

NAMES = Path(__file__).with_name("number_names.toml")
PLACE = re.compile(r"\{(\w+)\}")
AS_IT_STANDS = frozenset({"year", "name", "size"})
CAPITALS = frozenset({"fund"})
STATUS_PLACES = frozenset({"from", "to"})


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], Text], ...]:
    names = tomllib.loads(NAMES.read_text(encoding="utf-8"))
    return tuple((_pattern(name), Text(entry["id"], entry["en"])) for name, entry in names.items())


def _pattern(name: str) -> re.Pattern[str]:
    parts = PLACE.split(name)
    pieces = [re.escape(part) if index % 2 == 0 else f"(?P<{part}_>[^.]+)" for index, part in enumerate(parts)]
    return re.compile("".join(pieces))


def number_words(name: str) -> Text | None:
    """A registry name in words.

    Parameters
    ----------
    name : str
        Such as ``inactive.count.no_rat_3y.legal``.

    Returns
    -------
    Text or None
        None for a name that number_names.toml doesn't list: the caller prints the name itself.
    """
    for pattern, words in _patterns():
        found = pattern.fullmatch(name)
        if found:
            places = {place.removesuffix("_"): _in_words(place.removesuffix("_"), value) for place, value in found.groupdict().items()}
            filled = (words.get(lang).format(**{key: text.get(lang) for key, text in places.items()}) for lang in ("id", "en"))
            return Text(*filled)
    return None


def _in_words(place: str, value: str) -> Text:
    if place in AS_IT_STANDS:
        return Text(value, value)
    if place in CAPITALS:
        return Text(value.upper(), value.upper())
    if place == "measure":
        fields = rules.quality_measures().get(value, {})
        return Text(str(fields.get("label_id", value)), str(fields.get("label_en", value)))
    return word("status" if place in STATUS_PLACES else place, value)
