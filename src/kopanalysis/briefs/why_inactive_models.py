"""Model pages of brief 20: what goes with stopping, causes, the watch-list, kecamatan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kopanalysis.briefs.study import Study
from kopanalysis.briefs.watchlist_book import FILE, score_list
from kopanalysis.errors import DataError
from kopanalysis.inactivity.causes import causes_table
from kopanalysis.inactivity.explain import stopping_model
from kopanalysis.inactivity.watchlist import watchlist, watchlist_calibration, watchlist_check
from kopanalysis.loaders.boundaries import read_boundaries
from kopanalysis.metrics.activity import activity_by_place
from kopanalysis.present import figures, figures_map, figures_models
from kopanalysis.present.sentences import paragraph, say
from kopanalysis.present.shown import Shown, together
from kopanalysis.present.tables import show_table
from kopanalysis.present.words import word
from kopanalysis.results import Table, Text, edition

T = "why_inactive_models."


def _nothing(what: str) -> Shown:
    return paragraph(say(f"{T}nothing", what=say(f"{T}{what}")))


def _source(study: Study) -> Shown:
    return say("why_inactive.source_office", date=study.as_of)


def goes_with_page(study: Study, rule: str, silence: str) -> Shown:
    """What goes with stopping, in points; never why."""
    try:
        table = stopping_model(study.panel, rule, silence)
    except DataError:
        return _nothing("what_model")
    entered = table.data[table.data["estimate"].notna()].reset_index(drop=True)
    if entered.empty:
        return _nothing("what_model")
    labels = [(name.id, name.en) for name in map(_predictor, entered["term"])]
    figure = figures.show_figure(
        "goes-with", figures_models.draw_ranges(labels, entered, zero=True), say(f"{T}goes_title"), say(f"{T}goes_alt"),
        (figures.WIDTH, 0.7 + 0.27 * len(entered)), study.demonstration, _source(study),
    )  # fmt: skip
    pairs = zip(entered["rank_low"], entered["rank_high"], strict=True)
    ranks = [f"{low:.0f}–{high:.0f}" if pd.notna(low) else None for low, high in pairs]
    columns = ["term", "estimate", "conf_low", "conf_high", "detectable", "rank_range"]
    shown = entered.assign(rank_range=pd.Series(ranks, entered.index))[columns].rename(
        columns={"term": "predictor", "estimate": "difference", "conf_low": "difference_low", "conf_high": "difference_high"}
    )
    printed = Table("goes_with", shown, call=table.call, rows=table.rows, numbers=table.numbers)
    told = paragraph(_told(table, entered), *_not_entered(table))
    return together(figure, told, show_table(printed, say(f"{T}goes_caption")))


def _not_entered(table: Table) -> list[Shown]:
    """Attributes declared beforehand that could not enter, each with its reason."""
    lines = table.data[table.data["estimate"].isna()]
    pairs = zip(lines["term"], lines["reason"], strict=True)
    pieces = [say(f"{T}goes_left_out_one", name=_predictor(term), why=word("left_out", str(reason))) for term, reason in pairs]
    return [say(f"{T}goes_left_out", list=_listed(pieces))] if pieces else []


def _predictor(term: str) -> Text:
    return word("predictor", term)


def _told(table: Table, entered: pd.DataFrame) -> Shown:
    about = {name: table.number(f"hazard.{name}") for name in ("n_units", "n_events")}
    clear = entered[(entered["conf_low"] > 0) | (entered["conf_high"] < 0)]
    if clear.empty:
        return say(f"{T}goes_none", **about)
    pieces = [say(f"{T}goes_one", name=_predictor(term), points=table.number(f"hazard.{term}")) for term in clear["term"]]
    return say(f"{T}goes_some", list=_listed(pieces), **about)


def _listed(pieces: list[Shown]) -> Shown:
    joined = (", ".join(piece.html.get(lang) for piece in pieces) for lang in ("id", "en"))
    return Shown(Text(*joined), tuple(number for piece in pieces for number in piece.numbers))


def causes_page(study: Study) -> Shown:
    """Causes as supervisors wrote them, apart from definitions and measurement errors."""
    try:
        table = causes_table(study.office)
    except DataError:
        return _nothing("what_causes")
    named = table.data[(table.data["kind"] == "cause") & (table.data["count"].fillna(0) > 0)].head(10).reset_index(drop=True)
    if named.empty:
        return _nothing("what_causes")
    labels = [(name.id, name.en) for name in (word("cause", cause) for cause in named["cause"])]
    figure = figures.show_figure(
        "causes", figures_models.draw_ranges(labels, named, "share", counts="count"), say(f"{T}causes_title"), say(f"{T}causes_alt"),
        (figures.WIDTH, 0.6 + 0.2 * len(named)), study.demonstration, _source(study),
    )  # fmt: skip
    top = str(named["cause"].iloc[0])
    share, count = table.number(f"causes.{top}"), table.number(f"causes.count.{top}")
    told = [say(f"{T}causes_text", visited=table.number("causes.visited"), name=word("cause", top), count=count, share=share)]
    apart = {key: table.number(f"causes.count.{cause}") for key, cause in (("definition", "rat_missed"), ("measurement", "not_reported"))}
    told.append(say(f"{T}causes_apart", **apart))
    return together(figure, paragraph(*told))


@dataclass(frozen=True)
class Watch:
    """The watch-list, and the test whether such a list is any good."""

    check: Table
    table: Table

    @property
    def skill(self) -> bool:
        """Whether the forecast beats giving everyone the same risk."""
        return bool(self.check.number("watchlist.skill").value)


def watch(study: Study, rule: str) -> Watch | None:
    """The list and its test; None where the records don't reach back far enough."""
    try:
        return Watch(watchlist_check(study.panel, rule=rule), watchlist(study.panel, rule=rule))
    except DataError:
        return None


