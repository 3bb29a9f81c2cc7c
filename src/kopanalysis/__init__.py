"""Why cooperatives become inactive, and what training and cattle aid really did: the public names, imported when first used."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "kopanalysis.errors": (
        "CallError", "DataError", "KopanalysisError", "LeakageError", "NotebookError", "PublishError", "ReadError", "RuleError",
        "SpellError",
    ),
    "kopanalysis.results": ("Check", "Curve", "Estimate", "Number", "Table", "Text"),
    "kopanalysis.rules": ("inactivity_rules", "silence_codings", "events"),
    "kopanalysis.loaders.indonesian": ("read_date", "read_numbers"),
    "kopanalysis.loaders.load": ("Office", "load_office"),
    "kopanalysis.loaders.published": ("load_pipeline", "load_published"),
    "kopanalysis.loaders.regions": ("region",),
    "kopanalysis.loaders.bridge": ("against_printed", "bridge_between", "bridge_meetings", "bridge_register"),
    "kopanalysis.loaders.reconcile": (
        "disagreement_list", "duplicate_registrations", "no_trace_list", "open_links", "other_districts", "presence", "presence_pairs",
        "rows_read", "set_aside_reasons", "status_disagreements",
    ),
    "kopanalysis.metrics.completeness": ("coverage_by_year", "reporting_rate"),
    "kopanalysis.metrics.quality": ("ledger_measures", "panel_measures", "question_lights"),
    "kopanalysis.metrics.panel": ("build_panel",),
    "kopanalysis.metrics.activity": (
        "activity_by_place", "activity_rate", "activity_ribbon", "at_date", "classify", "definitions_table", "first_judged_year",
        "headline_spread", "still_working",
    ),
    "kopanalysis.metrics.panel_report": ("panel_report",),
    "kopanalysis.metrics.spells": ("build_spells",),
    "kopanalysis.metrics.published": ("published_series",),
    "kopanalysis.metrics.published_cattle": ("cattle_timeline",),
    "kopanalysis.metrics.series_breaks": ("series_breaks",),
    "kopanalysis.metrics.health": ("health_aspects", "health_components", "health_score"),
    "kopanalysis.metrics.health_bands": ("health_indicators", "kuk_class"),
    "kopanalysis.metrics.health_coverage": ("health_classes", "health_coverage"),
    "kopanalysis.metrics.finance": ("accounts_of", "finance_medians", "grant_growth", "pearls", "pearls_medians"),
    "kopanalysis.metrics.herd": ("herd_balance", "herd_chain", "herd_ledger"),
    "kopanalysis.metrics.herd_audit": ("breeds_by_place", "herd_audit_list"),
    "kopanalysis.metrics.herd_findings": ("herd_findings",),
    "kopanalysis.metrics.herd_rates": ("herd_rates",),
    "kopanalysis.metrics.herd_treatment": ("group_aid", "herd_treatment"),
    "kopanalysis.inactivity.survival": ("kaplan_meier", "numbers_at_risk", "survival_at", "survival_naive"),
    "kopanalysis.inactivity.ages": ("hazard_by_age", "incidence_at"),
    "kopanalysis.inactivity.calibration": ("calibration",),
    "kopanalysis.inactivity.causes": ("causes_table",),
    "kopanalysis.inactivity.cox": ("cox_hazard", "proportionality"),
    "kopanalysis.inactivity.explain": ("onset_frame", "stopping_model"),
    "kopanalysis.inactivity.form": ("functional_form", "within_between"),
    "kopanalysis.inactivity.groups": ("group_ratios",),
    "kopanalysis.inactivity.hazard": ("discrete_hazard", "person_period"),
    "kopanalysis.inactivity.incidence": ("cumulative_incidence",),
    "kopanalysis.inactivity.leakage": ("check_leakage",),
    "kopanalysis.inactivity.logrank": ("logrank",),
    "kopanalysis.inactivity.multistate": ("aalen_johansen", "blocked_exit", "return_by_years_inactive"),
    "kopanalysis.inactivity.options": ("options_cost",),
    "kopanalysis.inactivity.silence": ("activity_or_reporting", "silence_bounds", "silence_map"),
    "kopanalysis.inactivity.watchlist": ("score_watchlist", "watchlist", "watchlist_calibration", "watchlist_check"),
    "kopanalysis.inactivity.transitions": ("transitions",),
    "kopanalysis.impact.aid": ("aid_panel", "aid_programmes", "aid_sample", "programme_guard"),
    "kopanalysis.impact.aid_cost": ("aid_cost", "herd_cost"),
    "kopanalysis.impact.aid_effects": ("aid_dose", "aid_effects", "aid_outcomes", "grant_contrast"),
    "kopanalysis.impact.aid_grade": ("aid_design", "aid_grade"),
    "kopanalysis.impact.aid_links": ("unlinked_influence",),
    "kopanalysis.impact.aid_next": ("next_batch", "next_design"),
    "kopanalysis.impact.att_gt": ("aggregate", "att_gt"),
    "kopanalysis.impact.arms": ("arm_shares", "assignment_table", "first_day", "training_cost"),
    "kopanalysis.impact.balance": ("balance",),
    "kopanalysis.impact.bounds": ("did_bounds", "imbens_manski", "lee_bounds", "manski_bounds"),
    "kopanalysis.impact.bundle": ("bundle", "bundle_bounds", "bundle_counts"),
    "kopanalysis.impact.cost": ("acceptability_curve", "break_even_effect", "cost_per_outcome", "present_cost"),
    "kopanalysis.impact.design": ("describe_design",),
    "kopanalysis.impact.did": ("did", "two_way_fixed_effects"),
    "kopanalysis.impact.dose": ("dose_curve", "dose_rank"),
    "kopanalysis.impact.effects": ("effects_table",),
    "kopanalysis.impact.event_time": ("by_cohort", "event_time", "measured_coverage"),
    "kopanalysis.impact.evidence": ("graded_evidence",),
    "kopanalysis.impact.eligible": ("eligible", "eligible_counts", "list_hash", "roster"),
    "kopanalysis.impact.grade": ("direction", "evidence_grade", "grade_reasons"),
    "kopanalysis.impact.honest": ("honest_did",),
    "kopanalysis.impact.imputation": ("imputation",),
    "kopanalysis.impact.ledger": ("bias_ledger", "certificate_state", "stored_certificate"),
    "kopanalysis.impact.lottery": ("draw_lottery",),
    "kopanalysis.impact.multiplicity": ("romano_wolf",),
    "kopanalysis.impact.outcomes": ("with_outcomes",),
    "kopanalysis.impact.permutation": ("permutation_distribution", "permutation_test"),
    "kopanalysis.impact.placebo": ("negative_controls", "placebo_dates"),
    "kopanalysis.impact.power": ("minimum_detectable_effect", "power_curve"),
    "kopanalysis.impact.robustness": ("bounds_table", "checks_table", "codings_table", "earlier_cohort"),
    "kopanalysis.impact.round_cost": ("arm_costs", "place_price"),
    "kopanalysis.impact.round_power": ("round_power", "round_settings", "round_sizes"),
    "kopanalysis.impact.same_state": ("same_state",),
    "kopanalysis.impact.sample": ("on_register",),
    "kopanalysis.impact.secondary": ("detectable_by_number", "secondary_outcomes"),
    "kopanalysis.impact.sensitivity": (
        "drop_a_year", "leave_one_out", "leave_one_out_limits", "leave_one_out_range", "symmetric_windows",
    ),
    "kopanalysis.impact.specifications": ("specification_curve",),
    "kopanalysis.impact.spillover": ("did_unexposed", "leave_own_kecamatan_out"),
    "kopanalysis.impact.strip": ("inference_strip", "sector_reassignment", "wild_cluster"),
    "kopanalysis.impact.timing": ("estimands", "periods"),
    "kopanalysis.impact.tipping": ("tipping_point",),
    "kopanalysis.impact.waves": ("draw_waves", "lottery_facts", "wave_balance", "wave_calendar", "wave_list", "wave_shares"),
    "kopanalysis.truth.cattle_trials": ("certify_cattle",),
    "kopanalysis.truth.certificate": ("certify",),
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
