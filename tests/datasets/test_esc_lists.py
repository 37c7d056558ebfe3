"""Folders in ESC-50's layout with strangers in them, and with lists that were saved anew."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support import examples

from audioxai_lite import datasets
from audioxai_lite.datasets import download, environment, recordings, sources
from audioxai_lite.datasets.download import DownloadError
from audioxai_lite.sound.audio import AudioError

NUMBERS = [sources.ESC50_CLASSES.index(label) for label in sources.ESC10_CLASSES]
CLIPS = [f"{1 + n % 5}-{100 + n}-{'AB'[n % 2]}-{number}.ogg" for n, number in enumerate(NUMBERS)]
CLIPS += ["2-100-B-0.ogg", "5-207-A-10.ogg"]
LIST = sources.esc_table(CLIPS).to_csv(index=False, lineterminator="\n")
TOLD = ["label", "fold", "esc50_target", "src_file", "take"]


@pytest.fixture
def esc10(tmp_path, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path))
    return write_folder(tmp_path / "esc10", CLIPS, LIST.encode())


def write_folder(folder, names, content):
    (folder / "audio").mkdir(parents=True)
    for name in names:
        (folder / "audio" / name).write_bytes(b"")
    if content is not None:
        (folder / "meta").mkdir()
        (folder / "meta" / "esc50.csv").write_bytes(content)
    return folder


def read(name="esc10"):
    """The table, and what was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        dataset = recordings.esc(name)
    return dataset, [str(each.message) for each in caught]


def refused(match: str, name: str = "esc10") -> None:
    with pytest.raises(DownloadError, match=match) as caught:
        recordings.esc(name)
    said = str(caught.value)
    assert f"`python -m audioxai_lite download {name}`" in said and "\n" not in said
    assert str(download.data_folder() / name / "meta" / "esc50.csv") in said


def listed() -> pd.DataFrame:
    return pd.read_csv(pd.io.common.StringIO(LIST), dtype=str)


def semicolons(table):
    return table.to_csv(index=False, sep=";")


SAVED = {
    "none": None,
    "by Excel, in Germany": ("\ufeff" + semicolons(listed()).replace("\n", "\r\n")).encode(),
    "as Unicode text": listed().to_csv(index=False, sep="\t").encode("utf-16"),
    "quoted": listed().to_csv(index=False, quoting=1).encode(),
    "with an index": listed().to_csv().encode(),
    "in another order": listed().iloc[:, ::-1].to_csv(index=False).encode(),
    "with decimals": listed().assign(fold=listed()["fold"] + ".0").to_csv(index=False).encode(),
    "rows twice": pd.concat([listed(), listed()[3:7]]).to_csv(index=False).encode(),
    "blank rows": LIST.replace("\n", "\n\n,,,,,,\n").encode(),
    "with folders": LIST.replace("\n1-", "\naudio\\1-").replace("\n2-", "\naudio/2-").encode(),
    "of the wav files": LIST.replace(".ogg", ".wav").encode(),
}


