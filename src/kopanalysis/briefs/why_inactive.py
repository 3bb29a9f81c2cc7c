"""Pages of brief 20, why cooperatives become inactive: which results go into which sentence, figure and table."""

from __future__ import annotations

import html

import pandas as pd

from kopanalysis import rules
from kopanalysis.briefs.gist import Gist, decision
from kopanalysis.briefs.study import Study
from kopanalysis.loaders import regions
from kopanalysis.metrics.activity import activity_rate, at_date
from kopanalysis.metrics.completeness import reporting_rate
from kopanalysis.metrics.series_breaks import series_breaks
from kopanalysis.present import figures, figures_facts, figures_models, figures_status
from kopanalysis.present.figures_quality import draw_completeness
from kopanalysis.present.numbers import number_html
from kopanalysis.present.sentences import bullets, cards, heading, paragraph, say
from kopanalysis.present.shown import Shown, together
from kopanalysis.present.tables import definitions_grid, grid, show_table
from kopanalysis.present.words import word
from kopanalysis.results import LANGUAGES, Lang, Number, Table, edition

T = "why_inactive."
Card = tuple[Shown, Shown]
MOST_DOTS = 600  # cooperatives that an array of dots can show
MOST_LINES = 400  # lines that a ribbon can show


def title(study: Study, definitions: Table, rule: str, silence: str) -> Shown:
    """The finding as a heading."""
    return heading(_finding(study, definitions, rule, silence))


def _finding(study: Study, definitions: Table, rule: str, silence: str) -> Shown:
    count = _counts(definitions, rule, silence)
    about = {"total": definitions.number("register.total"), "date": study.headline_date}
    return say(f"{T}title_unknown", **about) if _nobody(count) else say(f"{T}title", inactive=count["inactive"], **about)


def _counts(definitions: Table, rule: str, silence: str) -> dict[str, Number]:
    return {status: definitions.number(f"{status}.count.{rule}.{silence}") for status in ("active", "inactive", "new", "unknown")}


def gist(study: Study, definitions: Table, spread: Table, working: Table, ahead: Shown, rule: str, silence: str) -> Gist:
    """Finding, sentences and the decision of page one."""
    count, finding = _counts(definitions, rule, silence), _finding(study, definitions, rule, silence)
    if _nobody(count):
        asked = say(f"{T}decision_unjudged", deadline=study.next_deadline)
        return Gist(finding, (say(f"{T}unjudged", total=definitions.number("register.total")),), asked)
    works, silent = (working.number(f"inactive.{term}.{rule}") for term in ("working", "silent"))
    told = (
        _depends(definitions, spread, rule),
        _about_silence(study, count["inactive"], works),
        *_besides(count),
        *_latest(study, rule, silence),
        ahead,
    )
    return Gist(finding, told, _decision(study, works, silent))


def _depends(definitions: Table, spread: Table, rule: str) -> Shown:
    """How far the count hangs on the rule and on what silence is taken for."""
    ends = {end: spread.number(f"inactive.count.{end}") for end in ("smallest", "largest")}
    if edition() == "public":
        return say(f"{T}summary_definition_public", **ends)
    sure, still_open = (definitions.number(f"{status}.count.{rule}.unknown") for status in ("inactive", "unknown"))
    return say(f"{T}summary_definition", sure=sure, open=still_open, **ends)


def _besides(count: dict[str, Number]) -> list[Shown]:
    """Those that the rule can't judge, where there are any."""
    some = {name: count[name] for name in ("new", "unknown") if count[name].value or count[name].suppressed}
    if not some:
        return []
    kind = "summary_new" if len(some) == 2 else f"summary_{next(iter(some))}_only"
    return [say(f"{T}{kind}", **some)]


