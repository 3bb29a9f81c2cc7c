"""Where a number comes from: the source rows behind it and the chain of calls that made it."""

from __future__ import annotations

import functools
import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from datetime import date
from typing import Any, TypeVar

import pandas as pd

from kopanalysis.memory import remembered

Result = TypeVar("Result")


@dataclass(frozen=True)
class Rows:
    """A set of source rows, held as ranges per source.

    Frames carry it as text in the column ``source_rows``: tokens ``S01:41`` (source id, the sheet's own row number)
    separated by spaces.

    Attributes
    ----------
    ranges : tuple of (str, str)
        Source id and its rows as ``"5-131,140"``, ordered by source id.
    """

    ranges: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, tokens: Iterable[str]) -> Rows:
        """Collect tokens, each cell of ``tokens`` holding any number of them."""
        cells = tokens.tolist() if isinstance(tokens, pd.Series) else tokens
        return _read(" ".join(dict.fromkeys(map(str, cells))))

    @classmethod
    def from_dict(cls, ranges: Mapping[str, str]) -> Rows:
        """Inverse of :meth:`as_dict`."""
        return cls(tuple(sorted(ranges.items())))

    def as_dict(self) -> dict[str, str]:
        """Source id to rows as text, for JSON."""
        return dict(self.ranges)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        for source, text in self.ranges:
            for part in text.split(","):
                first, _, last = part.partition("-")
                for row in range(int(first), int(last or first) + 1):
                    yield source, row

    def __len__(self) -> int:
        parts = (part.partition("-") for _, text in self.ranges for part in text.split(","))
        return sum(int(last or first) - int(first) + 1 for first, _, last in parts)

    def __or__(self, other: Rows) -> Rows:
        return Rows.union((self, other))

    @classmethod
    def union(cls, several: Iterable[Rows]) -> Rows:
        """All rows of several sets; what stands in many of them is read once."""
        rows: dict[str, set[int]] = defaultdict(set)
        for source, text in dict.fromkeys(part for one in several for part in one.ranges):
            rows[source].update(row for _, row in cls(((source, text),)))
        return cls(tuple((source, _as_ranges(rows[source])) for source in sorted(rows)))


@functools.lru_cache(maxsize=32)
def _read(text: str) -> Rows:
    """Rows of a text of tokens: every estimate on one frame asks for the same ones."""
    rows: dict[str, set[int]] = defaultdict(set)
    for token in set(text.split()):
        source, _, row = token.rpartition(":")
        rows[source].add(int(row))
    return Rows(tuple((source, _as_ranges(rows[source])) for source in sorted(rows)))


def _as_ranges(rows: set[int]) -> str:
    parts: list[list[int]] = []
    for row in sorted(rows):
        if parts and row == parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


@dataclass(frozen=True)
class Call:
    """One step of the chain: a public function, its plain arguments, and the step its frame came from."""

    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    input: Call | None = None

    def chain(self) -> Iterator[Call]:
        """Steps from the last one back to the first."""
        step: Call | None = self
        while step is not None:
            yield step
            step = step.input

    def as_dict(self) -> dict[str, Any]:
        """Plain nested dictionaries, for JSON."""
        inner = self.input.as_dict() if self.input else None
        return {"function": self.function, "arguments": dict(self.arguments), "input": inner}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any] | None) -> Call | None:
        """Inverse of :meth:`as_dict`; None stays None."""
        if plain is None:
            return None
        return cls(plain["function"], dict(plain["arguments"]), cls.from_dict(plain["input"]))


class Chain(dict[str, Any]):
    """A call or a report as plain dictionaries, for a frame's ``attrs``: pandas copies those in depth at every step; this never changes."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Chain:
        return self


def recorded(function: Callable[..., Result]) -> Callable[..., Result]:
    """Make a function remember how it was called, in its result.

    The first argument is the frame (or office) worked on; the others must be plain values. A frame returned
    keeps its call in ``.attrs["call"]``; a record returned gets it as ``call``, and so do its numbers.
    """
    signature = inspect.signature(function)
    name = f"{function.__module__}.{function.__qualname__}"

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Result:
        def work() -> Result:
            result = function(*args, **kwargs)
            (_, subject), *others = bound.arguments.items()
            return _with_call(result, Call(name, {key: _plain(value) for key, value in others}, call_of(subject)))

        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return remembered(name, bound.arguments, work)

    return wrapper


def call_of(subject: Any) -> Call | None:
    """The call that made a frame or record, None where it isn't known."""
    if isinstance(subject, pd.DataFrame):
        return Call.from_dict(subject.attrs.get("call"))
    return getattr(subject, "call", None)


def _with_call(result: Any, call: Call) -> Any:
    if isinstance(result, pd.DataFrame):
        result.attrs["call"] = Chain(call.as_dict())
        return result
    if not is_dataclass(result) or isinstance(result, type):
        return result
    changes: dict[str, Any] = {"call": call}
    if getattr(result, "numbers", ()):
        changes["numbers"] = tuple(replace(number, call=call) for number in result.numbers)  # type: ignore[attr-defined]
    return replace(result, **changes)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if hasattr(value, "item") and not hasattr(value, "__len__"):
        return value.item()
    return value