@pytest.mark.parametrize("way", SAVED)
def test_a_list_that_was_saved_anew_says_the_same(tmp_path, monkeypatch, way):
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path))
    write_folder(tmp_path / "esc10", CLIPS, SAVED[way])
    dataset, warned = read()
    whole = recordings.esc_listed(tmp_path / "esc10", "esc10").sort_values("filename")
    assert warned == [] and dataset.classes == tuple(sources.ESC10_CLASSES)
    assert [*whole["filename"]] == sorted(CLIPS)
    expected = sources.esc_table(CLIPS).drop(columns="esc10")
    pd.testing.assert_frame_equal(
        whole[expected.columns].reset_index(drop=True), expected, check_dtype=False
    )
    assert dataset.table["src_file"].dtype.kind == "i"  # recordings are split by it


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "has no column 'filename'; it is empty"),
        (LIST.splitlines()[0].encode(), "lists no recordings"),
        (LIST.replace("target", "klass").encode(), "has no column 'target'; it has 'filename'"),
        (LIST.encode("utf-16")[:101], "cannot be read as text"),
        (LIST[:-9].encode(), "says '' for the src_file of '5-207-A-10.ogg'"),
        (LIST[:-3].encode(), "says '' for the take of '5-207-A-10.ogg'"),
        (LIST.replace("ogg,1,0", "ogg,1,nan").encode(), "'nan' for the target of '1-100-A-0.ogg'"),
        (LIST.replace("A\n", "\n").encode(), "'' for the take of"),
        (b"PK\x03\x04 a spreadsheet", "has no column 'filename'"),
    ],
)
def test_a_list_that_cannot_be_trusted_is_refused(esc10, content, fault):
    (esc10 / "meta" / "esc50.csv").write_bytes(content)
    refused(fault + ".*or remove it, and names are read")
    (esc10 / "meta" / "esc50.csv").unlink()  # the remedy
    assert len(read()[0]) == len(CLIPS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (LIST.replace("207,A", "20,A"), "'20' for the src_file of 5-207-A-10.ogg, where the name"),
        (LIST.replace("1-100-A-0.ogg,1", "1-100-A-0.ogg,3"), "'3' for the fold of 1-100-A-0.ogg"),
        (LIST.replace("dog", "hound"), "'hound' for the category of 1-100-A-0.ogg"),
    ],
)
def test_a_list_that_contradicts_names_is_believed_and_told(esc10, content, said):
    """Somebody's own folds or classes, as likely as damage."""
    (esc10 / "meta" / "esc50.csv").write_text(content)
    dataset, warned = read()
    assert len(dataset) == len(CLIPS) and len(warned) == 1 + ("hound" in content)
    assert any(said in text and "The list is believed; remove it" in text for text in warned)


def test_other_peoples_recordings_are_what_their_list_says(esc10):
    names = ["bark.wav", "howl one.wav", "rain.flac"]
    for name in names:
        (esc10 / "audio" / name).write_bytes(b"")
    rows = ["filename,fold,target,category,src_file,take", "bark.wav,3,0,hound,a7,1"]
    rows += ["howl one.wav,2,0,hound,12,2", "rain.flac,1,10,drops,13,1"]
    (esc10 / "meta" / "esc50.csv").write_text("\n".join(rows))
    dataset, warned = read()
    assert dataset.classes == ("hound", "drops")
    assert dataset.table["fold"].tolist() == [3, 2, 1]
    assert dataset.table["src_file"].tolist() == ["a7", "12", "13"]
    assert f"1-100-A-0.ogg is not listed in {esc10}" in warned[0]
    assert f"with {len(CLIPS) - 1} more like it" in warned[0]
    for wrong in ("bark.wav,4,0,hound,a7,1", "hum.wav,1,0,drone,a7,1", "hum.wav,1,7,hound,a7,1"):
        (esc10 / "meta" / "esc50.csv").write_text("\n".join([*rows, wrong]))
        refused("says two things of|has a category of two targets")


def test_what_is_not_there_is_told(esc10):
    for name in ("1-100-A-0.ogg", "2-100-B-0.ogg"):
        (esc10 / "audio" / name).unlink()
    for file in (esc10 / "audio").glob("5-*"):
        file.unlink()
    dataset, warned = read()
    assert len(dataset) == len(CLIPS) - 5 and len(dataset.classes) == 7
    said = "\n".join(warned)
    assert f"is listed in {esc10 / 'meta' / 'esc50.csv'} but not there and is left out" in said
    assert "with 4 more like it. Complete it: `python -m audioxai_lite download esc10`" in said
    assert "has no recordings of dog, crackling_fire, chainsaw: targets count those" in said
    assert "has no recordings of fold 5. Complete it: `python -m audioxai_lite download" in said


