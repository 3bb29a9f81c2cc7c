"""JupyterLab for an analyst: a writable copy of the notebooks that never overwrites what was changed in it, and its language."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from collections.abc import Mapping
from pathlib import Path

from kopanalysis.errors import CallError
from kopanalysis.resources import resource

FOLDER = "lab-notebooks"
FIRST = "00-explore.ipynb"
RECORD = ".kopanalysis.json"  # what each copy was when it was made, so that a changed one is known
DATA_LINE = 'data_dir: str = ""'
LANGUAGE_PACK = "jupyterlab_language_pack_id_ID"
ASSETS = Path(__file__).with_name("assets")


def copy_notebooks(target: Path, data_dir: Path | None = None) -> tuple[str, ...]:
    """Copy our notebooks into a folder of the analyst's, opened on a folder of office files.

    Parameters
    ----------
    target : pathlib.Path
        Made where it isn't there.
    data_dir : pathlib.Path, optional
        Written as ``data_dir`` into each copy; none: the demonstration data.

    Returns
    -------
    tuple of str
        Notebooks left as they are, because they were changed or put there by somebody else.

    Raises
    ------
    CallError
        When the folder can't be written.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
        made, kept = _read_record(target), []
        for path in sorted(resource("notebooks").iterdir()):
            if path.suffix not in (".ipynb", ".toml"):
                continue
            copy, content = target / path.name, _on_folder(path, data_dir)
            if copy.exists() and _hash(copy.read_bytes()) not in (made.get(path.name), _hash(content)):
                kept.append(path.name)
                continue
            copy.write_bytes(content)
            made[path.name] = _hash(content)
        (target / RECORD).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise CallError(f"{target} can't be written: {error.strerror}", mend="Start it in a folder of your own.") from None
    return tuple(kept)


def _read_record(target: Path) -> dict[str, str]:
    try:
        return dict(json.loads((target / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _on_folder(path: Path, data_dir: Path | None) -> bytes:
    """The bytes of a notebook with the office's folder as its ``data_dir``."""
    content = path.read_bytes()
    if data_dir is None or path.suffix != ".ipynb":
        return content
    line = f"data_dir: str = {json.dumps(str(data_dir))}"  # a JSON string is a Python string as well
    before, after = (json.dumps(text, ensure_ascii=False)[1:-1].encode() for text in (DATA_LINE, line))
    return content.replace(before, after, 1)


def lab_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Environment for JupyterLab: this installation's kernel, no request for news, Indonesian where its language pack is there.

    Parameters
    ----------
    environment : mapping
        Of this process; what the analyst chose in JupyterLab's own settings goes before ours.

    Returns
    -------
    dict of str to str
    """
    folders = [str(ASSETS / "lab")]
    if importlib.util.find_spec(LANGUAGE_PACK) is not None:
        folders.append(str(ASSETS / "lab-id"))
    given = environment.get("JUPYTER_CONFIG_PATH")
    paths = os.pathsep.join([*([given] if given else []), *folders])
    return {**environment, "JUPYTER_PREFER_ENV_PATH": "1", "JUPYTER_CONFIG_PATH": paths}
