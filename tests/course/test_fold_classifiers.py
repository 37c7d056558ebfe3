"""Classifiers of the folds that the course does not ship."""

import pytest
import torch

from audioxai_lite.course import classifiers
from audioxai_lite.course.classifiers import load_classifier
from audioxai_lite.course.results import CHECKPOINTS
from audioxai_lite.models import checkpoint
from audioxai_lite.models.cnn14 import Cnn14


def test_fold_classifiers_are_trained_once_and_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(classifiers, "TRAINED", tmp_path)
    asked = []

    def trained(data, test_fold, seed):
        asked.append((data, test_fold, seed))
        torch.manual_seed(test_fold)
        model = Cnn14(10, channels=classifiers.CHANNELS)
        yield "plain", model, 0.0
        model.output.bias.data += 1
        yield "robust", model, 0.0

    monkeypatch.setattr(classifiers, "trained_classifiers", trained)
    plain, robust, again = (
        load_classifier("esc10", kind, test_fold=2).network
        for kind in ("plain", "robust", "robust")
    )
    assert asked == [("esc10", 2, 0)]
    assert torch.equal(robust.output.bias, again.output.bias)
    assert (robust.output.bias - plain.output.bias).tolist() == pytest.approx([1] * 10, abs=1e-2)
    shipped = load_classifier("environment", "robust").network
    assert asked == [("esc10", 2, 0)] and not shipped.training
    reference = Cnn14(10)
    checkpoint.load(reference, "cnn14-environment-robust", CHECKPOINTS)
    assert torch.equal(reference.output.weight, shipped.output.weight)