STRANGERS = [".DS_Store", "._1-100-A-0.ogg", "Thumbs.db", "desktop.ini", "notes.txt"]
LOOK_ALIKE = [
    "1-100-A-0 (1).ogg",
    "1-100-A-0 - Copy.ogg",
    "bark.wav",
    "1-100-A-50.wav",
    "1-1-A.wav",
]


@pytest.mark.parametrize("content", [None, LIST.encode()])
def test_strangers_are_left_out_and_those_that_look_like_clips_are_named(esc10, content):
    if content is None:
        (esc10 / "meta" / "esc50.csv").unlink()
    whole = read()
    for name in STRANGERS:
        (esc10 / "audio" / name).write_bytes(b"stranger")
    (esc10 / "audio" / "more").mkdir()
    (esc10 / "audio" / ".ipynb_checkpoints").mkdir()
    assert read()[0].table.equals(whole[0].table) and read()[1] == []
    for name in LOOK_ALIKE:
        (esc10 / "audio" / name).write_bytes(b"stranger")
    dataset, warned = read()
    assert dataset.table.equals(whole[0].table)
    assert len(warned) == 1 and f"with {len(LOOK_ALIKE) - 1} more like it" in warned[0]


def test_an_upper_case_suffix_is_read(esc10):
    (esc10 / "audio" / CLIPS[0]).rename(esc10 / "audio" / CLIPS[0].replace(".ogg", ".OGG"))
    dataset, warned = read()
    assert warned == [] and "audio/1-100-A-0.OGG" in dataset.table["file"].tolist()


def test_an_empty_or_silent_clip_is_named_when_it_is_asked_for(esc10):
    file = esc10 / "audio" / "1-100-A-0.ogg"
    remedy = r"1-100-A-0\.ogg: .* or repair it: `python -m audioxai_lite download esc10`"
    clips = read()[0].select(name="1-100-A-0")
    with pytest.raises(AudioError, match=remedy):
        clips[0]
    soundfile.write(file, np.zeros(8_000), 8_000)
    with pytest.raises(AudioError, match=remedy):
        clips[0]
    with pytest.raises(AudioError, match=r"\.ogg: .* or repair it: .* download esc10"):
        datasets.load("planted", normal=1, anomalous=1)


def test_a_folder_that_was_written_reads_back_with_and_without_its_list(tmp_path, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path))
    made = environment.load(clips_per_class_and_fold=1, seconds=2, sample_rate=8_000)
    environment.write(made, tmp_path / "esc10")
    for _ in range(2):
        dataset, warned = read()
        table = dataset.table.set_index("name").loc[made.table["name"]]
        assert warned == [] and dataset.classes == made.classes
        assert (
            table[["label", "target", "fold"]]
            .reset_index()
            .equals(made.table[["name", "label", "target", "fold"]])
        )
        (tmp_path / "esc10" / "meta" / "esc50.csv").unlink(missing_ok=True)


WORDS = st.text("ab1-_. ()AZ0", min_size=1, max_size=12)
NAMES = st.one_of(
    st.sampled_from(STRANGERS + LOOK_ALIKE),
    st.sampled_from(CLIPS).map(lambda name: name.replace(".ogg", ".WAV")),
    st.sampled_from(CLIPS).map(lambda name: f"._{name}"),
    st.builds("{}{}".format, WORDS, st.sampled_from([".wav", ".ogg", ".txt", "", ".WAV", ".mp3"])),
    st.from_regex(r"[0-9]{1,2}-[0-9]{1,12}-[A-C]-[0-9]{1,2}\.(wav|ogg)", fullmatch=True),
).filter(lambda name: name.strip(". ") and name not in CLIPS)


