"""The bias ledger: which way each threat would move the number, and how far it did in synthetic districts."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kopanalysis.errors import CallError, DataError
from kopanalysis.resources import resource
from kopanalysis.results import Table

STORED = ("data", "certificate", "certificate.csv")
SIZE_LIMIT = 0.07
NO_THREAT = "none"
LEADING = ("did", "same_state", "permutation")


def stored_certificate() -> pd.DataFrame:
    """The certificate that travels with the package, as ``kopanalysis certify`` wrote it.

    Returns
    -------
    pandas.DataFrame
        Columns of :func:`kopanalysis.truth.certificate.certify`.

    Raises
    ------
    DataError
        When none is stored.
    """
    try:
        path = resource(*STORED)
    except CallError:
        raise DataError("No certificate is stored", "/".join(STORED), "Run kopanalysis certify --out data/certificate.") from None
    return pd.read_csv(path, encoding="utf-8", keep_default_na=False, na_values=[""])


def certificate_state(methods: Sequence[str] = LEADING, certificate: pd.DataFrame | None = None) -> str | None:
    """Whether the methods that a brief leads with hold where they must.

    Parameters
    ----------
    methods : sequence of str
    certificate : pandas.DataFrame, optional
        Lines of a certificate; default: the stored one.

    Returns
    -------
    str or None
        ``red`` where one of them misses a target in a scenario that it must hold in, else ``green``; None where no certificate is stored.

    Raises
    ------
    CallError
        For a method that the certificate doesn't hold.
    """
    if certificate is None:
        try:
            certificate = stored_certificate()
        except DataError:
            return None
    for method in methods:
        if method not in set(certificate["method"]):
            raise CallError(f"the certificate holds no {method!r}", "methods", f"It holds {', '.join(certificate['method'].unique())}.")
    own = certificate[certificate["method"].isin(list(methods))]
    return "red" if (own["state"] == "red").any() else "green"


def bias_ledger(method: str = "did", certificate: pd.DataFrame | None = None) -> Table:
    """Sign and simulated size of each threat to one method.

    Parameters
    ----------
    method : str
        ``did, same_state, permutation, permutation_same_state, did_last_year, ...``
    certificate : pandas.DataFrame, optional
        Lines of a certificate; default: the stored one.

    Returns
    -------
    Table
        ``threat, sign, bias, bias_low, bias_high, coverage, false_alarms, districts``. ``sign`` is ``up`` or ``down`` where the 99 %
        Monte Carlo interval of the bias excludes zero, else ``either`` where false alarms or lost coverage show that single districts
        are thrown off in both directions, else ``none``. Shares; ``bias`` in points. Each threat is at full strength, alone.

    Raises
    ------
    CallError
        For a method that the certificate doesn't hold.
    DataError
        When no certificate is stored.

    Notes
    -----
    Under ``spillover`` and ``empty_cell`` the effects are those of the scenario (0.35): their bias grows with the effect. A bias against
    meetings truly held includes those held and never recorded, 7 % of an effect.
    """
    lines = stored_certificate() if certificate is None else certificate
    own = lines[(lines["method"] == method) & (lines["threat"] != NO_THREAT)]
    if own.empty:
        raise CallError(f"the certificate holds no {method!r}", "method", f"It holds {', '.join(lines['method'].unique())}.")
    records = []
    for threat, part in own.groupby("threat", sort=False):
        by_measure = part.drop_duplicates("measure").set_index("measure")
        if "bias" in by_measure.index:
            records.append({"threat": threat, **_entry(by_measure)})
    return Table(f"bias_ledger.{method}", pd.DataFrame(records))


def _entry(lines: pd.DataFrame) -> dict[str, object]:
    bias, covered = (lines.loc[name].to_dict() for name in ("bias", "coverage"))
    alarms = lines.loc["size"].to_dict() if "size" in lines.index else None
    thrown = (alarms is not None and alarms["low"] > SIZE_LIMIT) or covered["high"] < 1 - SIZE_LIMIT
    sign = "up" if bias["low"] > 0 else "down" if bias["high"] < 0 else "either" if thrown else "none"
    return {
        "sign": sign, "bias": bias["value"], "bias_low": bias["low"], "bias_high": bias["high"], "coverage": covered["value"],
        "false_alarms": None if alarms is None else alarms["value"], "districts": int(bias["n"]),
    }  # fmt: skip
