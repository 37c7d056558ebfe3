"""The readers of real recordings, on small made-up layouts and, where they are, on the recordings
themselves.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
from support import waveforms

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
def shared_data(monkeypatch):
    folder = Path(
        os.environ.get("AUDIOXAI_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")
    )
    if not folder.is_dir():
        pytest.skip("no recordings here; AUDIOXAI_TEST_DATA names a folder that has them")
    monkeypatch.setenv("AUDIOXAI_DATA", str(folder))
    return folder


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
    dataset = recordings.esc()
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
