"""Words of a brief without papermill: its notebook's cells run on any office in this process, and what both languages say is judged."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup

import kopanalysis as ka
from kopanalysis import rules
from kopanalysis.briefs.study import Study, iso_date, last_day
from kopanalysis.metrics.panel import build_panel
from kopanalysis.present import figures
from kopanalysis.present.sentences import FORBIDDEN
from kopanalysis.present.shown import Picture, Shown
from kopanalysis.results import EDITION_VARIABLE, LANGUAGES

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LONGEST_MEAN = 22  # words a sentence
LONGEST_PAGE_ONE = 300  # words
# Words that say one thing made another happen. A brief that only describes may use none of them.
CAUSAL = {
    "id": r"karena|sebab(?=\s+(?:itu|ia|mereka))|menyebabkan|disebabkan|penyebab|mengakibatkan|diakibatkan|akibat(?:nya)?|berdampak|"
          r"dampak(?:nya)?|berkat|gara-gara|memicu|dipicu|menghasilkan|meningkatkan|menurunkan|mengurangi|memperbesar|memperkecil|mendorong|"
          r"berpengaruh|mempengaruhi|memengaruhi|dipengaruhi",
    "en": r"because|causes?\s+(?:them|it|cooperatives|a|an|the|more|less|fewer)|caused|causing|led\s+to|leads?\s+to|leading\s+to|"
          r"due\s+to|owing\s+to|"
          r"thanks\s+to|results?\s+in|resulted\s+in|resulting\s+from|reduces?|reduced|increases?|increased|raises?|raised|lowers|lowered|"
          r"improves?|improved|worsens?|drives?|driven|triggers?|triggered|affects?|affected|influences?|influenced|impacts?|makes?\s+them",
}  # fmt: skip
PROSE = ("p", "li", "h1", "h2", "h3", "figcaption", "td")


@dataclass
class Brief:
    """What a brief says: its pieces in order, headings among them, and how many of them stand on page one."""

    pieces: list[dict[str, str]] = field(default_factory=list)
    page_one: int = 0
    values: dict[str, Any] = field(default_factory=dict)

    def html(self, lang: str, pieces: list[dict[str, str]] | None = None) -> str:
        """All fragments of one language."""
        return "\n".join(piece[lang] for piece in (self.pieces if pieces is None else pieces) if lang in piece)

    def prose(self, lang: str) -> list[str]:
        """Sentences of running text: paragraphs, lists, headings, captions, cards; no table."""
        return sentences(self.html(lang))

    def numbers(self, lang: str) -> list[str]:
        """Names of the numbers that one language prints, sorted."""
        return sorted(str(tag["data-name"]) for tag in BeautifulSoup(self.html(lang), "html.parser").select("a.number"))

    def words_on_page_one(self, lang: str) -> int:
        """Words before the first page break, those of tables included."""
        text = BeautifulSoup(self.html(lang, self.pieces[: self.page_one]), "html.parser").get_text(" ")
        return len(re.findall(r"\w[\w.,'’\-–]*", text))


def sentences(html: str) -> list[str]:
    """Sentences of a fragment without its tables; each block is parted at full stops."""
    soup = BeautifulSoup(html, "html.parser")
    for table in soup.select("table:not(.cards)"):
        table.decompose()
    found = []
    for block in soup.find_all(PROSE):
        text = " ".join(block.get_text("").split())
        found += [part for part in re.split(r"(?<=[.!?:;])\s+", text) if re.search(r"\w", part)]
    return found


def study_of(office: Any, headline: str = "2022-08-25", region: str = "13.11") -> Study:
    """What ``open_study`` makes of a folder, for an office that is already at hand."""
    last = last_day(office)
    day: date = min(iso_date(headline, "headline_date"), last)
    panel = build_panel(office, as_of=last, region=region)
    early = build_panel(office, as_of=day, region=region)
    published = ka.load_published()
    return Study(office, region, panel, early, last, day, published, office.demonstration, rules.overrides())


def read_brief(name: str, study: Study, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Brief:
    """Run the cells of a notebook on a study, pictures left undrawn, and keep what they show."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    monkeypatch.setattr(figures, "_render", lambda *_: Picture("<svg/>"))
    monkeypatch.setattr(ka, "open_study", lambda *_, **__: study, raising=False)
    monkeypatch.setenv(EDITION_VARIABLE, str(settings.get("edition", "internal")))
    brief = Brief()
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown":
            _keep_markdown(brief, cell.source, tags)
        elif "nbval-check-output" not in tags:
            shown = _run(cell.source, brief.values)
            if "parameters" in tags:
                brief.values |= {"region": study.region, **settings}
            if isinstance(shown, Shown):
                brief.pieces.append({lang: shown.html.get(lang) for lang in LANGUAGES})
    return brief


def _keep_markdown(brief: Brief, source: str, tags: list[str]) -> None:
    if "pagebreak" in source:
        brief.page_one = brief.page_one or len(brief.pieces)
    for lang in LANGUAGES:
        if f"lang-{lang}" in tags:
            brief.pieces.append({lang: f"<h2>{source.lstrip('# ')}</h2>"})


def _run(source: str, values: dict[str, Any]) -> Any:
    """Execute a cell; the value of its last line if that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), values)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), values) if isinstance(last, ast.Expr) else None


def problems(brief: Brief, causal: bool = True) -> Iterator[str]:
    """What is wrong with the words of a brief: forbidden or causal words, other numbers in one language, too long, too much on page one."""
    for lang in LANGUAGES:
        told = brief.prose(lang)
        for sentence in told:
            for word in FORBIDDEN[lang]:
                if re.search(rf"\b{word}\b", sentence, re.IGNORECASE):
                    yield f"{lang}: {word!r} in {sentence!r}"
            if causal and (found := re.search(rf"\b(?:{CAUSAL[lang]})\b", sentence, re.IGNORECASE)):
                yield f"{lang}: causal {found.group()!r} in {sentence!r}"
        mean = sum(len(sentence.split()) for sentence in told) / max(len(told), 1)
        if mean > LONGEST_MEAN:
            yield f"{lang}: {mean:.1f} words a sentence"
        if brief.words_on_page_one(lang) > LONGEST_PAGE_ONE:
            yield f"{lang}: {brief.words_on_page_one(lang)} words on page one"
    if brief.numbers("id") != brief.numbers("en"):
        only = set(brief.numbers("id")) ^ set(brief.numbers("en"))
        yield f"numbers differ between the languages: {sorted(only)[:5]}"