def next_year(ahead: Watch | None) -> Shown:
    """What page one says of next year, the lack of skill included."""
    if ahead is None:
        return say(f"{T}nothing", what=say(f"{T}what_watch"))
    if not ahead.skill:
        return say(f"{T}page_one_no_watch")
    year = int(ahead.table.data["target_year"].iloc[0]) if len(ahead.table.data) else None
    if year is None:
        return say(f"{T}watch_hidden")
    return say(
        f"{T}page_one_watch",
        target_year=year,
        listed=ahead.table.number("watchlist.listed"),
        expected=ahead.table.number("watchlist.expected"),
    )


def watchlist_page(study: Study, ahead: Watch | None, rule: str) -> Shown:
    """Who is next: the list, and whether such a list was any good."""
    if ahead is None:
        return _nothing("what_watch")
    check, table, skill = ahead.check, ahead.table, ahead.skill
    listed = table.number("watchlist.listed")
    scores = {"brier": check.number("watchlist.brier"), "brier_null": check.number("watchlist.brier_null")}
    told = (
        say(f"{T}watch_skill", hits=check.number("watchlist.hits"), chance=check.number("watchlist.hits_by_chance"), **scores)
        if skill
        else say(f"{T}watch_no_skill", **scores)
    )
    calibration = figures.show_figure(
        "calibration", figures_models.draw_calibration(watchlist_calibration(study.panel, rule=rule)), say(f"{T}calibration_title"),
        say(f"{T}calibration_alt"), (figures.WIDTH, 2.3), study.demonstration, _source(study),
    )  # fmt: skip
    earlier = _last_list(study)
    heading = paragraph(say(f"{T}watch_title_{'skill' if skill else 'plain'}", listed=listed), css="lead")
    return together(heading, paragraph(told, say(f"{T}watch_use"), *earlier), _list(table, skill), calibration)


def _last_list(study: Study) -> list[Shown]:
    """How the list of an earlier run did, where its workbook lies in the office's folder."""
    path = Path(study.office.folder) / FILE
    if not path.is_file():
        return []
    try:
        scored = score_list(study.panel, str(path))
    except DataError:
        return [say(f"{T}watch_early")]
    return [say(f"{T}watch_scored", **{name: scored.number(f"watchlist_scored.{name}") for name in ("hits", "known", "missed")})]


def _list(table: Table, skill: bool) -> Shown:
    if edition() == "public":
        return paragraph(say(f"{T}watch_hidden"))
    columns = ["rank", "name", "place_of", *(["of_ten", "rank_range"] if skill else []), "signs", "visit"]
    data = table.data[table.data["listed"]].reset_index(drop=True)
    data = data.assign(
        rank_range=[f"{low}–{high}" for low, high in zip(data["rank_low"], data["rank_high"], strict=True)],
        place_of=[", ".join(str(part) for part in pair if pd.notna(part)) for pair in zip(data["nagari"], data["kecamatan"], strict=True)],
        signs=(data["reason_1"] + " " + data["reason_2"]).str.strip(),
    )
    listed = Table("watchlist", data, names_units=True, call=table.call, rows=table.rows, numbers=table.numbers)
    return show_table(listed, say(f"{T}watch_caption{'' if skill else '_plain'}"), columns)


def places_page(study: Study, rule: str, silence: str) -> Shown:
    """Inactive by kecamatan on the day of the headline: a map of tiles, or of the outlines that the office put beside its data."""
    counted = activity_by_place(study.headline_panel, study.headline_date, rule, silence)
    judged = counted.data[["active", "inactive"]].apply(pd.to_numeric, errors="coerce").sum().sum() if len(counted.data) else 0
    if not judged:
        return _nothing("what_places")
    outlines = read_boundaries(study.office.folder, counted.data["kecamatan"])
    drawn = figures.show_figure(
        "kecamatan", figures_map.draw_tiles(counted, outlines.shapes), say(f"{T}places_title", date=study.headline_date),
        say(f"{T}places_alt"), figures_map.tiles_size(counted, outlines.shapes), study.demonstration,
        say("why_inactive.source_office", date=study.headline_date),
    )  # fmt: skip
    return together(drawn, *(paragraph(Shown(text), css="note") for text in outlines.refused))
