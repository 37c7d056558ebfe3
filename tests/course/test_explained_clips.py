"""The clips that are explained."""

import pytest

from audioxai_lite import datasets
from audioxai_lite.course.clips import background_clips, explained_clips
from audioxai_lite.datasets import planted as planted_clips
from audioxai_lite.sound.spectrogram import LogMel


def test_clips_to_explain_have_a_truth_and_no_network_has_met_them(shared_data, monkeypatch):
    monkeypatch.setenv("AUDIOXAI_DATA", str(shared_data))
    planted = explained_clips("esc10")
    assert planted.classes == datasets.load("esc10").classes and len(planted) > 50
    assert (
        planted.table["planted_file"].str.contains("/5-").all()
        and not (planted.table["label"] == "rain").any()
    )
    assert set(planted.table["label"]) == set(planted_clips.KINDS)
    for clip in (planted.select(label=kind)[0] for kind in planted_clips.KINDS):
        assert clip.waveform.shape == clip.twin.shape == (1, 80_000)
        assert clip.waveform.abs().max().item() == pytest.approx(1, abs=1e-6)
        assert clip.label == clip.events[0].kind == planted.classes[clip.target]
        assert 0 < clip.truth(LogMel()).mean() < 1
    assert set(explained_clips("environment").table["fold"]) == {5}
    for data in ("environment", "esc10"):
        assert background_clips(data).shape == (100, 1, 64, 251)
