"""A folder of several districts: which district each row belongs to, and one district's rows as if nothing else had been sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kopanalysis.loaders.gather import Reading
from kopanalysis.loaders.join import kept_rows
from kopanalysis.loaders.link import normal_name
from kopanalysis.loaders.parse import Parsed
from kopanalysis.loaders.regions import all_regions, district_of_nik
from kopanalysis.loaders.words import plain_words

NOBODY = ""  # district of a row that names none and stands in a sheet of several


@dataclass(frozen=True)
class Split:
    """Where the rows of a folder belong.

    Attributes
    ----------
    codes : tuple of str
        Kemendagri codes of the districts that have a register here; empty or one where the folder is one district's.
    positions : list of dict of str to list of int
        For each parsed table its rows by district; ``""`` for those that nobody can be given.
    files : dict of str to frozenset of str
        File to the districts that have rows in it.
    niks : frozenset of str
        Every NIK of the registers.
    """

    codes: tuple[str, ...] = ()
    positions: list[dict[str, list[int]]] = field(default_factory=list)
    files: Mapping[str, frozenset[str]] = field(default_factory=dict)
    niks: frozenset[str] = frozenset()

    @property
    def several(self) -> bool:
        """Whether districts have to be told apart."""
        return len(self.codes) > 1

    @property
    def shared(self) -> frozenset[str]:
        """Files that hold rows of several districts."""
        return frozenset(file for file, codes in self.files.items() if len(codes) > 1)

    @property
    def unassigned(self) -> int:
        """Rows that no district can be given."""
        return sum(len(rows.get(NOBODY, ())) for rows in self.positions)


def district_codes(reading: Reading) -> tuple[str, ...]:
    """Kemendagri codes of the districts whose registers a folder holds.

    A register sheet belongs to the district of most of its rows; single rows of another one in it are strays, not a district. A sheet
    without such a majority is a province's or the nation's, and all its districts count.
    """
    found: set[str] = set()
    for parsed in reading.parsed:
        if parsed.table == "register":
            counted = Counter(code for code in _of_kept(parsed, "region") if code)
            home = _majority(counted)
            found |= {home} if home else set(counted)
    return tuple(sorted(found))


def split_rows(reading: Reading) -> Split:
    """Give every row its district.

    A register sheet belongs whole to the district of most of its rows; one without such a district is told apart row by row. A row of
    another table follows the register of its NIK, else the sheet's title, the NIK's digits, its name, or its sheet and file.

    Parameters
    ----------
    reading : Reading
        As read, before rows of different tables meet.

    Returns
    -------
    Split
        With ``codes`` alone where the folder is one district's.
    """
    codes = district_codes(reading)
    if len(codes) < 2:
        return Split(codes)
    registers = {id(parsed): _register_districts(parsed, codes) for parsed in reading.parsed if parsed.table == "register"}
    by_nik, by_name = _register_keys([(parsed, registers[id(parsed)]) for parsed in reading.parsed if id(parsed) in registers])
    placed = [registers.get(id(parsed)) or _own_districts(parsed, by_nik, by_name, codes) for parsed in reading.parsed]
    spoken: dict[str, Counter[str]] = defaultdict(Counter)
    for parsed, given in zip(reading.parsed, placed, strict=True):
        spoken[parsed.place.file].update(code for code in given if code)
    positions = []
    files: dict[str, set[str]] = defaultdict(set)
    for parsed, given in zip(reading.parsed, placed, strict=True):
        file = parsed.place.file
        home = _majority(Counter(code for code in given if code)) or _only(spoken[file]) or _named_in(file, codes)
        rows: dict[str, list[int]] = defaultdict(list)
        for index, code in enumerate(given):
            rows[code or home].append(index)
        positions.append(dict(rows))
        files[file] |= {code for code in rows if code}
    return Split(codes, positions, {file: frozenset(found) for file, found in files.items() if found}, frozenset(by_nik))


def only_district(reading: Reading, split: Split, code: str) -> Reading:
    """One district's part of a folder, its sources numbered as if nothing else were there.

    Parameters
    ----------
    reading : Reading
        Not changed.
    split : Split
        Of that reading.
    code : str
        Kemendagri code.

    Returns
    -------
    Reading
        Its rows and what was said about them. A sheet or file that nothing could be read from is listed where its file is the
        district's, or where nobody can say whose it is.
    """
    parts = {
        parsed.place.source_id: _rows_of(parsed, rows[code])
        for parsed, rows in zip(reading.parsed, split.positions, strict=True)
        if rows.get(code)
    }
    elsewhere = {parsed.place.source_id for parsed in reading.parsed if parsed.rows} - set(parts)
    sources = [
        s for s in reading.sources if s["source_id"] not in elsewhere and (s["source_id"] in parts or _may_be(s["file"], split, code))
    ]
    numbers = {source["source_id"]: f"S{number:02d}" for number, source in enumerate(sources, start=1)}
    parsed = [_renumbered(part, numbers[source]) for source, part in parts.items()]
    listed = [{**s, "source_id": numbers[s["source_id"]], **_rows_in(s, parts.get(s["source_id"]))} for s in sources]
    return Reading(parsed, listed, list(reading.marks), reading.origins)


def _of_kept(parsed: Parsed, column: str) -> Iterable[Any]:
    return (parsed.columns[column][index] for index in kept_rows(parsed))


def _majority(counted: Counter[str]) -> str:
    """The one that more than half belong to."""
    (home, count), *_ = counted.most_common(1) or [(NOBODY, 0)]
    return home if count * 2 > counted.total() else NOBODY


def _only(counted: Counter[str]) -> str:
    return next(iter(counted)) if len(counted) == 1 else NOBODY


def _register_districts(parsed: Parsed, codes: Container[str]) -> list[str]:
    """District of each row of a register sheet: that of most of its rows, strays staying with the clerk who wrote them, else its own."""
    home = _majority(Counter(code for code in _of_kept(parsed, "region") if code))
    titled = parsed.place.district.kemendagri_code if parsed.place.district else NOBODY
    given = [home or code or titled for code in parsed.columns["region"]]
    return [code if code in codes else NOBODY for code in given]


def _register_keys(registers: list[tuple[Parsed, list[str]]]) -> tuple[dict[str, str], dict[str, str]]:
    """District by NIK (the latest register's), and by normal name where only one district has it."""
    by_nik: dict[str, str] = {}
    by_name: dict[str, str] = {}
    rows = [(parsed, index, given[index]) for parsed, given in registers for index in kept_rows(parsed) if given[index]]
    rows.sort(key=lambda item: str(item[0].columns["snapshot_date"][item[1]] or ""))
    for parsed, index, code in rows:
        nik, name = parsed.columns["nik"][index], parsed.columns["name"][index]
        if nik:
            by_nik[nik] = code
        if name:
            key = normal_name(name)
            by_name[key] = code if by_name.get(key, code) == code else NOBODY
    return by_nik, by_name


def _own_districts(parsed: Parsed, by_nik: Mapping[str, str], by_name: Mapping[str, str], codes: Container[str]) -> list[str]:
    """District of each row of another table by what the row and the sheet's title say; empty where neither says one."""
    titled = parsed.place.district.kemendagri_code if parsed.place.district else NOBODY
    found = []
    for nik, name in zip(parsed.columns["nik"], parsed.columns["name"], strict=True):
        digits = district_of_nik(nik)
        told = (by_nik.get(nik or ""), titled, digits.kemendagri_code if digits else "")
        code = next((code for code in told if code and code in codes), NOBODY)
        found.append(code or (by_name.get(normal_name(name), NOBODY) if name else NOBODY))
    return found


def _named_in(file: str, codes: Iterable[str]) -> str:
    """District that a file's name speaks of: the longest name in it, a city only with the word kota."""
    text = f" {plain_words(file)} "
    known = [(plain_words(f"kota {r.name}" if r.level == "kota" else r.name), r.kemendagri_code) for r in all_regions()]
    found = sorted(((len(name), code) for name, code in known if code in set(codes) and f" {name} " in text), reverse=True)
    return found[0][1] if found and (len(found) == 1 or found[0][0] > found[1][0]) else NOBODY


def _rows_of(parsed: Parsed, indexes: list[int]) -> Parsed:
    """Some rows of a table, with what was said about them; questions are about columns and stay."""
    if len(indexes) == len(parsed.rows):
        copied = {name: values[:] for name, values in parsed.columns.items()}
        dropped = set(parsed.dropped)
    else:
        copied = {name: _picked(values, indexes) for name, values in parsed.columns.items()}
        dropped = {new for new, old in enumerate(indexes) if old in parsed.dropped}
    rows = [parsed.rows[index] for index in indexes]
    wanted = set(rows)
    findings, warnings = ([line for line in lines if line["row"] in wanted] for lines in (parsed.findings, parsed.warnings))
    return replace(
        parsed, rows=rows, columns=copied, findings=findings, warnings=warnings, questions=list(parsed.questions), dropped=dropped
    )


def _picked(values: Any, indexes: list[int]) -> Any:
    picked = [values[index] for index in indexes]
    return picked if isinstance(values, list) else type(values)(values.typecode, picked)


def _may_be(file: str, split: Split, code: str) -> bool:
    """Whether a sheet without rows is the district's: its file has rows of it, or names it, or nobody can say whose it is."""
    if file in split.files:
        return code in split.files[file]
    return _named_in(file, split.codes) in (code, NOBODY)


def _rows_in(source: Mapping[str, Any], part: Parsed | None) -> dict[str, int]:
    return {} if part is None else {"rows_in": len(part.rows) + len(source["structural"])}


def _renumbered(part: Parsed, source_id: str) -> Parsed:
    findings, warnings, questions = (
        [{**line, "source_id": source_id} for line in lines] for lines in (part.findings, part.warnings, part.questions)
    )
    place = replace(part.place, source_id=source_id)
    return replace(part, place=place, findings=findings, warnings=warnings, questions=questions)
