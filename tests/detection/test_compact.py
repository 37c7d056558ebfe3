"""Scores of features: against computations by other ways, and what each number contributes."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist, mahalanobis
from sklearn.covariance import LedoitWolf
from torch import nn

from audioxai_lite import AudioModel, attribution
from audioxai_lite.detection import compact, directions
from audioxai_lite.sound.spectrogram import LogMel

RNG = np.random.default_rng(0)
HEALTHY = RNG.normal(size=(300, 6)) @ RNG.normal(size=(6, 6)) + [5, 0, 0, 1, 0, -2]
OTHERS = RNG.normal(size=(40, 6)) * 4


def test_nearest_by_cosine_is_what_all_pairs_say():
    pairs = cdist(OTHERS, HEALTHY, "cosine")
    np.testing.assert_allclose(
        compact.cosine_to_nearest(HEALTHY)(OTHERS), pairs.min(axis=1), atol=1e-12
    )
    three = np.sort(pairs, axis=1)[:, :3].mean(axis=1)
    np.testing.assert_allclose(compact.cosine_to_nearest(HEALTHY, 3)(OTHERS), three, atol=1e-12)


def test_mahalanobis_is_that_of_scipy_with_ledoit_and_wolfs_covariance():
    spread = HEALTHY.std(axis=0)
    precision = LedoitWolf().fit(HEALTHY / spread).precision_
    wanted = [
        mahalanobis(x / spread, HEALTHY.mean(axis=0) / spread, precision) ** 2 for x in OTHERS
    ]
    np.testing.assert_allclose(compact.mahalanobis(HEALTHY)(OTHERS), wanted, rtol=1e-8)


def test_contributions_sum_to_the_score_in_a_million_and_have_both_signs():
    score = compact.mahalanobis(RNG.normal(size=(500, 1024)))
    bins = RNG.normal(size=(20, 1024)) * 3
    parts = score.contributions(bins)
    np.testing.assert_allclose(parts.sum(axis=1), score(bins), rtol=1e-6)
    correlated = compact.mahalanobis(HEALTHY).contributions(OTHERS)
    assert (correlated < 0).any() and (correlated > 0).any()


def test_the_score_does_not_change_with_units_or_with_who_stands_beside():
    score, other = compact.mahalanobis(HEALTHY), compact.mahalanobis(1e-3 * HEALTHY)
    np.testing.assert_allclose(other(1e-3 * OTHERS), score(OTHERS), rtol=1e-8)
    np.testing.assert_allclose(score(OTHERS[3:4]), score(OTHERS)[3:4], rtol=1e-12)


def test_angles_ignore_lengths_and_find_a_turned_feature():
    score = compact.angular_mahalanobis(HEALTHY)
    np.testing.assert_allclose(score(7 * OTHERS), score(OTHERS), rtol=1e-8)
    assert score(HEALTHY).mean() < 0.2 * np.median(score(OTHERS))


def test_angular_scores_survive_features_that_lie_a_millionth_apart():
    tight = np.array([3.0, 1.0, 2.0]) + 1e-6 * RNG.normal(size=(200, 3))
    away = tight[:1] + [[0, 1e-4, 0]]
    assert compact.angular_mahalanobis(tight)(away)[0] > 100


def test_a_constant_column_draws_directions_together_and_changes_no_distance():
    loose = RNG.normal(size=(300, 6))
    added = directions.with_constant(loose, loose)
    assert added.shape == (300, 7) and (added[:, :6] == loose).all()
    assert (
        directions.mean_resultant_length(loose)
        < 0.2
        < 0.9
        < directions.mean_resultant_length(added)
    )
    plain, more = compact.mahalanobis(loose), compact.mahalanobis(added)
    others = directions.with_constant(OTHERS, loose)
    assert np.corrcoef(plain(OTHERS), more(others))[0, 1] > 0.999


def test_an_ensemble_weighs_its_members_alike_and_knows_the_better_one_by_both():
    scorers = [compact.mahalanobis(HEALTHY[:, :3]), compact.mahalanobis(HEALTHY[:, 3:])]
    parts = [HEALTHY[:, :3], HEALTHY[:, 3:]]
    score = compact.ensembled(scorers, parts)
    assert abs(score(parts).mean()) < 1e-9
    loud = compact.ensembled([lambda x: 1e6 * scorers[0](x), scorers[1]], parts)
    np.testing.assert_allclose(
        loud([OTHERS[:, :3], OTHERS[:, 3:]]), score([OTHERS[:, :3], OTHERS[:, 3:]]), rtol=1e-6
    )


@pytest.mark.parametrize("features", [np.zeros(5), np.full((3, 2), np.nan), np.zeros((2, 3, 4))])
def test_what_is_no_table_of_finite_features_is_refused(features):
    for fit in (compact.mahalanobis, compact.cosine_to_nearest, compact.angular_mahalanobis):
        with pytest.raises(ValueError, match="features are finite and have the shape"):
            fit(features)


def test_rank_counts_directions():
    line = np.outer(RNG.normal(size=500), [1.0, 2.0, 0.5])
    assert directions.effective_rank(line) < 1.001
    assert 2.9 < directions.effective_rank(RNG.normal(size=(5000, 3))) <= 3.0


def test_a_distance_can_be_explained_and_agrees_with_its_scorer():
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(40, 6), nn.Tanh()).eval()
    values = torch.randn(50, 1, 5, 8)
    with torch.no_grad():
        features = encoder(values).numpy()
    score = compact.mahalanobis(features)
    model = compact.DistanceModel(encoder, score)
    with torch.no_grad():
        np.testing.assert_allclose(model(values).numpy(), score(features), rtol=1e-6)
    found = attribution.integrated_gradients(model, values[:3], None, baseline=0.0)
    with torch.no_grad():
        risen = model(values[:3]) - model(torch.zeros(1, 1, 5, 8))
    torch.testing.assert_close(found.sum(dim=(1, 2, 3)).double(), risen, rtol=0.05, atol=0.05)


def test_an_embedding_behind_the_door_can_be_scored():
    network = nn.Sequential(nn.Flatten(), nn.Linear(64 * 63, 5))
    model = AudioModel(network, front_end=LogMel(16_000))
    sounds = torch.randn(30, 20_000) / 10
    features = model.outputs(model.front_end(sounds).values).numpy()
    assert compact.angular_mahalanobis(features)(features[:4]).shape == (4,)
