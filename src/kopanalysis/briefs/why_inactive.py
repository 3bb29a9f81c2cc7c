"""Pages of brief 20, why cooperatives become inactive: which results go into which sentence, figure and table."""

from __future__ import annotations

from kopanalysis import rules
from kopanalysis.briefs.study import Study
from kopanalysis.loaders import regions
from kopanalysis.metrics.activity import activity_rate, at_date
from kopanalysis.present import figures
from kopanalysis.present.sentences import bullets, cards, heading, paragraph, say
from kopanalysis.present.shown import Shown, inside, together
from kopanalysis.present.tables import definitions_grid, show_table
from kopanalysis.results import Curve, Number, Table, edition

T = "why_inactive."


def title(study: Study, definitions: Table, rule: str, silence: str) -> Shown:
    """The finding as a heading."""
    inactive, active = (definitions.number(f"{status}.count.{rule}.{silence}") for status in ("inactive", "active"))
    about = {"total": definitions.number("register.total"), "date": study.headline_date}
    nobody = inactive.value == 0 and active.value == 0
    return heading(say(f"{T}title_unknown", **about) if nobody else say(f"{T}title", inactive=inactive, **about))


def page_one(study: Study, definitions: Table, spread: Table, working: Table, moves: Table, ahead: Shown, rule: str, silence: str) -> Shown:
    """Three numbers, three sentences, one decision: complete in itself."""
    count = {status: definitions.number(f"{status}.count.{rule}.{silence}") for status in ("active", "inactive", "new", "unknown")}
    total = definitions.number("register.total")
    works, silent = (working.number(f"inactive.{term}.{rule}") for term in ("working", "silent"))
    lines = [
        say(f"{T}summary_definition", **{end: spread.number(f"inactive.count.{end}") for end in ("smallest", "largest")}),
        _about_silence(study, count["inactive"], works),
        say(f"{T}summary_new", new=count["new"], unknown=count["unknown"]),
        ahead,
    ]
    return together(
        _cards(count, total, works, moves, rule),
        paragraph(*lines, css="lead"),
        inside(paragraph(_decision(study, works, silent)), '<div class="decision">', "</div>"),
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
    if _has_evidence(study):
        return say(f"{T}decision", working=works, silent=silent, deadline=study.deadline_after(study.headline_date))
    return say(f"{T}decision_no_evidence", silent=silent, deadline=study.deadline_after(study.headline_date))


def icons(study: Study, count: dict[str, Number], total: Number) -> Shown:
    """One dot a cooperative."""
    values = {status: int(number.value or 0) for status, number in count.items()}
    return figures.show_figure(
        "icons", figures.draw_icon_array(values), say(f"{T}icons_title", inactive=count["inactive"], total=total),
        say(f"{T}icons_alt", **count), (figures.WIDTH, 1.5), study.demonstration, say(f"{T}source_office", date=study.headline_date),
    )  # fmt: skip


def who_is_counted(study: Study) -> Shown:
    """Who is in the total, known when, from which files."""
    text = paragraph(say(f"{T}who_counted", date=study.headline_date, book_year=study.headline_date.year - 1))
    return together(text, show_table(study.sources(), say(f"{T}sources_caption")))


def definitions_page(definitions: Table, rule: str, silence: str) -> Shown:
    """The headline under every rule and every coding."""
    rate = definitions.number(f"inactive.rate.{rule}.{silence}")
    inactive, unknown = (definitions.number(f"{status}.count.{rule}.unknown") for status in ("inactive", "unknown"))
    return together(
        paragraph(say(f"{T}definitions_text", rate=rate)),
        definitions_grid(definitions, say(f"{T}definitions_caption"), (rule, silence)),
        paragraph(say(f"{T}definitions_unknown", inactive=inactive, unknown=unknown)),
    )


def ribbon_page(study: Study, ribbon: Table, moves: Table, rule: str, silence: str) -> Shown:
    """Every cooperative in every book year; in the public edition counts by year."""
    source = say(f"{T}source_office", date=study.as_of)
    if edition() == "public" or ribbon.data.empty:
        by_year = activity_rate(study.panel, ("book_year",), rule, silence)
        figure = figures.show_figure(
            "years", figures.draw_status_years(by_year), say(f"{T}ribbon_title_moving"), say(f"{T}years_alt"),
            (figures.WIDTH, 3.2), study.demonstration, source,
        )  # fmt: skip
    else:
        figure = figures.show_figure(
            "ribbon", figures.draw_ribbon(ribbon), say(f"{T}ribbon_title_moving"), say(f"{T}ribbon_alt"),
            (figures.WIDTH, 6.4), study.demonstration, source,
        )  # fmt: skip
    years = [int(column) for column in ribbon.data.columns if str(column).isdigit()]
    if not moves.number("transition.n.active").value or not years:
        return figure
    village = ribbon.number("ribbon.village")
    told = say(
        f"{T}ribbon_text", first_year=min(years), last_year=max(years),
        stop_count=moves.number("transition.count.active.inactive"), return_count=moves.number("transition.count.inactive.active"),
    )  # fmt: skip
    also = [say(f"{T}ribbon_village", village=village)] if village.value else []
    return together(figure, paragraph(told, *also))


def transitions_page(moves: Table) -> Shown:
    """Who stops, who comes back, who is dissolved."""
    if not (moves.number("transition.n.active").value and moves.number("transition.n.inactive").value):
        return paragraph(say(f"{T}nothing_yet", what=say(f"{T}what_transitions")))
    told = say(
        f"{T}transitions_text", stop=moves.number("transition.active.inactive"), stop_n=moves.number("transition.n.active"),
        return_n=moves.number("transition.n.inactive"), dissolved=moves.number("transition.inactive.dissolved"),
        **{"return": moves.number("transition.inactive.active")},
    )  # fmt: skip
    return together(paragraph(told), show_table(moves, say(f"{T}transitions_caption")))


def survival_page(study: Study, survival: Curve, points: Curve, at_risk: Table) -> Shown:
    """How long cooperatives stay active, with the numbers at risk."""
    if survival.data.empty:
        return paragraph(say(f"{T}nothing_yet", what=say(f"{T}what_survival")))
    figure = figures.show_figure(
        "survival", figures.draw_survival(survival, at_risk), say(f"{T}survival_title"), say(f"{T}survival_alt"),
        (figures.WIDTH, 3.6), study.demonstration, say(f"{T}source_office", date=study.as_of),
    )  # fmt: skip
    ages = [number.name.rpartition(".")[2] for number in points.numbers if number.name.startswith("survival.share.")]
    told = [
        say(f"{T}survival_point", age=points.number(f"survival.age.{age}"), share=points.number(f"survival.share.{age}")) for age in ages
    ]
    about = say(f"{T}survival_text", n=survival.number("survival.all.n"), events=survival.number("survival.all.events"))
    return together(figure, paragraph(about, *told))


def published_page(printed: Table, region: str) -> Shown:
    """The real series, as printed."""
    known = printed.data[printed.data["inactive"].notna()]
    if known.empty:
        return paragraph(say(f"{T}nothing_yet", what=say(f"{T}published_alt")))
    first, last = known.iloc[0], known.iloc[-1]
    title = say(
        f"{T}published_title", first_date=first["date"], last_date=last["date"],
        first_inactive=printed.number(f"published.inactive.{first['date']}.{first['scope']}"),
        last_inactive=printed.number(f"published.inactive.{last['date']}.{last['scope']}"),
    )  # fmt: skip
    figure = figures.show_figure(
        "published", figures.draw_published(printed), title, say(f"{T}published_alt"), (figures.WIDTH, 3.3),
        source=say(f"{T}source_published"),
    )  # fmt: skip
    return together(
        figure, paragraph(say(f"{T}published_text")), show_table(printed, say(f"{T}published_caption", place=regions.region(region).name))
    )


def how_sure(definitions: Table, rule: str, silence: str) -> Shown:
    """What is certain and what isn't."""
    inactive, total = definitions.number(f"inactive.count.{rule}.{silence}"), definitions.number("register.total")
    return bullets(say(f"{T}sure_one", inactive=inactive, total=total), say(f"{T}sure_two"))


def not_known(working: Table, rule: str) -> Shown:
    """What the records can't answer."""
    return bullets(say(f"{T}unknown_one", silent=working.number(f"inactive.silent.{rule}")), say(f"{T}unknown_two"))


def options(study: Study, working: Table, rule: str) -> Shown:
    """What the office can do, and who, what, when."""
    works, silent = (working.number(f"inactive.{term}.{rule}") for term in ("working", "silent"))
    choices = bullets(say(f"{T}option_report", working=works), say(f"{T}option_visit", silent=silent), say(f"{T}option_list"))
    return together(
        choices,
        inside(paragraph(say(f"{T}recommend", deadline=study.deadline_after(study.headline_date))), '<div class="decision">', "</div>"),
    )


def method() -> Shown:
    """The method in five sentences."""
    return paragraph(say(f"{T}method"))
