"""Lists as spreadsheets and editors save them, and what lies in folders beside recordings."""

import warnings

import pytest

from audioxai_lite.datasets import on_disk

ROWS = [["1-100-A-0.wav", "1", "hound, small"], ["2-7-B-10.wav", "2", "pluie été"]]
WANTED = [dict(zip(["filename", "fold", "category"], row, strict=True)) for row in ROWS]
TEXT = 'filename,fold,category\n1-100-A-0.wav,1,"hound, small"\n2-7-B-10.wav,2,pluie été\n'
SEMICOLONS = TEXT.replace(",", ";").replace("hound; small", "hound, small").replace('"', "")
SAVED = {
    "as it was": TEXT.encode(),
    "with a mark": TEXT.encode("utf-8-sig"),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16 without a mark": TEXT.encode("utf-16-le"),
    "UTF-16, the other way round": TEXT.encode("utf-16-be"),
    "Latin-1": TEXT.encode("latin-1"),
    "Windows": TEXT.replace("\n", "\r\n").encode(),
    "an old Mac": TEXT.replace("\n", "\r").encode(),
    "semicolons": SEMICOLONS.encode(),
    "Excel's first line": ("sep=;\r\n" + SEMICOLONS.replace("\n", "\r\n")).encode(),
    "tabs": SEMICOLONS.replace(";", "\t").encode("utf-16"),
    "bars": SEMICOLONS.replace(";", "|").encode(),
    "quoted": "".join(
        ",".join(f'"{cell}"' for cell in row) + "\n"
        for row in [["filename", "fold", "category"], *ROWS]
    ).encode(),
    "spaces": SEMICOLONS.replace(";", " ; ").encode(),
    "capitals": SEMICOLONS.replace("fold", "Fold").replace("filename", "FILENAME").encode(),
    "another order": "fold;category;filename\n1;hound, small;1-100-A-0.wav\n"
    "2;pluie été;2-7-B-10.wav\n".encode(),
    "an index": "".join(
        f"{number}{';' if number != '' else ';'}{line}\n"
        for number, line in zip(["", 0, 1], SEMICOLONS.splitlines(), strict=True)
    ).encode(),
    "blank rows": ("\n\n" + SEMICOLONS.replace("\n", "\n\n;;\n  \n")).encode(),
    "cells at the end": SEMICOLONS.replace("\n", ";;\n").encode(),
    "no end of the last line": TEXT.rstrip().encode(),
}


@pytest.mark.parametrize("way", SAVED)
def test_a_list_is_read_however_it_was_saved(tmp_path, way):
    file = tmp_path / "list.csv"
    file.write_bytes(SAVED[way])
    assert on_disk.read_rows(file, ["filename", "fold", "category"]) == WANTED


def test_absent_cells_are_empty(tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("a,b\n1\n,2\n")
    assert on_disk.read_rows(file, ["b", "a"]) == [{"b": "", "a": "1"}, {"b": "2", "a": ""}]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "has no column 'filename'; it is empty"),
        (b"\n \n;;\n", "has no column 'filename'; it has ';;'"),
        (b"filename;category\na;b\n", "has no column 'fold'; it has 'filename', 'category'"),
        (b"PK\x03\x04" + bytes(range(256)), "has no column 'filename'"),
        (b"\xff\xfe\x00", "cannot be read as text"),
        (b"filename,fold,category\na,1,b,c\n", "a row is longer than the first, 'a, 1, b, c'"),
        (b'filename,fold,category\n"' + b"a" * 200_000, "has no column 'filename'"),
    ],
)
def test_what_is_no_such_list_is_told(tmp_path, content, fault):
    file = tmp_path / "list.csv"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=fault) as caught:
        on_disk.read_rows(file, ["filename", "fold", "category"])
    assert str(caught.value).startswith(str(file)) and len(str(caught.value)) < 500


def test_a_folder_in_the_place_of_a_list(tmp_path):
    with pytest.raises(ValueError, match="cannot be read as text"):
        on_disk.read_rows(tmp_path, ["a"])


def test_sound_files_are_those_that_people_see(tmp_path):
    seen = ["b.WAV", "a.flac", "c.Ogg", "name (1).wav"]
    unseen = [".DS_Store", "._a.wav", "Thumbs.db", "desktop.ini", "notes.txt", "~$a.wav", "d.part"]
    for name in seen + unseen:
        (tmp_path / name).write_bytes(b"")
    for name in ("more", ".ipynb_checkpoints", "__MACOSX"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "z.wav").write_bytes(b"")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = on_disk.sound_files(tmp_path)
        assert found == {name.rpartition(".")[0]: name for name in sorted(seen)}
        assert on_disk.sound_files(tmp_path / "absent") == {}
    (tmp_path / "a.wav").write_bytes(b"")
    (tmp_path / "e.wav").mkdir()
    with pytest.warns(UserWarning, match=r"a\.wav .* left out, with 1 more like it\. Rename or"):
        assert on_disk.sound_files(tmp_path) == found
