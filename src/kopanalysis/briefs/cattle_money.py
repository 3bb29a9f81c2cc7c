"""Pages of brief 40 on money: assets with and without the grant, cost of a head and of an active year, and what holds without an effect."""

from __future__ import annotations

from kopanalysis.briefs.cattle_results import Cattle
from kopanalysis.briefs.study import Study
from kopanalysis.present import figures, figures_cattle_effects
from kopanalysis.present.sentences import paragraph, say
from kopanalysis.present.shown import Shown, together, unprinted
from kopanalysis.results import Number, Text

T = "cattle_money."


def assets_page(study: Study, cattle: Cattle) -> Shown:
    """Assets gross and net of the grant's book value, side by side, with the reason in words."""
    table = cattle.contrast
    if table is None:
        return paragraph(say(f"{T}assets_missing"))
    gross, net = (table.number(f"cattle.att.{name}.did") for name in ("assets_idr", "assets_net_idr"))
    told = say(f"{T}assets_text", gross=gross, net=net, grant=table.number("cattle.grant_value"))
    arms = {arm: table.number(f"cattle.accounts.{name}") for arm, name in (("treated", "treated"), ("others", "untreated"))}
    based = say(f"{T}assets_n", **arms, seen=table.number("cattle.seen.assets_net_idr.did"))
    figure = figures.show_figure(
        "assets", figures_cattle_effects.draw_assets(table), say(f"{T}assets_title"), say(f"{T}assets_alt"), (figures.WIDTH, 1.7),
        study.demonstration, say("cattle_aid.source", date=study.as_of),
    )  # fmt: skip
    return together(figure, paragraph(told, based), unprinted(table, say(f"{T}assets_caption").html))


def money_page(study: Study, cattle: Cattle) -> Shown:
    """Rupiah a head and an active year; a set without an end says so."""
    pieces = [_per_head(cattle)]
    if cattle.cost is None:
        return together(*pieces, paragraph(say(f"{T}cost_missing")))
    return together(*pieces, *_active_year(study, cattle))


def _per_head(cattle: Cattle) -> Shown:
    table = cattle.costs
    told = []
    for fund in table.data["fund"]:
        label = str(fund).lower().replace(" ", "_") or "unknown"
        accepted, later = (table.number(f"cost.per_head_{kind}_idr.{label}") for kind in ("accepted", "later"))
        name = Text(str(fund), str(fund)) if str(fund).strip() else Text("sumber dana yang tidak disebut", "an unnamed fund")
        if later.value is None and not later.suppressed:
            told.append(say(f"{T}per_head_accepted", fund=name, accepted=accepted))
        else:
            told.append(say(f"{T}per_head", fund=name, accepted=accepted, later=later))
    if not told:
        return together()
    year = int(table.number("cost.price_year").value or 0)
    note = say(f"{T}per_head_note", price_year=year, rate=table.number("cost.discount_rate"))
    return together(paragraph(*told, note), unprinted(table, say(f"{T}per_head_caption").html))


def _active_year(study: Study, cattle: Cattle) -> list[Shown]:
    table = cattle.cost
    if table is None:
        return []
    number = {name: table.number(f"cost.{name}") for name in
              ("cost_idr", "cooperative_years", "per_active_year_idr", "break_even", "ceiling", "least_price_idr",
               "worth_idr")}  # fmt: skip
    price = number["per_active_year_idr"]
    told = say(f"{T}{_shape(price)}", cost=number["cost_idr"], cells=number["cooperative_years"], price=price)
    pieces = [told]
    if number["least_price_idr"].value is not None:
        pieces.append(say(f"{T}least_price", ceiling=number["ceiling"], least=number["least_price_idr"]))
    within = (number["break_even"].value or 0) <= (number["ceiling"].value or 0)
    even = {"even": number["break_even"]} if within else {}
    pieces.append(say(f"{T}break_even" if within else f"{T}break_even_beyond", worth=number["worth_idr"], **even))
    figure = figures.show_figure(
        "acceptability", figures_cattle_effects.draw_acceptability(table.fitted["curve"]), say(f"{T}curve_title"), say(f"{T}curve_alt"),
        (figures.WIDTH, 2.0), study.demonstration, say("cattle_aid.source", date=study.as_of),
    )  # fmt: skip
    return [paragraph(*pieces), figure]


def _shape(price: Number) -> str:
    """Which sentence a set of prices calls for: with two ends, with one, or with none."""
    if price.value is not None and price.low is not None and price.high is not None:
        return "active_year"
    return "active_year_unbounded" if price.value is not None and price.low is not None else "active_year_nothing"