def _latest(study: Study, rule: str, silence: str) -> list[Shown]:
    """The count of the last book year on record, where the headline lies before it."""
    if not study.looks_back:
        return []
    breaks = series_breaks(study.panel, rule, silence)
    if breaks.data.empty or int(breaks.data["book_year"].iloc[-1]) < study.headline_date.year:
        return []
    kind = "summary_latest" if breaks.number("series.village").value != 0 else "summary_latest_all"
    about = {"inactive": breaks.number("series.inactive"), "total": breaks.number("series.without_village")}
    return [say(f"{T}{kind}", year=int(breaks.data["book_year"].iloc[-1]), **about)]


def page_one(
    study: Study, definitions: Table, spread: Table, working: Table, moves: Table, ahead: Shown, lasting: Card | None,
    rule: str, silence: str,
) -> Shown:  # fmt: skip
    """Three numbers, three sentences, one decision, every rule: complete in itself."""
    count, total = _counts(definitions, rule, silence), definitions.number("register.total")
    said = gist(study, definitions, spread, working, ahead, rule, silence)
    if _nobody(count):
        return _page_one_unknown(study, count, total, said, lasting)
    return together(
        _cards(count, total, working.number(f"inactive.working.{rule}"), moves, rule),
        paragraph(*said.told, css="lead"),
        decision(said.asked),
        icons(study, count, total),
        definitions_grid(definitions, say(f"{T}definitions_caption"), (rule, silence)),
    )


def _nobody(count: dict[str, Number]) -> bool:
    return count["active"].value == 0 and count["inactive"].value == 0


def _page_one_unknown(study: Study, count: dict[str, Number], total: Number, said: Gist, lasting: Card | None) -> Shown:
    """Page one where no rule can judge anybody: what is missing, how to collect it, and what can be said all the same."""
    counts = ((total, "card_total"), (count["unknown"], "card_unknown"))
    shown = [(say(f"{T}value", number=number), say(f"{T}{key}")) for number, key in counts] + ([lasting] if lasting else [])
    also = [say(f"{T}unjudged_dissolved")] if lasting else []
    return together(
        cards(*shown),
        paragraph(*said.told, *also, css="lead"),
        decision(said.asked),
        heading(say(f"{T}needed_title"), 3),
        bullets(*(say(f"{T}needed_{name}") for name in ("log", "register", "accounts", "findings"))),
        icons(study, count, total),
    )


def _cards(count: dict[str, Number], total: Number, works: Number, moves: Table, rule: str) -> Shown:
    label = rules.inactivity_rule(rule).label
    shown = [(say(f"{T}value", number=count["inactive"]), say(f"{T}card_inactive", total=total, rule=label))]
    for origin, target, key in (("active", "inactive", "card_stop"), ("inactive", "active", "card_return")):
        share = moves.number(f"transition.{origin}.{target}")
        n = moves.number(f"transition.n.{origin}")
        if n.value:
            about = {"count": moves.number(f"transition.count.{origin}.{target}"), "n": n, "share": share}
            shown.append((say(f"{T}value_share", number=share), say(f"{T}{key}", **about)))
    if len(shown) == 1:
        shown.append((say(f"{T}value", number=count["unknown"]), say(f"{T}card_unknown")))
        shown.append((say(f"{T}value", number=works), say(f"{T}card_working")))
    return cards(*shown)


def _has_evidence(study: Study) -> bool:
    lines = at_date(study.headline_panel, study.headline_date)
    return bool(lines["business"].notna().any() or lines["found_operating"].notna().any())


def _about_silence(study: Study, inactive: Number, works: Number) -> Shown:
    if _has_evidence(study):
        return say(f"{T}summary_silence", working=works, inactive=inactive)
    return say(f"{T}summary_no_evidence", inactive=inactive)


def _decision(study: Study, works: Number, silent: Number) -> Shown:
    if not _has_evidence(study):
        return say(f"{T}decision_no_evidence", silent=silent, deadline=study.next_deadline)
    key = "decision_since" if study.looks_back else "decision"
    return say(f"{T}{key}", working=works, silent=silent, deadline=study.next_deadline)


