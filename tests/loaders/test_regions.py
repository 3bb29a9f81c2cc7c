"""Region codes are text and their two systems are never mixed."""

import pytest

from kopanalysis.errors import CallError
from kopanalysis.loaders.gather import _district_in
from kopanalysis.loaders.regions import all_regions, find_district, find_place, region


def test_trap_1_the_same_digits_are_two_districts():
    assert region("13.11").name == region(bps="1310").name == "Solok Selatan"
    assert region("13.10").name == region(bps="1311").name == "Dharmasraya"
    with pytest.raises(CallError, match=r'region\(bps="1311"\) is Dharmasraya'):
        region("1311")


def test_trap_2_a_code_read_as_a_number_is_refused():
    with pytest.raises(CallError, match=r'"13\.10" or "13\.01"'):
        region("13.1")
    with pytest.raises(CallError, match="as a number 13"):
        region(13.1)


def test_trap_3_nagari_codes_are_looked_up_not_computed():
    pasir_talang = find_place("nagari", "Pasir Talang", "13.11.02")
    assert pasir_talang.kemendagri_code == "13.11.02.2001"
    assert pasir_talang.bps_code == "1310040005"


@pytest.mark.parametrize(
    ("text", "code"), [("Kab. Solok", "13.02"), ("Kota Solok", "13.72"), ("KABUPATEN SOLOK SELATAN", "13.11"), ("13.11", "13.11")]
)
def test_trap_7_solok(text, code):
    assert find_district(text).kemendagri_code == code


@pytest.mark.parametrize("text", ["Solok", "Solok Barat", "1311", "13.1"])
def test_trap_7_what_could_be_two_districts_is_none(text):
    assert find_district(text) is None


@pytest.mark.parametrize(
    ("level", "text", "name"),
    [
        ("kecamatan", "Pauah Duo", "Pauh Duo"),
        ("kecamatan", "KPGD", "Koto Parik Gadang Diateh"),
        ("kecamatan", "Kec. Sangir Induk", "Sangir"),
        ("kecamatan", "Sangir Batanghari", "Sangir Batang Hari"),
        ("nagari", "Lubuak Malako", "Lubuk Malako"),
        ("nagari", "Pasar Muaralabuh", "Pasar Muara Labuh"),
    ],
)
def test_trap_8_spellings(level, text, name):
    assert find_place(level, text, "13.11").name == name


def test_trap_8_no_official_nagari():
    assert find_place("nagari", "Lubuak Gadang Barat Daya", "13.11") is None


def test_spelling_rules_merge_no_two_regions():
    for entry in all_regions():
        if entry.level in ("kecamatan", "nagari"):
            assert find_place(entry.level, entry.name.upper(), entry.parent) == entry


def test_one_code_is_asked_for():
    with pytest.raises(CallError, match="exactly one"):
        region("13.11", bps="1310")


def test_every_district_of_the_country_is_known_once():
    districts = [entry for entry in all_regions() if entry.level in ("kabupaten", "kota")]
    provinces = {entry.kemendagri_code for entry in all_regions() if entry.level == "provinsi"}
    assert (len(districts), len(provinces)) == (514, 38)
    assert len({entry.kemendagri_code for entry in districts}) == 514
    assert {entry.parent for entry in districts} == provinces
    assert all(entry.kemendagri_code[:2] == entry.parent and len(entry.kemendagri_code) == 5 for entry in districts)
    assert (region("32.10").name, region("91.10").name) == ("Majalengka", "Sarmi")  # the zeros that spreadsheets drop


def test_a_code_that_the_list_lacks_is_not_found_by_an_empty_cell():
    with pytest.raises(CallError, match="not known"):
        region(bps="")


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("REKAP KOPERASI KABUPATEN SOLOK SELATAN", "13.11"), ("Kecamatan Sangir Batang Hari", None), ("Koperasi Kab. Batang 2023", "33.25"),
        ("Kecamatan Sangir Batang Hari Kabupaten Solok Selatan", "13.11"), ("Daftar koperasi Agam", "13.06"),
    ],
)  # fmt: skip
def test_a_title_names_its_district_and_no_part_of_a_longer_name(title, code):
    found = _district_in([title])
    assert (found.kemendagri_code if found else None) == code
