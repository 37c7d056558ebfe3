"""Features of windows and the scores that they give, of clips and of ensembles."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from audioxai_lite.course.nb12 import features, studies
from audioxai_lite.detection import directions


def clips(count, seed, loud=False):
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(count, 1, 64, 100, generator=generator) * 3 - 50
    if loud:
        values[:, :, 20:24, 40:60] += 25
    return values


def test_placements_have_the_area_under_the_curve_for_a_mean_ties_included():
    generator = np.random.default_rng(0)
    labels, scores = generator.integers(2, size=200), generator.integers(9, size=200)
    area = features.placements(scores + 2 * labels, labels).mean()
    assert area == pytest.approx(roc_auc_score(labels, scores + 2 * labels))


def test_windows_find_a_short_fault_that_statistics_of_clips_average_away():
    train, healthy, faulty = clips(40, 0), clips(20, 1), clips(20, 2, loud=True)
    labels = np.repeat([0, 1], 20)
    tested = torch.cat([healthy, faulty])
    for name, numbers in features.simple_features(train).items():
        score = dict(features.scored(numbers, features.simple_features(tested)[name]))
        assert features.placements(score["Mahalanobis"], labels).mean() > 0.99
    assert features.clip_statistics_scores(train, tested).shape == (40,)


@pytest.mark.parametrize("is_compact", [False, True])
def test_training_is_repeated_by_its_seed_and_leaves_the_callers_tensors_alone(
    is_compact, monkeypatch
):
    monkeypatch.setattr(features, "STEPS", 3)
    train = clips(12, 0)
    before = train.clone()
    once, again, other = (
        features.encoded(features.trained_encoder(train, "SimSiam", is_compact, seed), train[:2])
        for seed in (0, 0, 1)
    )
    assert np.array_equal(once, again) and not np.array_equal(once, other)
    assert torch.equal(train, before)


def test_a_window_has_the_features_that_it_has_alone():
    encoder = features.trained_encoder(clips(4, 0), "random", False, 0)
    values = clips(3, 1)
    whole = features.encoded(encoder, values)
    alone = encoder.features(values[1:2, ..., 16:48]).numpy()
    np.testing.assert_allclose(whole[1, 1], alone[0], atol=1e-5)


def test_a_table_has_every_way_for_every_training_and_faulty_clips_alone(monkeypatch):
    monkeypatch.setattr(features, "STEPS", 2)
    train, test = clips(12, 0), torch.cat([clips(3, 1), clips(3, 2, loud=True)])
    labels, names = np.repeat([0, 1], 3), np.array(list("abcdef"))
    found = {}
    for objective in ("random", "BYOL"):
        encoders = {
            seed: features.trained_encoder(train, objective, False, seed) for seed in (0, 1, 2)
        }
        simple = objective == "random"
        table = studies.table_of(train, test, labels, names, encoders, simple)
        assert set(table["clip"]) == {"d", "e", "f"} and set(table["seed"]) == {0, 1, 2}
        assert table.groupby(["features", "scorer", "seed"]).size().eq(3).all()
        assert table["area"].between(0, 1).all()
        found[objective] = set(table["features"])
    learned = {"features", "with a constant", "second layer", "both layers", "three views"}
    learned |= {"three trainings"}
    assert found["BYOL"] == learned
    assert found["random"] - learned == {"clip statistics", "window statistics", "pooled bins"}


def test_an_ensemble_of_one_orders_clips_as_its_member_does():
    generator = np.random.default_rng(0)
    healthy, tested = generator.normal(size=(30, 4, 5)) + 6, generator.normal(size=(9, 4, 5)) * 3
    alone = dict(features.scored(healthy, tested, ("angular",)))["angular"]
    both = studies.together([(healthy, tested)] * 2)
    assert np.array_equal(np.argsort(alone), np.argsort(both))


def test_the_constant_is_measured_on_healthy_features_for_both():
    flat = np.random.default_rng(0).normal(size=(50, 3))
    tested = studies._with_constant(np.ones((2, 4, 3)), flat)
    assert tested.shape == (2, 4, 4)
    assert np.allclose(tested[..., 3], directions.with_constant(flat, flat)[0, 3])
