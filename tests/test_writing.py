"""Files that are whole or not there."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from audioxai_lite.writing import write_whole


def test_what_killed_runs_have_left_is_cleared_when_it_is_old(tmp_path):
    old, new = tmp_path / ".1.partial", tmp_path / ".2.partial"
    for file in (old, new):
        file.write_text("half")
    os.utime(old, (0, time.time() - 4000))
    write_whole(tmp_path / "table.csv", "é")
    assert sorted(os.listdir(tmp_path)) == [".2.partial", "table.csv"]
    assert (tmp_path / "table.csv").read_bytes() == b"\xc3\xa9"


def test_threads_that_write_one_file_at_once_leave_one_whole_text(tmp_path):
    file, texts = tmp_path / "table.csv", [letter * 100_000 for letter in "abcd"] * 10
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: write_whole(file, text), texts))
    assert file.read_text() in texts and os.listdir(tmp_path) == ["table.csv"]


def test_a_long_name_is_written_and_an_error_names_the_file(tmp_path):
    write_whole(tmp_path / ("n" * 250 + ".csv"), "a")
    with pytest.raises(FileNotFoundError, match="absent/table.csv"):
        write_whole(tmp_path / "absent" / "table.csv", "a")
