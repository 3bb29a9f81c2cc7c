"""Identity: what counts as the same name, and what only a person may say."""

import pytest

from kopanalysis.errors import CallError
from kopanalysis.loaders import link


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("KOPERASI SIMPAN PINJAM Sindang Gadang", "KSP. Sindang-Gadang"),
        ("Kop. Serba Usaha Maju", "K.S.U. MAJU"),
        ("KP-RI Setia", "KPRI Setia"),
        ("KPRI Setia", "Koperasi Pegawai Republik Indonesia Setia"),
        ("Bima II Sungai Kunyit", "BIMA 2 SUNGAI KUNYIT"),
        ("Koperasi (Produsen) Sangir Serumpun", "Kop. Produsen Sangir Serumpun"),
        ("KSP (KSP) Jaya", "Koperasi Simpan Pinjam Jaya"),
    ],
)
def test_names_that_are_one(one, other):
    assert link.normal_name(one) == link.normal_name(other)


@pytest.mark.parametrize(("one", "other"), [("KSP Maju", "KUD Maju"), ("Sangir Serumpun", "Sangir Sarumpun"), ("KSP Maju 1", "KSP Maju 2")])
def test_names_that_are_not(one, other):
    assert link.normal_name(one) != link.normal_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("006385/BH/M.KUKM.2/XI/2017", "6385 / BH / m.kukm.2 / xi / 2017"),
        ("56/BH/PAD/KWK.22/III/96", "No. 56/BH/PAD/KWK.22/III/1996"),
        ("AHU-0000667.AH.01.27.TAHUN 2020", "AHU-667.AH.01.27. Tahun 2020"),
        ("21/BH/Tahun 2007", "21/BH/2007"),
        ("430/BH/Banjar/DISKOP/X/03", "430/BH/BANJAR/DISKOP/X/2003"),
    ],
)
def test_legal_numbers_that_are_one(one, other):
    assert link.normal_legal_number(one) == link.normal_legal_number(other)


def identified(*rows):
    return link.identify(*zip(*rows, strict=True))


def test_snapshots_are_joined_by_nik_then_legal_number_then_name_and_place():
    known = identified(
        (None, "0012/BH/III/1998", "KUD Lama", "Sangir", 2016),
        (None, None, "Koperasi Unit Desa Lama", "Sangir", 2017),
        ("1310010000001", "12/BH/III/98", "KUD Lama", "Sangir", 2018),
        (None, None, "KUD Lama", "Pauh Duo", 2018),
    )
    assert known.ids == ["nik:1310010000001"] * 3 + ["nama:kud lama|pauhduo"]


def test_trap_9_a_second_legal_number_in_one_snapshot_is_a_second_registration():
    known = identified(
        ("1310010000001", "12/BH/III/1998", "KUD Lama", "Sangir", 2018), (None, "77/BH/PAD/2010", "KUD Lama", "Sangir", 2018)
    )
    assert known.ids == ["nik:1310010000001", "bh:77/BH/PAD/2010"]


def register():
    return identified(
        ("1310010000001", None, "KSP Sangir Serumpun", "Sangir", 2018),
        ("1310010000002", None, "KSP Maju", "Sangir", 2018),
        ("1310010000003", None, "KSP Maju", "Pauh Duo", 2018),
    )


def test_nothing_is_linked_by_likeness():
    match = link.find_cooperative(register(), "rat", None, "KSP Sangir Sarumpun")
    assert (match.coop_id, match.reason) == (None, "link_missing")
    best = link.candidates(register(), "KSP Sangir Sarumpun")[0]
    assert best["coop_id"] == "nik:1310010000001"
    assert best["score"] > 90


def test_a_name_of_two_cooperatives_is_ambiguous_and_a_nik_settles_it():
    known = register()
    assert link.find_cooperative(known, "rat", None, "Koperasi Maju").reason == "link_ambiguous"
    assert link.find_cooperative(known, "rat", "1310010000003", "Koperasi Maju").coop_id == "nik:1310010000003"
    assert link.find_cooperative(known, "rat", "1310010000001", "Koperasi Maju").reason == "link_ambiguous.names"
    assert link.find_cooperative(known, "rat", "9999999999999", "Sangir Serumpun").reason == "link_missing.nik"


def test_a_confirmed_link_must_name_a_cooperative_of_the_register(tmp_path):
    (tmp_path / "links.csv").write_text("table;value;nik;confirmed\nrat;KSP Sarumpun;999;ya\n", encoding="utf-8")
    with pytest.raises(CallError, match="unknown cooperative"):
        link.read_links(tmp_path, register())


def test_group_names():
    assert link.group_key("Kelompok Tani Ternak Maju II") == link.group_key("KT. Maju 2") == "maju 2"
