"""The tables that come with the course: what is damaged is noticed, and named with its remedy."""

import gzip
import json
import shutil

import pandas as pd
import pytest
from support import cuts_and_flips

from audioxai_lite.course.on_esc10 import records_on_esc10
from audioxai_lite.course.results import (
    RESULTS,
    how_made,
    results,
    results_by_clip,
    write_clips,
    write_results,
)

FILES = {"csv": results, "json": results, "clips.csv.gz": results_by_clip}


@pytest.fixture
def folder(tmp_path):
    """A copy of one study of the course."""
    for end in FILES:
        shutil.copy(RESULTS / f"sanity.{end}", tmp_path)
    return tmp_path


def test_every_table_of_the_course_is_whole():
    names = {file.name.split(".")[0] for file in RESULTS.glob("*.csv*")}
    assert len(names) > 30
    for name in names:
        assert how_made(name)["sha256"] and len(results(name))
    for file in RESULTS.glob("*.clips.csv.gz"):
        assert len(results_by_clip(file.name.split(".")[0]))
    assert len(records_on_esc10()) > 10


def damaged(content: bytes) -> dict[str, bytes]:
    half, lines = len(content) // 2, content.splitlines(keepends=True)
    flipped = bytearray(content)
    flipped[half] ^= 4
    return {
        "emptied": b"",
        "cut off": content[:half],
        "without its last line": b"".join(lines[:-1]),
        "without its last byte": content[:-1],
        "a bit is another": bytes(flipped),
        "zeros": bytes(len(content)),
        "something else": b"<html>\xff\xfe not this",
    }


DAMAGE = [*damaged(b"ab")]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("end", ["csv", "clips.csv.gz"])
def test_a_damaged_table_is_named_with_its_remedy(folder, end, damage):
    file = folder / f"sanity.{end}"
    file.write_bytes(damaged(file.read_bytes())[damage])
    with pytest.raises(ValueError, match=f"sanity.{end} is damaged") as caught:
        FILES[end]("sanity", folder)
    said = str(caught.value)
    assert f"git checkout -- {file}" in said and "study sanity`" in said and "\n" not in said


@pytest.mark.parametrize("damage", ["emptied", "cut off", "zeros", "something else"])
def test_a_damaged_record_is_named_with_its_remedy(folder, damage):
    file = folder / "sanity.json"
    file.write_bytes(damaged(file.read_bytes())[damage])
    for read in (results, how_made):
        with pytest.raises(ValueError, match=r"sanity\.json is damaged.*git checkout -- "):
            read("sanity", folder)
    file.write_text("[]")
    with pytest.raises(ValueError, match=r"sanity\.json is damaged: it holds no record"):
        how_made("sanity", folder)
    file.unlink()
    with pytest.raises(FileNotFoundError, match=r"sanity\.json is not there.*git checkout -- "):
        results("sanity", folder)


def test_every_cut_and_every_bit_of_a_small_table_is_noticed(tmp_path):
    table = pd.DataFrame({"clip": ["a", "b"], "auc": [0.5, 0.75]})
    write_results("small", table, "make small", {"seed": [0]}, 1.0, tmp_path)
    write_clips("small", table, tmp_path)
    for name, read in (("small.csv", results), ("small.clips.csv.gz", results_by_clip)):
        file = tmp_path / name
        whole = file.read_bytes()
        for content in cuts_and_flips(whole):
            file.write_bytes(content)
            try:
                read_again = read("small", tmp_path)
            except ValueError as error:
                assert name in str(error)
            else:  # of a compressed file some bits say only who wrote it, and when
                assert read_again.equals(table) and gzip.decompress(content)
        file.write_bytes(whole)


def test_ends_of_lines_of_another_system_are_no_damage(folder):
    file, whole = folder / "sanity.csv", results("sanity", folder)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert results("sanity", folder).equals(whole)


def test_a_table_that_somebody_wrote_before_there_were_hashes_is_read(folder):
    record = {name: value for name, value in how_made("sanity", folder).items() if name != "sha256"}
    (folder / "sanity.json").write_text(json.dumps(record))
    assert results("sanity", folder).equals(results("sanity"))


def test_records_on_recordings_are_utf8_and_named_when_damaged(tmp_path):
    record = {"records": [{"id": "a", "measured": "0.5 ± 0.1"}]}
    file = tmp_path / "notebook_01_esc10.json"
    file.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    assert records_on_esc10(tmp_path)["a"]["measured"] == "0.5 ± 0.1"
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(ValueError, match=r"notebook_01_esc10\.json is damaged.*git checkout"):
        records_on_esc10(tmp_path)
