"""Which briefs there are, ours and the office's own, and which parameters their notebooks take: names, types, defaults, help."""

from __future__ import annotations

import ast
import difflib
import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kopanalysis import rules
from kopanalysis.errors import CallError
from kopanalysis.resources import resource
from kopanalysis.results import LANGUAGES, Text

TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
KNOWN_VALUES: dict[str, Callable[[str], Any]] = {"rule": rules.inactivity_rule, "silence": rules.silence_coding}
OWN_FOLDER = "notebooks"  # within an office's folder
OWN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
OWN_NEEDS = ("data_dir", "edition")
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
    """One brief of the manifest; ``own`` where its notebook is the office's, not ours."""

    name: str
    title: Text
    question: Text
    needs: tuple[str, ...]
    notebook: Path
    parameters: tuple[Parameter, ...]
    own: bool = False


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
        When a notebook is missing or its parameters cell isn't typed, or the manifest can't be read.
    """
    home = folder or resource("notebooks")
    found = {}
    for name, entry in _read_manifest(home / "briefs.toml").items():
        notebook = home / f"{name}.ipynb"
        title = _in_both(entry, "title", name, home)
        question = _in_both(entry, "question", name, home) if {"question_id", "question_en"} & set(entry) else title
        found[name] = Brief(name, title, question, tuple(entry.get("needs", [])), notebook, read_parameters(notebook))
    return found


def _read_manifest(path: Path) -> dict[str, dict[str, Any]]:
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CallError(
            f"briefs.toml can't be read: {error}", str(path), "Begin each brief with its name in brackets: [60-name]."
        ) from None
    for name, entry in entries.items():
        if not isinstance(entry, dict):
            raise CallError(f"{name} stands outside any brief", str(path), "Begin each brief with its name in brackets: [60-name].")
    return entries


def _in_both(entry: dict[str, Any], key: str, name: str, home: Path) -> Text:
    """Words of an entry in both languages; one that is missing falls back to the other."""
    given = [str(entry[f"{key}_{lang}"]) for lang in LANGUAGES if entry.get(f"{key}_{lang}")]
    if not given:
        raise CallError(f"{name} has no {key}", str(home / "briefs.toml"), f'Give it {key}_id = "..." and, where you can, {key}_en.')
    return Text(given[0], given[-1])


def briefs_of(data_dir: Path) -> dict[str, Brief]:
    """Our briefs, and after them those that an office keeps in the folder ``notebooks`` of its data.

    A notebook is code: whoever runs the briefs of a folder runs what its notebooks say.

    Parameters
    ----------
    data_dir : pathlib.Path
        The office's folder; without a ``notebooks/briefs.toml`` it has no briefs of its own.

    Returns
    -------
    dict of str to Brief

    Raises
    ------
    CallError
        When a name is one of ours or no plain file name, a notebook doesn't take and use ``data_dir`` and ``edition`` (it would speak of
        other data, or name cooperatives in the public edition), or as :func:`briefs`.
    """
    ours, home = briefs(), data_dir / OWN_FOLDER
    if not (home / "briefs.toml").is_file():
        return ours
    for name in _read_manifest(home / "briefs.toml"):
        _check_own_name(name, ours, home)
    own = {name: replace(brief, own=True) for name, brief in briefs(home).items()}
    for brief in own.values():
        _check_own_notebook(brief)
    return ours | own


def _check_own_name(name: str, ours: dict[str, Brief], home: Path) -> None:
    where, taken = str(home / "briefs.toml"), {path.stem.lower() for path in resource("notebooks").glob("*.ipynb")}
    if name.lower() in taken | {known.lower() for known in ours}:
        raise CallError(f"{name} is the name of one of our notebooks", where, "Give yours another name, such as 60-" + name[3:] + ".")
    if not OWN_NAME.fullmatch(name):
        raise CallError(f"{name!r} can't name a brief", where, "Use letters, digits, - and _, such as 60-own-question.")


def _check_own_notebook(brief: Brief) -> None:
    """Refuse a notebook that doesn't take, or never uses, what decides whose data it reads and who may read it."""
    mend = "Take them in the parameters cell and open the data with ka.open_study(data_dir, ..., edition=edition)."
    taken = {parameter.name for parameter in brief.parameters}
    cells = json.loads(brief.notebook.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code" and "parameters" not in cell["metadata"].get("tags", [])]
    source = "\n".join("".join(cell["source"]) for cell in code)
    for name in OWN_NEEDS:
        if name not in taken:
            raise CallError(f"{brief.notebook.name} takes no parameter {name}", str(brief.notebook), mend)
        if not re.search(rf"\b{name}\b", source):
            raise CallError(f"{brief.notebook.name} never uses its parameter {name}", str(brief.notebook), mend)


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
