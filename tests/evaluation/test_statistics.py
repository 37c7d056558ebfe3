"""One bootstrap for every table."""

import numpy as np
import pytest
import torch

from audioxai_lite.evaluation import statistics


def test_means_and_intervals_over_clips():
    generator = torch.Generator().manual_seed(0)
    score = torch.stack([torch.randn(50, generator=generator), torch.full((50,), 3.0)])
    score[0, 7] = torch.nan
    table = statistics.with_intervals({"AD": score}, ["noise", "same"])
    assert table.loc["noise", "AD"] == pytest.approx(score[0].nanmean().item())
    assert table.loc["noise", "AD low"] < table.loc["noise", "AD"] < table.loc["noise", "AD high"]
    width = table.loc["noise", "AD high"] - table.loc["noise", "AD low"]
    assert width == pytest.approx(2 * 1.96 / 49**0.5, rel=0.25)
    assert table.loc["same"].tolist() == [3, 3, 3]


def covered(trainings: int, clips: int, tries: int, both: bool) -> float:
    """How often the interval holds the true mean, 0, when trainings differ as much as clips do."""
    random, held = np.random.default_rng(0), 0
    for _ in range(tries):
        values = random.normal(size=(trainings, 1)) + random.normal(size=(1, clips))
        values = values + random.normal(size=(trainings, clips))
        drawn = statistics.drawn_means(values if both else values.mean(axis=0)[None], 200)
        low, high = np.percentile(drawn, [2.5, 97.5])
        held += low <= 0 <= high
    return held / tries


def test_an_interval_over_clips_and_trainings_holds_where_one_over_clips_does_not():
    assert covered(10, 40, tries=300, both=True) > 0.87
    assert covered(10, 40, tries=300, both=False) < 0.7


def test_trainings_widen_an_interval_and_one_training_is_a_bootstrap_over_clips():
    random = np.random.default_rng(0)
    clips = random.normal(size=(1, 30))
    alike = np.repeat(clips, 3, axis=0)
    alone, same, apart = (
        statistics.drawn_means(values) for values in (clips, alike, alike + [[-1.0], [0.0], [1.0]])
    )
    assert np.allclose(alone, same)
    assert apart.std() > 1.5 * alone.std()
    scores = {"AD": torch.tensor(np.stack([alike, alike + [[-1.0], [0.0], [1.0]]]))}
    table = statistics.with_intervals(scores, ["alike", "apart"])
    assert table.loc["alike", "AD"] == pytest.approx(clips.mean())
    assert table.loc["apart", "AD low"] == pytest.approx(np.percentile(apart, 2.5))


def test_a_mean_is_clear_only_with_its_whole_interval():
    random = np.random.default_rng(0)
    clips = random.normal(size=(3, 40))
    assert statistics.clear_side(clips) == 0
    assert statistics.clear_side(clips + 2) == 1 and statistics.clear_side(clips - 2) == -1
    mean, low, high = statistics.mean_interval(clips + 2)
    table = statistics.with_intervals({"AD": torch.tensor(clips + 2)[None]}, ["all"])
    assert [mean, low, high] == pytest.approx(table.loc["all"].tolist())
    # Sure on every clip, but one training in three says the opposite.
    torn = np.repeat([[3.0], [3.0], [-3.0]], 40, axis=1)
    assert statistics.clear_side(torn) == 0 and statistics.clear_side(torn[:1]) == 1
    torn[2] = np.nan
    assert statistics.mean_interval(torn)[0] == 3


def test_a_pair_on_hard_and_easy_clips_is_told_apart_by_its_differences():
    clips = np.random.default_rng(0).normal(scale=10, size=(1, 50))
    first, second = clips + 1, clips + np.random.default_rng(1).normal(scale=0.1, size=(3, 50))
    assert np.percentile(statistics.drawn_means(first - second), 2.5) > 0.9
    assert statistics.drawn_means(first).std() > 1


def test_the_interval_of_a_share_is_wilsons():
    z, tries, share = 1.959964, 80, 68 / 80
    middle = (share + z**2 / (2 * tries)) / (1 + z**2 / tries)
    half = z / (1 + z**2 / tries) * (share * (1 - share) / tries + z**2 / (4 * tries**2)) ** 0.5
    assert statistics.share_interval(68, 80) == pytest.approx((middle - half, middle + half))
    with pytest.raises(ValueError, match="of 0 tries"):
        statistics.share_interval(0, 0)


def test_agresti_and_mins_interval_of_a_pair_of_shares():
    first, second = (
        np.repeat([1, 1, 0, 0], [40, 20, 8, 12]),
        np.repeat([1, 0, 1, 0], [40, 20, 8, 12]),
    )
    difference, low, high = statistics.paired_share_interval(first, second)
    assert difference == pytest.approx(12 / 80)
    variance = (20.5 + 8.5 - 12**2 / 82) / 82**2
    assert (high - low) / 2 == pytest.approx(1.96 * variance**0.5)
    assert (low + high) / 2 == pytest.approx(12 / 82)


def test_holm_gives_stars_as_in_a_worked_example():
    # Chances of .005, .011, .02, .04 and .13: asked are .01, .0125, .0167 (the third fails), ...
    chances, resamples = [0.005, 0.011, 0.02, 0.04, 0.13], 19_999
    drawn = np.ones((resamples, 5))
    for column, chance in enumerate(chances):
        drawn[: round(chance / 2 * (resamples + 1)) - 1, column] = -1
    shuffled = [3, 0, 4, 2, 1]
    assert statistics.differs_from_zero(drawn[:, shuffled]).tolist() == [
        False,
        True,
        False,
        False,
        True,
    ]
    with pytest.raises(ValueError, match="take at least 200"):
        statistics.differs_from_zero(drawn[:100])


def test_of_tables_that_hold_nothing_one_in_twenty_has_a_star():
    random = np.random.default_rng(0)
    means = random.normal(size=(400, 1, 20))
    drawn = means + random.normal(size=(400, 1000, 20))
    starred = np.mean([statistics.differs_from_zero(table).any() for table in drawn])
    one_by_one = np.mean([np.abs(table[0]).max() > 1.96 for table in means])
    assert starred < 0.09 < 0.5 < one_by_one