def icons(study: Study, count: dict[str, Number], total: Number) -> Shown:
    """One dot a cooperative; one bar where dots would be too many to count."""
    values = {status: int(number.value or 0) for status, number in count.items()}
    many = sum(values.values()) > MOST_DOTS
    draw = figures_facts.draw_status_bar(values) if many else figures_status.draw_icon_array(values)
    kind = "bar" if many else "icons"
    return figures.show_figure(
        "icons", draw, say(f"{T}{kind}_title", total=total), say(f"{T}{kind}_alt", **count),
        (figures.WIDTH, 1.1 if many else 1.5), study.demonstration, say(f"{T}source_office", date=study.headline_date),
    )  # fmt: skip


def complete_page(study: Study, definitions: Table, rule: str, silence: str) -> Shown:
    """Who is in the total, known when, and how completely the meetings are on record."""
    count = {status: definitions.number(f"{status}.count.{rule}.{silence}") for status in ("active", "inactive")}
    rate = definitions.number(f"inactive.rate.{rule}.{silence}")
    inactive, unknown = (definitions.number(f"{status}.count.{rule}.unknown") for status in ("inactive", "unknown"))
    told = [say(f"{T}who_counted", date=study.headline_date, book_year=study.headline_date.year - 1)]
    if not _nobody(count):
        told += [say(f"{T}definitions_text", rate=rate), say(f"{T}definitions_unknown", inactive=inactive, unknown=unknown)]
        told += _rest(definitions, rule)
    return together(paragraph(*told), _completeness(study))


def _rest(definitions: Table, rule: str) -> list[Shown]:
    """Inactive by silence, neither inactive nor open where silence is unknown: they met and never reported."""
    statuses = ("inactive", "unknown")
    codings = {coding: [definitions.number(f"{status}.count.{rule}.{coding}") for status in statuses] for coding in ("legal", "unknown")}
    if any(number.suppressed for numbers in codings.values() for number in numbers):
        return []
    legal, unknown = (sum(number.value or 0 for number in codings[coding]) for coding in ("legal", "unknown"))
    return [say(f"{T}definitions_rest")] if legal > unknown else []


def _completeness(study: Study) -> Shown:
    by_place = reporting_rate(study.panel, ("kecamatan", "book_year"))
    by_year = reporting_rate(study.panel, ("book_year",))
    known = by_year.data[by_year.data["rate"].notna()]
    if known.empty:
        return paragraph(say(f"{T}completeness_nothing"))
    year = int(known["book_year"].iloc[-1])
    about = {name: by_year.number(f"reporting.{name}.{year}") for name in ("rate", "reported", "due")}
    told = [say(f"{T}completeness_text", book_year=year, **about)]
    if by_place.data["rate"].isna().any() and not by_place.hidden:
        told.append(say("data_quality.heat_unknown"))
    figure = figures.show_figure(
        "completeness", draw_completeness(by_place), say("data_quality.heat_title"), say("data_quality.heat_alt"),
        (figures.WIDTH, min(6.0, 0.65 + 0.23 * by_place.data["kecamatan"].nunique())), study.demonstration,
        say(f"{T}source_office", date=study.as_of),
    )  # fmt: skip
    return together(figure, paragraph(*told))


