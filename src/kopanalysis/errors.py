"""What can go wrong, as one family of errors: each says what failed, where, and how to mend it."""

from __future__ import annotations


class KopanalysisError(Exception):
    """Base of every error this package raises on purpose.

    Parameters
    ----------
    what : str
        What failed, in one clause.
    where : str, optional
        File, sheet, row, column, parameter or page.
    mend : str, optional
        How the reader can put it right.

    Attributes
    ----------
    exit_code : int
        What the command line leaves with: 1 a notebook failed, 2 the call is wrong, 3 the data can't carry the run.
    """

    exit_code = 1

    def __init__(self, what: str, where: str = "", mend: str = "") -> None:
        super().__init__(what, where, mend)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        repair = f" {self.mend}" if self.mend else ""
        return f"{self.what}{place}.{repair}"


class CallError(KopanalysisError):
    """The call is wrong: an unknown name, a mistyped value, a folder that isn't there."""

    exit_code = 2


class DataError(KopanalysisError):
    """The data can't carry the run: no register, no readable table, nothing in the region."""

    exit_code = 3


class ReadError(KopanalysisError):
    """One file or sheet can't be read; the others are read all the same.

    Attributes
    ----------
    reason : str
        Stable code: ``file_unreadable``, ``file_locked``, ``file_too_large`` or ``table_unrecognised``.
    """

    exit_code = 3

    def __init__(self, what: str, where: str = "", mend: str = "", reason: str = "file_unreadable") -> None:
        super().__init__(what, where, mend)
        self.args = (what, where, mend, reason)
        self.reason = reason


class RuleError(CallError):
    """A rule, coding or parameter that data/rules doesn't know."""


class SpellError(DataError):
    """Times that can't be: a duration that ends before it begins, an age below zero."""


class LeakageError(CallError):
    """A predictor is made from what defines the outcome: it would explain the label with itself."""


class NotebookError(KopanalysisError):
    """A notebook stopped at a cell; its executed copy lies in failed/."""


class PublishError(KopanalysisError):
    """A brief breaks a promise of the house: an unregistered digit, a picture without alt text, a language left over."""
