"""Samples of the studies of notebook 07, computed again."""

import pytest
import torch

from audioxai_lite.course.detectors import load_detector, score_model
from audioxai_lite.course.nb07.studies import detector_maps_cell
from audioxai_lite.course.results import results
from audioxai_lite.datasets import machine
from audioxai_lite.evaluation import faithfulness
from audioxai_lite.published import faithful_ad
from audioxai_lite.sound.spectrogram import LogMel


def test_a_sample_of_the_detectors_maps_is_computed_again(monkeypatch):
    monkeypatch.setattr(faithful_ad, "METHODS", {"error map": faithful_ad.METHODS["error map"]})
    found = detector_maps_cell("MAE", 1).set_index(["grid", "method", "score"])
    table = (
        results("detector_maps")
        .query("model == 'MAE' and training_seed == 1")
        .set_index(["grid", "method", "score"])
    )
    assert set(found.index.get_level_values("method")) == {
        "error map",
        "random",
        "energy",
        "deviation",
    }
    for column in ("value", "value low", "value high", "gain", "gain low", "gain high"):
        assert (found[column] - table.loc[found.index, column]).abs().max() < 2e-3, column


def test_a_sample_of_the_faithfulness_is_scored_again():
    network, feature = load_detector("MAE", 1), LogMel()
    clips = [clip for clip in machine.load("test", normal=0) if clip.truth(feature).amax() == 1]
    values = network.standardise(
        torch.cat([feature(clip.waveform).values for clip in clips])
    ).detach()
    curve = faithfulness.time_curve(faithful_ad.error_map(score_model(network), values))
    chosen = torch.stack(
        [faithfulness.top_percentile(curve, percentile) for percentile in faithfulness.PERCENTILES]
    )
    score, share = faithfulness.replace_and_score(network, values, chosen)
    table = results("faithfulness").query(
        "source == 'machine' and model == 'MAE' and training_seed == 1 and map == 'error map' "
        "and measure == 'frames' and clips == 'faulty' and kind == 'all'"
    )
    assert table["percentile"].tolist() == list(faithfulness.PERCENTILES)
    assert score.mean(dim=1).tolist() == pytest.approx(table["value"].tolist(), abs=2e-3)
    assert share.mean(dim=1).tolist() == pytest.approx(table["share"].tolist(), abs=1e-4)
