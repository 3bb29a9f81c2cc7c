"""Pages of brief 00, the whole run on two pages: each question's finding and decision, how far the data carry them, where to read on."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from kopanalysis.briefs.cattle_results import Cattle
from kopanalysis.briefs.gist import Gist, decision, ended
from kopanalysis.briefs.manifest import briefs
from kopanalysis.briefs.quality_tables import lights_grid
from kopanalysis.briefs.study import Study
from kopanalysis.briefs.training_impact_facts import Trained
from kopanalysis.present.sentences import bullets, cards, heading, paragraph, say, templates
from kopanalysis.present.shown import Shown, together
from kopanalysis.results import LANGUAGES, Number, Table, Text

T = "summary."
HERE, HEADLINE = "00-summary", "20-why-inactive"


def title(study: Study, definitions: Table, working: Table, rule: str, silence: str) -> Shown:
    """The one finding that the office can't do without, as a heading."""
    count = {status: definitions.number(f"{status}.count.{rule}.{silence}") for status in ("active", "inactive")}
    about = {"total": definitions.number("register.total"), "date": study.headline_date}
    if not any(number.value or number.suppressed for number in count.values()):
        return heading(say(f"{T}title_unknown", **about))
    works = working.number(f"inactive.working.{rule}")
    key = "title_working" if works.value else "title"
    return heading(say(f"{T}{key}", inactive=count["inactive"], **about, **({"working": works} if works.value else {})))


def page_one(
    definitions: Table, moves: Table, trained: Trained, balance: Table, cattle: Cattle, gists: Mapping[str, Gist],
    rule: str, silence: str,
) -> Shown:  # fmt: skip
    """Numbers, then finding and decision of every question."""
    return together(
        _cards(definitions, moves, trained, balance, cattle, rule, silence),
        *(piece for brief, gist in gists.items() for piece in (heading(say(f"{T}{brief}"), 2), _block(brief, gist))),
    )


def _block(brief: str, gist: Gist) -> Shown:
    """Finding and decision; of the question that the title answers, what the count hangs on and how things stand by now."""
    if brief != HEADLINE:
        return gist.short()
    return together(paragraph(gist.told[0], *gist.told[1:][-2:][:1]), decision(gist.asked))


def _cards(
    definitions: Table, moves: Table, trained: Trained, balance: Table, cattle: Cattle, rule: str, silence: str
) -> Shown:  # fmt: skip
    """At most four numbers, those that are known."""
    inactive, total = definitions.number(f"inactive.count.{rule}.{silence}"), definitions.number("register.total")
    shown = [(say(f"{T}value", number=inactive), say(f"{T}card_inactive", total=total))]
    share, n = moves.number("transition.active.inactive"), moves.number("transition.n.active")
    if n.value and share.value is not None:
        shown.append((say(f"{T}value", number=share), say(f"{T}card_stop", share=share, n=n)))
    grade = trained.number("grade")
    if grade.value is not None:
        shown.append((say(f"{T}value", number=grade), _graded(trained.number("n_treated"), cattle)))
    gap = _gap(balance)
    if gap is not None:
        shown.append((say(f"{T}value", number=gap), say(f"{T}card_gap", expected=balance.number("cattle.expected"))))
    return cards(*shown)


def _graded(treated: Number, cattle: Cattle) -> Shown:
    """What the letter grades, and the letter of the other programme."""
    letter = next((number for number in cattle.grade.numbers if number.name == "cattle.grade"), None) if cattle.grade else None
    if letter is None or letter.value is None:
        return say(f"{T}card_training", treated=treated)
    return say(f"{T}card_training_cattle", treated=treated, cattle=letter)


def _gap(balance: Table) -> Number | None:
    if not len(balance.rows):
        return None
    gap = balance.number("cattle.gap")
    return gap if gap.value is not None or gap.suppressed else None


def data_page(lights: Table, measures: tuple[Table, ...]) -> Shown:
    """Which question the office's files can carry."""
    return lights_grid(lights, measures, say("data_quality.lights_caption"))


def next_page(gist: Gist) -> Shown:
    """What would make the next answer better than this one; the decision on it stands at the training it learns from."""
    return paragraph(ended(gist.finding), *gist.told[:1])


def not_known() -> Shown:
    """What none of the briefs can answer."""
    return bullets(*(say(f"{T}unknown_{name}") for name in ("silence", "sector", "sold")))


def read_on() -> Shown:
    """The other briefs by their short names, with the question that each answers."""
    return bullets(*(_listed(name, brief.question) for name, brief in briefs().items() if name != HERE))


def _listed(name: str, question: Text) -> Shown:
    asked = Shown(Text(*(escape(question.get(lang)) for lang in LANGUAGES)))
    if f"{T}read_{name}" not in templates():
        return asked
    return say(f"{T}read_line", name=say(f"{T}read_{name}"), question=asked)