@st.composite
def lists(draw):
    """ESC-10's list, saved in another way, and then with some of its bytes altered."""
    table = listed()
    if draw(st.booleans()):
        columns = draw(st.permutations([*table.columns]))
        table = table[columns[: draw(st.sampled_from([7, 7, 7, 6]))]]
    if draw(st.booleans()):
        rows = draw(st.lists(st.integers(0, len(table) - 1), max_size=2 * len(table)))
        table = table.iloc[rows]
    separator, index = draw(st.sampled_from(",;\t|")), draw(st.booleans())
    text = table.to_csv(sep=separator, index=index, quoting=draw(st.sampled_from([0, 1])))
    text = text.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"])))
    content = bytearray(text, draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"])))
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        place = draw(st.integers(0, len(content)))
        kind = draw(st.sampled_from(["flip", "cut", "insert", "delete"]))
        if kind == "flip" and place < len(content):
            content[place] ^= 1 << draw(st.integers(0, 7))
        elif kind == "cut":
            del content[place:]
        elif kind == "insert":
            content[place:place] = draw(st.binary(max_size=4))
        elif kind == "delete":
            del content[place : place + draw(st.integers(1, 9))]
    return bytes(content)


@settings(max_examples=examples(250), suppress_health_check=[HealthCheck.too_slow])
@example(set(), set(), None)
@given(
    st.sets(NAMES, max_size=5),
    st.sets(st.sampled_from(CLIPS), max_size=3),
    st.one_of(st.none(), lists(), lists(), lists(), st.binary(max_size=60)),
)
def test_whatever_lies_there_what_is_read_is_right(tmp_path_factory, strangers, lost, content):
    folder = tmp_path_factory.mktemp("data") / "esc10"
    there = {*CLIPS} - lost
    write_folder(folder, there | strangers, content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDIOXAI_DATA", str(folder.parent))
        try:
            dataset, warned = read()
        except DownloadError as error:
            assert "download esc10`" in str(error) and "\n" not in str(error)
            assert content is not None or not there  # without a list, names say all
            return
    if any("The list is believed" in text for text in warned):
        return
    table = dataset.table.set_index("file")
    assert table["name"].is_unique and table.index.is_unique
    assert all((folder / file).is_file() for file in table.index)
    truth = sources.esc_table(CLIPS).set_index("filename").rename(columns={"category": "label"})
    truth["esc50_target"] = truth["target"]
    for name in there:
        twins = {name, name.replace(".ogg", ".WAV"), name.replace(".ogg", ".wav")} & strangers
        if f"audio/{name}" in table.index:
            row = table.loc[f"audio/{name}"]
            assert [str(row[each]) for each in TOLD] == [
                str(truth.loc[name, each]) for each in TOLD
            ]
            assert dataset.classes[row["target"]] == row["label"]
        else:
            assert twins or any("left out" in text for text in warned)
    unlisted = len({f"audio/{name}" for name in there} - {*table.index})
    told = [int(n) for text in warned for n in re.findall(r"with ([0-9]+) more like it", text)]
    assert unlisted <= sum(told) + len([text for text in warned if "left out" in text])


def test_a_download_repairs_the_list_and_keeps_the_other(tmp_path, monkeypatch):
    """Without a network, and without anything to fetch: the names say it."""
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path))
    monkeypatch.setenv("AUDIOXAI_MIRROR", "http://127.0.0.1:9")
    monkeypatch.setattr(download, "damaged_files", lambda *_: [])
    names = [path.removeprefix("audio/") for path in sources.checksums("esc10")]
    whole = sources.esc_table(names).to_csv(index=False, lineterminator="\n").encode()
    folder = write_folder(tmp_path / "esc10", names, None)
    file = folder / "meta" / "esc50.csv"
    for content in (None, b"", whole[:5_000], whole.replace(b",", b";")):
        if content is not None:
            file.write_bytes(content)
        download.download("esc10", progress=False)
        assert file.read_bytes() == whole
        kept = file.with_suffix(".csv.old")
        assert kept.read_bytes() == content if content is not None else not kept.exists()
        assert len(read()[0]) == 400 and read()[1] == []
    changed = file.stat().st_mtime_ns
    download.download("esc10", progress=False)
    assert file.stat().st_mtime_ns == changed
