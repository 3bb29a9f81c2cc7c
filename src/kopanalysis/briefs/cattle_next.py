"""Last pages of brief 40: what is asked of whom, the order of the next batch, and what stays unknown."""

from __future__ import annotations

import pandas as pd

from kopanalysis import rules
from kopanalysis.briefs.cattle_results import Cattle
from kopanalysis.briefs.study import Study
from kopanalysis.present.sentences import bullets, paragraph, say
from kopanalysis.present.shown import Shown, inside, together, unprinted
from kopanalysis.present.tables import show_table
from kopanalysis.results import Table, Text, edition

T = "cattle_money."


def recommendations(study: Study, cattle: Cattle) -> Shown:
    """Who, what, when, and how it is known that it was done; the audit form travels with the internal edition."""
    listed = []
    if len(cattle.form.rows):
        listed.append(say(f"{T}recommend_audit", deadline=study.next_deadline))
    loose = cattle.treatment.number("cattle.treatment.unlinked_groups")
    if loose.value:
        listed.append(say(f"{T}recommend_links", groups=loose))
    listed += [say(f"{T}recommend_prices"), say(f"{T}recommend_order")]
    return together(inside(bullets(*listed), '<div class="decision">', "</div>"), _form(cattle))


def _form(cattle: Cattle) -> Shown:
    """The table that the audit form is made from, registered without being printed: it is long, and a workbook is where it is used."""
    if edition() == "public" or not len(cattle.form.data):
        return together()
    return unprinted(cattle.form, Text("Formulir audit ternak", "Herd audit form"))


def next_page(cattle: Cattle) -> Shown:
    """The eligible list in a random order of delivery."""
    ahead = cattle.ahead
    sector = str(rules.parameter("aid", "next.sector").value)
    named = Text(sector, sector)
    number = {name: ahead.number(f"cattle.next.{name}") for name in ("eligible", "places", "mde")}
    if number["eligible"].value == 0:
        return paragraph(say(f"{T}next_none", sector=named))
    waits = number["places"].value != number["eligible"].value
    told = [say(f"{T}next_text", sector=named, eligible=number["eligible"])]
    told.append(say(f"{T}next_wave" if waits else f"{T}next_one_wave", places=number["places"]))
    told.append(say(f"{T}next_drawn" if _set(cattle) else f"{T}next_trial"))
    told.append(say(f"{T}next_mde", mde=number["mde"]) if number["mde"].value is not None else say(f"{T}next_blind"))
    if edition() == "public":
        return together(paragraph(*told, say(f"{T}next_hidden")), _seed(cattle))
    columns = ["order", "name", "kecamatan", "members", "status", "wave"]
    caption = say(f"{T}next_caption" if _set(cattle) else f"{T}next_caption_trial")
    return together(paragraph(*told), _seed(cattle), show_table(cattle.order, caption, columns))


def _set(cattle: Cattle) -> bool:
    """Whether a seed was set: without one the order is a trial and isn't valid."""
    return bool(cattle.ahead.number("cattle.next.seed").value)


def _seed(cattle: Cattle) -> Shown:
    """The seed, as it must be typed; a trial has none to publish."""
    if not _set(cattle):
        return together()
    data = pd.DataFrame({"lottery_seed": [str(int(cattle.ahead.number("cattle.next.seed").value or 0))]})
    return show_table(Table("next_seed", data, call=cattle.ahead.call, rows=cattle.ahead.rows), say(f"{T}next_seed"))


def not_known() -> Shown:
    """What the effect pages leave open."""
    return bullets(say(f"{T}unknown_effect"), say(f"{T}unknown_income"))
