"""The gist of a brief: finding, sentences and decision, said alike on its own page one and in the summary."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kopanalysis.present.sentences import paragraph
from kopanalysis.present.shown import Shown, inside, together
from kopanalysis.results import LANGUAGES, Text


@dataclass(frozen=True)
class Gist:
    """What page one of a brief says in words.

    Attributes
    ----------
    finding : Shown
        The title: a finding, not a topic.
    told : tuple of Shown
        Sentences in the order of their weight.
    asked : Shown
        The decision, with who and by when.
    """

    finding: Shown
    told: tuple[Shown, ...]
    asked: Shown

    def short(self, most: int = 0) -> Shown:
        """The finding as a sentence, what carries it, and the decision."""
        return together(paragraph(ended(self.finding), *self.told[:most]), decision(self.asked))


def ended(sentence: Shown) -> Shown:
    """A title as a sentence: with its full stop."""
    return replace(sentence, html=Text(*(f"{sentence.html.get(lang)}." for lang in LANGUAGES)))


def decision(sentence: Shown) -> Shown:
    """A decision asked for, in its frame."""
    return inside(paragraph(sentence), '<div class="decision">', "</div>")
