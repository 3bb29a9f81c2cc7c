"""Which briefs there are, and which parameters their notebooks take: names, types, defaults, help."""

from __future__ import annotations

import ast
import difflib
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kopanalysis import rules
from kopanalysis.errors import CallError
from kopanalysis.resources import resource
from kopanalysis.results import Text

TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
KNOWN_VALUES: dict[str, Callable[[str], Any]] = {"rule": rules.inactivity_rule, "silence": rules.silence_coding}
TRUE, FALSE = ("true", "yes", "ya", "1"), ("false", "no", "tidak", "0")


@dataclass(frozen=True)
class Parameter:
    """A parameter of a notebook, read from its ``parameters`` cell: ``name: type = default  # help``."""

    name: str
    type: str
    default: Any
    help: str


@dataclass(frozen=True)
class Brief:
    """One brief of the manifest."""

    name: str
    title: Text
    question: Text
    needs: tuple[str, ...]
    notebook: Path
    parameters: tuple[Parameter, ...]


def briefs(folder: Path | None = None) -> dict[str, Brief]:
    """All briefs by name, in the order of ``briefs.toml``.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Where ``briefs.toml`` and the notebooks lie; default: ours.

    Returns
    -------
    dict of str to Brief

    Raises
    ------
    CallError
        When a notebook is missing or its parameters cell isn't typed.
    """
    home = folder or resource("notebooks")
    found = {}
    for name, entry in tomllib.loads((home / "briefs.toml").read_text(encoding="utf-8")).items():
        notebook = home / f"{name}.ipynb"
        title, question = (Text(entry[f"{key}_id"], entry[f"{key}_en"]) for key in ("title", "question"))
        found[name] = Brief(name, title, question, tuple(entry.get("needs", [])), notebook, read_parameters(notebook))
    return found


def pick_briefs(known: dict[str, Brief], only: str = "") -> list[Brief]:
    """The briefs asked for, comma separated; none named: all."""
    names = [name.strip() for name in only.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise CallError(f"There is no brief {name!r}", "--only", nearest(name, known))
    return [brief for name, brief in known.items() if not names or name in names]


def read_parameters(notebook: Path) -> tuple[Parameter, ...]:
    """Typed parameters of a notebook, from the cell tagged ``parameters``.

    papermill only warns of an unknown or mistyped parameter and runs with the default, so this is read here and held against the call.
    """
    if not notebook.exists():
        raise CallError(f"{notebook.name} is missing", str(notebook.parent), "briefs.toml names a notebook that isn't there.")
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    source = next(("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", [])), "")
    lines = source.splitlines()
    parameters = []
    for node in ast.parse(source).body:
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None):
            raise CallError(f"{notebook.name} has a parameter without a type", lines[node.lineno - 1], "Write it as name: type = default.")
        words = lines[node.lineno - 1].partition("#")[2].strip()
        parameters.append(Parameter(node.target.id, ast.unparse(node.annotation), ast.literal_eval(node.value), words))
    return tuple(parameters)


def read_settings(pairs: list[str], chosen: list[Brief]) -> dict[str, Any]:
    """``--set name=value`` pairs, checked against the parameters of the chosen briefs and cast to their types.

    Parameters
    ----------
    pairs : list of str
    chosen : list of Brief

    Returns
    -------
    dict of str to Any

    Raises
    ------
    CallError
        For an unknown name (with the nearest one) or a value of the wrong type.
    """
    known = {parameter.name: parameter for brief in chosen for parameter in brief.parameters}
    settings = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise CallError(f"--set {pair!r} has no value", mend="Write --set name=value.")
        if name not in known:
            raise CallError(f"No brief takes a parameter {name!r}", "--set", nearest(name, known))
        settings[name] = cast(known[name], text)
        if name in KNOWN_VALUES:
            KNOWN_VALUES[name](text)
    return settings


def cast(parameter: Parameter, text: str) -> Any:
    """Text to the type that a parameter declares."""
    if parameter.type == "bool":
        if text.lower() not in (*TRUE, *FALSE):
            raise CallError(f"{parameter.name}={text} is not a yes or no", "--set", "Write true or false.")
        return text.lower() in TRUE
    try:
        return TYPES.get(parameter.type, ast.literal_eval)(text)
    except (ValueError, SyntaxError):
        raise CallError(f"{parameter.name}={text} is not of type {parameter.type}", "--set", parameter.help) from None


def nearest(name: str, known: Any) -> str:
    """A hint that names the nearest known name, or all of them."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