def ribbon_page(study: Study, ribbon: Table, moves: Table, rule: str, silence: str) -> Shown:
    """Every cooperative in every book year; counts by year in the public edition, and where lines would be too many to see."""
    years = [int(column) for column in ribbon.data.columns if str(column).isdigit()]
    judged = bool(moves.number("transition.n.active").value)
    if not judged and not years and edition() != "public":
        return paragraph(say(f"{T}nothing_yet", what=say(f"{T}what_transitions")))
    many = len(ribbon.data) > MOST_LINES
    counted = edition() == "public" or ribbon.data.empty or many
    figure = _years(study, rule, silence) if counted else _ribbon(study, ribbon)
    told = [say(f"{T}ribbon_many")] if many else [] if counted else [say(f"{T}ribbon_events")]
    if judged and years:
        told.append(say(
            f"{T}ribbon_text", first_year=min(years), last_year=max(years),
            stop_count=moves.number("transition.count.active.inactive"), return_count=moves.number("transition.count.inactive.active"),
        ))  # fmt: skip
    village = ribbon.number("ribbon.village")
    told += [say(f"{T}ribbon_village", village=village)] if village.value else []
    return together(figure, paragraph(*told)) if told else figure


def _ribbon(study: Study, ribbon: Table) -> Shown:
    return figures.show_figure(
        "ribbon", figures_status.draw_ribbon(ribbon), say(f"{T}ribbon_title_moving"), say(f"{T}ribbon_alt"), (figures.WIDTH, 3.0),
        study.demonstration, say(f"{T}source_office", date=study.as_of),
    )  # fmt: skip


def _years(study: Study, rule: str, silence: str) -> Shown:
    by_year = activity_rate(study.panel, ("book_year",), rule, silence)
    return figures.show_figure(
        "years", figures_status.draw_status_years(by_year), say(f"{T}years_title"), say(f"{T}years_alt"), (figures.WIDTH, 2.2),
        study.demonstration, say(f"{T}source_office", date=study.as_of),
    )  # fmt: skip


def return_page(study: Study, moves: Table, returning: Table, exits: Table) -> Shown:
    """Who stops, who comes back, who is dissolved; return by years inactive; public money outstanding, onset apart from exit."""
    if not (moves.number("transition.n.active").value and moves.number("transition.n.inactive").value):
        return paragraph(say(f"{T}nothing_yet", what=say(f"{T}what_transitions")))
    return together(show_table(moves, say(f"{T}transitions_caption")), _returning(study, returning, exits))


def _returning(study: Study, returning: Table, exits: Table) -> Shown:
    known = returning.data[returning.data["years_inactive"] > 0].reset_index(drop=True)
    visited = exits.data[exits.data["funds"] != "not_visited"].reset_index(drop=True)
    asked = pd.to_numeric(visited["n"]).fillna(0).sum() > 0
    parts, told = [], []
    if len(known):
        parts.append((figures_models.draw_ranges(_years_labels(known), known, "share", counts="n"), say(f"{T}pair_return").html))
        first = next((number for number in returning.numbers if number.name == "return.share.1"), None)
        told += [say(f"{T}return_text", first=first)] if first is not None and first.value is not None else []
    if asked:
        parts.append((figures_models.draw_ranges(_exit_labels(visited), visited, "share", counts="n"), say(f"{T}pair_funds").html))
        told.append(say(f"{T}exit_note"))
    else:
        told.append(say(f"{T}exit_nothing"))
    if not parts:
        return paragraph(*told)
    draw = figures_models.draw_pair(parts[0], parts[1], (0.42, 0.58)) if len(parts) == 2 else parts[0][0]
    height = 0.8 + 0.31 * max(len(known), len(visited) if asked else 0)
    figure = figures.show_figure(
        "return", draw, say(f"{T}return_title"), say(f"{T}return_alt"), (figures.WIDTH, height), study.demonstration,
        say(f"{T}source_office", date=study.as_of),
    )  # fmt: skip
    return together(figure, *(_blocked(exits) if asked else []), paragraph(*told))


def _years_labels(known: pd.DataFrame) -> list[tuple[str, str]]:
    labels = []
    for year in known["years_inactive"].astype(int):
        labels.append((f"tahun ke-{year}{' dst.' if year >= 5 else ''}", f"year {year}{' and later' if year >= 5 else ''}"))
    return labels


