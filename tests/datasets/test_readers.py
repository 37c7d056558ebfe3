"""The readers of real recordings, on small made-up layouts and, where they are, on the recordings
themselves.
"""

import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import examples, waveforms

from audioxai_lite.datasets import planer, recordings
from audioxai_lite.datasets.clips import Event
from audioxai_lite.datasets.download import DownloadError
from audioxai_lite.sound.audio import AudioError


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty data folder."""
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def shared_data(shared_data, monkeypatch):
    """Where the data sets lie, for as long as a test runs."""
    monkeypatch.setenv("AUDIOXAI_DATA", str(shared_data))
    return shared_data


def write_tone(
    file: Path, seconds: float, rate: int = 44_100, frequency: float = 440, channels: int = 1
) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    wave = 0.25 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
    soundfile.write(file, np.repeat(wave[:, None], channels, axis=1), rate)


def loudest_frequency(waveform: torch.Tensor, rate: int) -> float:
    return torch.fft.rfft(waveform[0]).abs().argmax().item() * rate / waveform.shape[-1]


COMMON = ["name", "label", "target", "fold"]
ESC_FILES = {
    "1-100-A-0.ogg": 5.0,
    "1-17-B-41.ogg": 4.96,
    "2-300-A-10.wav": 5.05,
    "5-9-A-0.wav": 5.0,
}


@pytest.fixture
def esc10(data):
    for name, seconds in ESC_FILES.items():
        write_tone(data / "esc10" / "audio" / name, seconds)
    return data / "esc10"


def test_esc_table(esc10):
    dataset = recordings.esc()
    assert dataset.name == "esc10" and dataset.classes == ("dog", "rain", "chainsaw")
    table = dataset.table.set_index("name")
    assert table.loc["1-17-B-41"].to_dict() == {
        "label": "chainsaw",
        "target": 2,
        "fold": 1,
        "file": "audio/1-17-B-41.ogg",
        "src_file": 17,
        "take": "B",
        "esc50_target": 41,
    }
    assert [clip.name for clip in dataset.select(label="dog")] == ["1-100-A-0", "5-9-A-0"]


def test_esc_clips_are_mono_resampled_normalised_and_of_one_length(esc10):
    write_tone(esc10 / "audio" / "2-300-A-10.wav", 5.05, channels=2)
    dataset = recordings.esc(sample_rate=16_000, seconds=5.0)
    for clip in dataset:
        assert clip.waveform.shape == (1, 80_000) and clip.waveform.dtype == torch.float32
        assert clip.sample_rate == 16_000 and clip.waveform.shape == (1, 80_000)
        assert clip.label == dataset.classes[clip.target]
        assert clip.waveform.abs().max() == pytest.approx(1, abs=1e-6)
        assert loudest_frequency(clip.waveform, 16_000) == pytest.approx(440, abs=0.5)
    padded = dataset.select(name="1-17-B-41")[0].waveform
    assert (padded[0, -600:] == 0).all() and (padded[0, :79_000] != 0).any()
    assert dataset.select(name="5-9-A-0")[0].fold == 5
    short = recordings.esc(sample_rate=8_000, seconds=1.5)
    assert waveforms(short, range(4)).shape == (4, 12_000)


def test_esc_meta_file_is_believed(esc10):
    from_names = recordings.esc().table
    (esc10 / "meta").mkdir()
    rows = ["filename,fold,target,category,esc10,src_file,take"]
    rows += ["1-100-A-0.ogg,3,0,hound,True,100,A", "2-300-A-10.wav,2,10,rain,True,300,A"]
    (esc10 / "meta" / "esc50.csv").write_text("\r\n".join(rows) + "\r\n")
    with pytest.warns(UserWarning) as caught:
        dataset = recordings.esc()
    said = " ".join(str(warning.message) for warning in caught)
    assert "is not listed in" in said and "says '3' for the fold of 1-100-A-0.ogg, where" in said
    assert "and 1 more such things. The list is believed" in said
    assert len(from_names) == 4 and len(dataset) == 2
    assert dataset.classes == ("hound", "rain") and dataset[0].fold == 3


def test_esc_clip_that_cannot_be_read_is_named(esc10):
    (esc10 / "audio" / "1-100-A-0.ogg").write_bytes(b"no sound")
    with pytest.raises(AudioError, match=r"1-100-A-0\.ogg"):
        recordings.esc()[0]


def test_esc_is_not_another_data_set(data):
    with pytest.raises(ValueError, match="name is 'esc10' or 'esc50', not 'fsdd'"):
        recordings.esc("fsdd")


@pytest.mark.parametrize("reader", [recordings.esc, recordings.fsdd, recordings.noises])
def test_absent_data_set_names_the_command(data, reader):
    with pytest.raises(DownloadError, match=r"python -m audioxai_lite download \w+"):
        reader()


@pytest.mark.parametrize(("name", "reader"), [("fsdd", recordings.fsdd), ("esc10", recordings.esc)])
def test_an_empty_folder_names_the_command(tmp_path, monkeypatch, name, reader):
    monkeypatch.setenv("AUDIOXAI_DATA", str(tmp_path))
    (tmp_path / name).mkdir()
    with pytest.raises(DownloadError, match=f"holds no recordings. Complete it: .*download {name}"):
        reader()


def test_fsdd(data):
    for name in ("7_jackson_4", "7_jackson_5", "0_theo_49"):
        write_tone(data / "fsdd" / "recordings" / f"{name}.wav", 0.3, rate=8_000)
    dataset = recordings.fsdd()
    assert dataset.classes == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
    assert dataset.table.columns.tolist()[:8] == COMMON + ["speaker", "digit", "index", "split"]
    clip = dataset.select(split="test")[0]
    assert (clip.name, clip.label, clip.target, clip.fold) == ("7_jackson_4", "7", 7, 1)
    assert dataset.select(split="train").table["name"].tolist() == ["0_theo_49", "7_jackson_5"]
    assert dataset.select(speaker="theo").table.loc[0, ["digit", "index"]].tolist() == [0, 49]
    assert dict(zip(dataset.table["speaker"], dataset.table["fold"], strict=True)) == {
        "jackson": 1,
        "theo": 2,
    }  # a speaker each
    assert waveforms(dataset, range(3)).shape == (3, 8_000)
    assert (clip.waveform[0, 2_400:] == 0).all()
    assert clip.waveform.abs().max() == pytest.approx(1)


def test_noises(data):
    for file, frequency in zip(recordings.NOISES.values(), (300, 500, 700), strict=True):
        write_tone(data / "noises" / file, 5.0, frequency=frequency, channels=2)
    dataset = recordings.noises()
    assert [clip.name for clip in dataset] == ["white_noise", "room", "horse"]
    assert dataset.table["freesound"].tolist() == [165058, 203297, 149024]
    horse = dataset.select(name="horse")[0]
    assert horse.waveform.shape == (1, 80_000)
    assert loudest_frequency(horse.waveform, 16_000) == pytest.approx(700, abs=0.5)


STRANGERS = (
    ".DS_Store",
    "._3_theo_0.wav",
    "Thumbs.db",
    "desktop.ini",
    "notes.txt",
    "~$3_theo_0.wav",
)


def write_fsdd(data, *others):
    """A clip a speaker and digit, and others, which hold nothing."""
    folder = data / "fsdd" / "recordings"
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{digit}_{who}_0.wav" for digit in recordings.DIGITS for who in recordings.SPEAKERS]
    for name in (*names, *others):
        (folder / name).write_bytes(b"")
    return folder


def read_strictly(reader):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return reader().table


def test_fsdd_with_strangers(data):
    write_fsdd(data)
    whole = read_strictly(recordings.fsdd)
    assert sorted(whole["fold"].unique()) == [1, 2, 3, 4, 5, 6]
    folder = write_fsdd(data, *STRANGERS)
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / "more").mkdir()
    assert read_strictly(recordings.fsdd).equals(whole)
    write_fsdd(
        data, "3_theo_0 (1).wav", "3_theo.wav", "hello.wav", "3_theo_00.wav", "10_theo_1.wav"
    )
    with pytest.warns(UserWarning, match=r"has no name like 0_theo_0\.wav .*with 4 more like it"):
        assert recordings.fsdd().table.equals(whole)


def test_fsdd_speakers_of_two_names_and_upper_case(data):
    folder = write_fsdd(data, "3_mary_jane_0.wav", "4_abe_12.WAV")
    (folder / "5_theo_0.wav").rename(folder / "5_theo_0.WAV")
    table = read_strictly(recordings.fsdd).set_index("name")
    jane = table.loc["3_mary_jane_0"]
    assert (jane["speaker"], jane["digit"], jane["index"], jane["fold"]) == ("mary_jane", 3, 0, 8)
    assert table.loc["4_abe_12", ["fold", "split"]].tolist() == [7, "train"]
    # Those of the data set keep their folds, whoever else is there.
    assert table.loc["5_theo_0", ["fold", "file"]].tolist() == [5, "recordings/5_theo_0.WAV"]


def test_fsdd_without_a_speaker_or_a_digit(data):
    for file in write_fsdd(data).iterdir():
        if "george" in file.name or file.name[0] == "7":
            file.unlink()
    with pytest.warns(UserWarning, match="no recordings of") as caught:
        table = recordings.fsdd().table
    assert "7" not in table["label"].tolist() and len(table) == 45
    said = [str(each.message) for each in caught]
    assert "of george: folds count those that are there. Complete it" in said[0]
    assert "of 7. Complete it: `python -m audioxai_lite download fsdd`" in said[1]


@settings(max_examples=examples(100), suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sets(
        st.one_of(
            st.sampled_from(STRANGERS),
            st.from_regex(
                r"[0-9]{1,2}_[a-c_]{1,6}_[0-9]{1,12}( \(1\))?\.(wav|WAV)", fullmatch=True
            ),
            st.text("a0_-. ", min_size=1, max_size=8)
            .filter(lambda name: name.strip(". "))
            .map("{}.wav".format),
        ),
        max_size=6,
    ),
    st.sets(st.sampled_from(recordings.DIGITS), max_size=2),
)
def test_whatever_lies_in_fsdd_its_own_recordings_are_read_right(tmp_path_factory, others, lost):
    data = tmp_path_factory.mktemp("data")
    folder = write_fsdd(data, *others)
    for digit in lost:
        (folder / f"{digit}_theo_0.wav").unlink()
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("AUDIOXAI_DATA", str(data))
        table = recordings.fsdd().table.set_index("name")
    assert table.index.is_unique and all((folder.parent / file).is_file() for file in table["file"])
    for digit in recordings.DIGITS:
        for fold, who in enumerate(recordings.SPEAKERS, 1):
            name = f"{digit}_{who}_0"
            if (folder / f"{name}.wav").exists():
                row = table.loc[name, ["target", "fold", "speaker", "index", "split"]].tolist()
                assert row == [int(digit), fold, who, 0, "test"]


def test_a_wrong_rate_is_not_told_as_a_damaged_file(data):
    for file in recordings.NOISES.values():
        write_tone(data / "noises" / file, 1.0, rate=8_000)
    with pytest.raises(AudioError, match="cannot be brought from 8000 to -1 Hz") as caught:
        recordings.noises(sample_rate=-1)[0]
    assert "repair" not in str(caught.value)


def test_noises_with_strangers(data):
    files = [data / "noises" / file for file in recordings.NOISES.values()]
    for file in files:
        write_tone(file, 1.0, rate=8_000)
    whole = read_strictly(recordings.noises)
    for name in STRANGERS:
        (data / "noises" / name).write_bytes(b"")
    assert read_strictly(recordings.noises).equals(whole)
    write_tone(data / "noises" / "my fan.wav", 1.0)
    with pytest.warns(UserWarning, match="my fan.wav is none of the three sounds"):
        assert recordings.noises().table.equals(whole)
    (data / "noises" / "my fan.wav").unlink()
    files[0].rename(files[0].with_suffix(".WAV"))
    assert recordings.noises()[0].name == "white_noise"
    files[1].unlink()
    with pytest.raises(AudioError, match=r"ambience-01\.wav: there is no such .* download noises`"):
        recordings.noises()[1]
    files[2].write_bytes(b"")
    with pytest.raises(AudioError, match=r"whinny\.wav: it cannot be decoded .*download noises`"):
        recordings.noises()[2]
    files[2].unlink()
    files[0].with_suffix(".WAV").unlink()
    with pytest.raises(DownloadError, match="holds no recordings. Complete it: .*download noises"):
        recordings.noises()


COLUMNS = (
    'Recording wav File,Spectrogram File Name,"Time Anomaly Labels\n[(t1,t2), ...,etc]",'
    "Labels in Spectrogram\n"
)


@pytest.fixture
def planer_folder(tmp_path):
    names = ["training/2x3/a_1", "training/start_stop/b_1", "evaluation/normal/c_1"]
    names += ["evaluation/anomalies/broken_board/d_1", "evaluation/anomalies/broken_board/d_2"]
    for number, name in enumerate(names):
        file = tmp_path / "data" / f"{name}.pt"
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.save(torch.full((80, 401), float(number)), file)
    return tmp_path


def annotate(folder: Path, rows: str) -> None:
    (folder / planer.ANNOTATIONS).parent.mkdir(exist_ok=True)
    (folder / planer.ANNOTATIONS).write_text(COLUMNS + rows)


def test_planer(planer_folder):
    annotate(
        planer_folder, 'd.wav,d_1.pt,"[(1,2), (7,10)]","[(40,80), (280,399)]"\nd.wav,d_2,-,-\n'
    )
    spectrograms = planer.load(planer_folder)
    table = spectrograms.table.set_index("name")
    assert len(spectrograms) == 5
    assert table["split"].to_dict() == {
        **dict.fromkeys(["a_1", "b_1"], "training"),
        **dict.fromkeys(["c_1", "d_1", "d_2"], "evaluation"),
    }
    assert (
        table["kind"].tolist().count("broken_board") == 2 and table.loc["c_1", "kind"] == "normal"
    )
    assert table.index[table["label"] == "anomalous"].tolist() == ["d_1", "d_2"]
    assert table.index[table["annotated"]].tolist() == ["d_1", "d_2"]
    position = table.index.get_loc("d_1")
    values, events = spectrograms.read(position)
    assert values.shape == (1, 1, 80, 401) and values.dtype == torch.float32 and (values == 3).all()
    assert events == (Event(1.0, 2.0, "broken_board"), Event(7.0, 9.975, "broken_board"))
    assert spectrograms.read(table.index.get_loc("d_2"))[1] == ()


def test_planer_without_annotations(planer_folder):
    table = planer.load(planer_folder).table
    assert not table["annotated"].any() and not table["events"].map(len).any()


def test_planer_never_runs_code_from_a_file(planer_folder, tmp_path):
    class Code:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "it ran"),)

    torch.save(Code(), planer_folder / "data" / "training" / "2x3" / "a_1.pt")
    spectrograms = planer.load(planer_folder)
    position = spectrograms.table["name"].tolist().index("a_1")
    with pytest.raises(AudioError, match=r"a_1\.pt: it is damaged, or holds more than a tensor"):
        spectrograms.read(position)
    assert not (tmp_path / "it ran").exists()


@pytest.mark.parametrize("damage", ["cut off", "not a tensor file", "empty"])
def test_planer_damaged_file(planer_folder, damage):
    file = planer_folder / "data" / "evaluation" / "normal" / "c_1.pt"
    content = {
        "cut off": file.read_bytes()[:5000],
        "not a tensor file": b"hello there",
        "empty": b"",
    }[damage]
    file.write_bytes(content)
    spectrograms = planer.load(planer_folder)
    with pytest.raises(AudioError, match=r"c_1\.pt: it is damaged"):
        spectrograms.read(spectrograms.table["name"].tolist().index("c_1"))


@pytest.mark.parametrize(
    ("content", "found"),
    [(torch.zeros(80, 400), r"a tensor of shape \(80, 400\)"), ({"a": 1}, "dict")],
)
def test_planer_file_with_something_else(planer_folder, content, found):
    torch.save(content, planer_folder / "data" / "training" / "2x3" / "a_1.pt")
    spectrograms = planer.load(planer_folder)
    with pytest.raises(AudioError, match=rf"it holds {found}, not a tensor of shape \(80, 401\)"):
        spectrograms.read(spectrograms.table["name"].tolist().index("a_1"))


def test_planer_annotations_that_cannot_be_understood(planer_folder, tmp_path):
    annotate(planer_folder, 'd.wav,d_1.pt,-,"from 40 to 80"\n')
    with pytest.raises(ValueError, match=r"the intervals of d_1\.pt are 'from 40 to 80'"):
        planer.load(planer_folder)
    other = tmp_path / "other.csv"
    other.write_text("file,start,end\n")
    with pytest.raises(
        ValueError, match="no column 'Spectrogram File Name'; it has 'file', 'start', 'end'"
    ):
        planer.load(planer_folder, other)


def test_planer_absent(data):
    with pytest.raises(DownloadError, match="no spectrograms in .*planer.*data.zip"):
        planer.load()


def test_real_esc10(shared_data):
    dataset = recordings.esc("esc10")
    assert len(dataset) == 400
    expected = "dog rooster rain sea_waves crackling_fire crying_baby sneezing clock_tick"
    assert dataset.classes == (*expected.split(), "helicopter", "chainsaw")
    assert (dataset.table["label"].value_counts() == 40).all() and (
        dataset.table["fold"].value_counts() == 80
    ).all()
    # a recording's clips stay in one fold
    assert (dataset.table.groupby("src_file")["fold"].nunique() == 1).all()
    lengths = {
        clip: soundfile.info(shared_data / "esc10" / clip).frames for clip in dataset.table["file"]
    }
    extremes = [min(lengths, key=lengths.get), max(lengths, key=lengths.get)]
    assert lengths[extremes[0]] < 220_500 < lengths[extremes[1]]
    for clip in dataset.select(file=extremes):
        assert clip.waveform.shape == (1, 80_000)
        assert 0.5 < clip.waveform.abs().max() <= 1


def test_real_fsdd(shared_data):
    dataset = recordings.fsdd()
    assert len(dataset) == 3000 and dataset.table["speaker"].nunique() == 6
    assert len(dataset.select(split="test")) == 300
    pd.testing.assert_series_equal(
        dataset.table["label"].astype(int), dataset.table["digit"], check_names=False
    )
    assert waveforms(dataset, [0, 1500, 2999]).shape == (3, 8_000)


def test_real_noises(shared_data):
    batch = waveforms(recordings.noises(), range(3))
    assert batch.shape == (3, 80_000)
    # white noise is flat, the office is not
    spectrum = torch.fft.rfft(batch).abs().square()
    low, high = spectrum[:, :20_000].sum(1), spectrum[:, 20_000:].sum(1)
    assert 0.5 < low[0] / high[0] < 2 and low[1] / high[1] > 5


def test_planer_with_strangers(planer_folder):
    whole = planer.load(planer_folder).table
    data = planer_folder / "data"
    hidden = ["training/2x3/._a_1.pt", "training/.ipynb_checkpoints/a_1.pt", ".cache/a.pt"]
    hidden += ["training/2x3/.DS_Store", "training/2x3/Thumbs.db", "notes.txt", "__MACOSX/a.pt"]
    for name in hidden:
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_bytes(b"")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert planer.load(planer_folder).table.equals(whole)
    for name in ("training/2x3/a_1 (1).pt", "training/2x3/a_1 - Copy.pt", "training/b.pt", "c.pt"):
        (data / name).write_bytes(b"")
    with pytest.warns(UserWarning, match=r"c\.pt lies in no folder .*with 3 more like it"):
        assert planer.load(planer_folder).table.equals(whole)


def test_planer_kinds_of_training_are_normal_whatever_they_are_called(planer_folder):
    file = planer_folder / "data" / "training" / "anomalies" / "e_1.pt"
    file.parent.mkdir()
    file.write_bytes(b"")
    table = planer.load(planer_folder).table.set_index("name")
    assert table.loc["e_1", ["label", "split", "kind"]].tolist() == [
        "normal",
        "training",
        "anomalies",
    ]


def test_planer_upper_case_and_names_that_only_look_like_copies(planer_folder):
    folder = planer_folder / "data" / "training" / "2x3"
    (folder / "a_1.pt").rename(folder / "a_1.PT")
    (folder / "board (2).pt").write_bytes((folder / "a_1.PT").read_bytes())
    annotate(planer_folder, 'd.wav,a_1.PT,-,"[(40,80)]"\n')
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spectrograms = planer.load(planer_folder)
    names = spectrograms.table["name"].tolist()
    assert "board (2)" in names
    assert spectrograms.read(names.index("a_1"))[1] == (Event(1.0, 2.0, "2x3"),)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_planer_annotations_that_were_saved_anew(planer_folder, encoding, separator):
    file = planer_folder / planer.ANNOTATIONS
    annotate(planer_folder, 'd.wav,d_1.pt,"[(1,2)]","[(40,80), (280,399)]"\nd.wav,d_2,-,-\n')
    table = pd.read_csv(file)
    table.index.name = "é"
    file.write_bytes(table.to_csv(sep=separator).replace("\n", "\r\n").encode(encoding))
    spectrograms = planer.load(planer_folder).table.set_index("name")
    assert spectrograms.index[spectrograms["annotated"]].tolist() == ["d_1", "d_2"]
    assert spectrograms.loc["d_1", "events"][1] == Event(7.0, 9.975, "broken_board")
    assert spectrograms.loc["d_2", "events"] == ()


@pytest.mark.parametrize(
    "entry",
    ["(40,80", "[(40,80)", "[(40,80), ", "[(40;80)]", "40,80", "[(a,b)]", "[(40,80)] or so", "("],
)
def test_planer_intervals_that_are_none(planer_folder, entry):
    annotate(planer_folder, f'd.wav,d_1.pt,-,"{entry}"\n')
    with pytest.raises(
        ValueError, match=r"metadata\.csv: the intervals of d_1\.pt are .*, not like"
    ):
        planer.load(planer_folder)


@settings(max_examples=examples(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 200), st.binary(max_size=6), st.booleans())
def test_planer_annotations_with_any_bytes_are_read_or_refused(planer_folder, place, put, cut):
    annotate(planer_folder, 'd.wav,d_1.pt,"[(1,2)]","[(40,80), (280,399)]"\nd.wav,d_2,-,-\n')
    file = planer_folder / planer.ANNOTATIONS
    content = file.read_bytes()
    file.write_bytes(content[:place] + put + content[len(content) if cut else place + len(put) :])
    try:
        assert len(planer.load(planer_folder)) == 5
    except ValueError as error:
        assert str(file) in str(error)
