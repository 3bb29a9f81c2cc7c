"""Words of a PDF and of an HTML page, to compare the two formats of an edition."""

from collections import Counter
from pathlib import Path

import pypdf
from bs4 import BeautifulSoup


def pdf_words(path: Path) -> Counter[str]:
    """Words of all pages without what the PDF itself marks as artifacts: header, footer, repeated table heads."""
    words: Counter[str] = Counter()
    for page in pypdf.PdfReader(path).pages:
        pieces: list[str] = []
        open_marks: list[bool] = []

        def follow(operator, operands, matrix, text_matrix, marks=open_marks):
            if operator in (b"BMC", b"BDC"):
                marks.append(operands[0] == "/Artifact")
            elif operator == b"EMC" and marks:
                marks.pop()

        def keep(text, matrix, text_matrix, font, size, pieces=pieces, marks=open_marks):
            pieces.append("" if any(marks) else text)

        page.extract_text(visitor_operand_before=follow, visitor_text=keep)
        words.update("".join(pieces).split())
    return words


def html_words(html: str) -> Counter[str]:
    """Words of the main part; blocks and cells part words."""
    main = BeautifulSoup(html, "html.parser").find("main")
    for block in main.find_all(["p", "li", "h1", "h2", "h3", "h4", "td", "th", "figcaption", "caption", "div"]):
        block.insert_after(" ")
    return Counter(main.get_text("").split())
