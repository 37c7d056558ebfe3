"""The detectors that come with the course."""

import json

import pytest
import torch

from audioxai_lite import detection
from audioxai_lite.course.clips import log_mel
from audioxai_lite.course.detectors import (
    FILES,
    NETWORKS,
    SHIPPED_SEEDS,
    detector_scores,
    load_detector,
    trained_detector,
)
from audioxai_lite.course.results import CHECKPOINTS, results
from audioxai_lite.datasets import machine
from audioxai_lite.models import training


def test_detectors_are_neither_weak_nor_perfect():
    """Difficulty was set on other draws; on these, too, there must be something to tell apart."""
    table = results("detection")
    table = table[(table["kind"] == "all") & table["model"].isin(["AE", "MAE"])]
    assert len(table.groupby(["training_seed", "data_seed"])) == 10
    assert table["auc"].between(0.80, 0.97).all(), table["auc"].describe()


@pytest.fixture(scope="module")
def heard():
    test = machine.load("test")
    return log_mel(test), test.table["target"]


@pytest.mark.parametrize("model", ["AE", "MAE", "dense AE"])
@pytest.mark.parametrize("seed", SHIPPED_SEEDS)
def test_shipped_detectors_reach_what_the_table_and_their_manifest_say(heard, model, seed):
    values, labels = heard
    network = load_detector(model, seed)
    entry = json.loads((CHECKPOINTS / f"{FILES[model]}-{seed}.json").read_text(encoding="utf-8"))
    table = results("detection").query(
        "data_seed == 0 and training_seed == @seed and kind == 'all' and model == @model"
    )
    assert entry["command"] == "python -m audioxai_lite study detection" and entry["data_seed"] == 0
    for way, score in detector_scores(network, values, masked=False).items():
        auc = detection.roc_table(score, labels, resamples=1).loc["all", "auc"]
        assert auc == pytest.approx(table.set_index("score").loc[way, "auc"], abs=2e-3), way
        assert entry["metrics"][f"test AUC, {way}"] == pytest.approx(auc, abs=2e-3), way


def test_the_recipe_of_a_study_trains(monkeypatch):
    """Two epochs on a few clips: the loss falls, the scale is that of the data, and the seed
    decides.
    """
    values = log_mel(machine.load("train", normal=12, anomalous=0))
    fit = training.fit
    monkeypatch.setattr(
        training, "fit", lambda *inputs, **options: fit(*inputs, **options, epochs=2)
    )
    first, same, other = (
        trained_detector(*NETWORKS["MAE"], values, values[:4], seed) for seed in (0, 0, 1)
    )
    assert torch.allclose(first.mean[:, 0], values.mean(dim=(0, 1, 3)), atol=1e-3)
    assert torch.equal(first.up[0].convolution[0].weight, same.up[0].convolution[0].weight)
    assert not torch.equal(first.up[0].convolution[0].weight, other.up[0].convolution[0].weight)
