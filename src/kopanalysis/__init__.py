"""Why cooperatives become inactive, and what training and cattle aid really did: the public names, imported when first used."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "kopanalysis.errors": (
        "CallError", "DataError", "KopanalysisError", "NotebookError", "PublishError", "ReadError", "RuleError", "SpellError",
    ),
    "kopanalysis.results": ("Check", "Curve", "Estimate", "Number", "Table", "Text"),
    "kopanalysis.rules": ("inactivity_rules", "silence_codings", "events"),
    "kopanalysis.loaders.indonesian": ("read_date", "read_numbers"),
    "kopanalysis.loaders.load": ("Office", "load_office"),
    "kopanalysis.loaders.published": ("load_published",),
    "kopanalysis.loaders.regions": ("region",),
    "kopanalysis.metrics.panel": ("build_panel",),
    "kopanalysis.metrics.activity": (
        "activity_rate", "activity_ribbon", "at_date", "classify", "definitions_table", "first_judged_year",
        "headline_spread", "still_working",
    ),
    "kopanalysis.metrics.panel_report": ("panel_report",),
    "kopanalysis.metrics.spells": ("build_spells",),
    "kopanalysis.metrics.published": ("published_series",),
    "kopanalysis.inactivity.survival": ("kaplan_meier", "numbers_at_risk", "survival_at"),
    "kopanalysis.inactivity.transitions": ("transitions",),
    "kopanalysis.truth.district": ("synthetic_district",),
    "kopanalysis.present.sentences": ("bullets", "cards", "heading", "paragraph", "say"),
    "kopanalysis.present.tables": ("definitions_grid", "show_table"),
    "kopanalysis.present.figures": ("show_figure",),
    "kopanalysis.briefs.study": ("Study", "open_study"),
}  # fmt: skip
_WHERE = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", *sorted(_WHERE)]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'kopanalysis' has no attribute {name!r}")
    value = getattr(importlib.import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
