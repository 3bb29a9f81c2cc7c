"""Where the files that travel with the package lie: notebooks, rules, published figures, demonstration data."""

from __future__ import annotations

from pathlib import Path

from kopanalysis.errors import CallError

PACKAGE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """Path of a file or folder that travels with the package.

    In a checkout these lie at the top level (``data/rules``, ``notebooks``); in a wheel below ``kopanalysis/_share``.

    Parameters
    ----------
    *parts : str
        Path from the top level, such as ``"data", "rules"``.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    CallError
        When neither place holds it: the installation is broken.
    """
    for home in (PACKAGE / "_share", PACKAGE.parents[1]):
        path = home.joinpath(*parts)
        if path.exists():
            return path
    raise CallError(f"{'/'.join(parts)} is missing from this installation", mend="Install kopanalysis again.")