def _exit_labels(visited: pd.DataFrame) -> list[tuple[str, str]]:
    moves = {("active", "inactive"): "onset", ("inactive", "active"): "return", ("inactive", "dissolved"): "exit"}
    labels = []
    for line in visited.to_dict("records"):
        move, funds = word("exit_move", moves[line["from"], line["to"]]), word("exit_funds", str(line["funds"]))
        labels.append((f"{move.id},\n{funds.id}", f"{move.en},\n{funds.en}"))
    return labels


def _blocked(exits: Table) -> list[Shown]:
    """Shares with and without funds outstanding, side by side, of the moves that were seen with both."""
    lines: list[tuple[str, list[Number]]] = []
    for origin, target, move in (("active", "inactive", "onset"), ("inactive", "active", "return"), ("inactive", "dissolved", "exit")):
        pair = [exits.number(f"exit.{origin}.{funds}.{target}") for funds in ("yes", "no")]
        if all(number.n for number in pair):
            lines.append((move, pair))
    if not lines:
        return []
    heads = {lang: [word("column", name).get(lang) for name in ("exit_move", "funds_outstanding", "funds_settled")] for lang in LANGUAGES}
    cells = {
        lang: [[html.escape(word("exit_move", move).get(lang)), *(ranged(number, lang) for number in pair)] for move, pair in lines]
        for lang in LANGUAGES
    }
    numbers = tuple(number for _, pair in lines for number in pair)
    return [grid(exits, say(f"{T}exit_caption"), heads, cells, [False] * 3, numbers=numbers)]


def ranged(number: Number, lang: Lang) -> str:
    """A share with its range and how many stand behind it, for a cell."""
    if number.suppressed or number.value is None:
        return number_html(number, lang)
    behind = f"({number_html(number, lang, 'range')}; n&nbsp;{number_html(number, lang, 'n')})"
    return f'{number_html(number, lang)} <span class="behind">{behind}</span>'


def published_page(study: Study, printed: Table) -> Shown:
    """The real series, as printed; only beside cooperatives of that district."""
    known = printed.data[printed.data["inactive"].notna()]
    if known.empty or study.panel["region"].isna().all():
        return paragraph(say(f"{T}published_nothing"))
    return paragraph(_printed(printed, known, "told"), say(f"{T}published_text"))


def _printed(printed: Table, known: pd.DataFrame, key: str) -> Shown:
    first, last = known.iloc[0], known.iloc[-1]
    ends = {
        f"{end}_inactive": printed.number(f"published.inactive.{line['date']}.{line['scope']}")
        for end, line in (("first", first), ("last", last))
    }
    return say(f"{T}published_{key}", first_date=first["date"], last_date=last["date"], **ends)


def published_annex(study: Study, printed: Table, region: str) -> Shown:
    """The printed figures one by one, with their addresses."""
    known = printed.data[printed.data["inactive"].notna()]
    if known.empty or study.panel["region"].isna().all():
        return paragraph()
    figure = figures.show_figure(
        "published", figures_status.draw_published(printed), _printed(printed, known, "title"), say(f"{T}published_alt"),
        (figures.WIDTH, 2.7),
        source=say(f"{T}source_published"),
    )  # fmt: skip
    return together(figure, show_table(printed, say(f"{T}published_caption", place=regions.region(region).name)))


def sources_annex(study: Study) -> Shown:
    """What was read, file by file."""
    return show_table(study.sources(), say(f"{T}sources_caption"))


def how_sure(definitions: Table, rule: str, silence: str) -> Shown:
    """What is certain and what isn't."""
    count = {status: definitions.number(f"{status}.count.{rule}.{silence}") for status in ("active", "inactive")}
    total = definitions.number("register.total")
    known = say(f"{T}sure_register", total=total) if _nobody(count) else say(f"{T}sure_one", inactive=count["inactive"], total=total)
    return bullets(known, say(f"{T}sure_two"))


def method() -> Shown:
    """The method in five sentences."""
    return paragraph(say(f"{T}method"))
