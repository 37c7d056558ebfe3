"""What must hold for every attribution, drawn at random; and SPS and COMP against Quantus."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from support import examples

from audioxai_lite import masks
from audioxai_lite.detection import alarms, roc_table
from audioxai_lite.evaluation import (
    conciseness,
    equal_area,
    faithfulness,
    fidelity,
    localisation,
    stability,
)
from audioxai_lite.published import posthoc_audio

SHAPE = (3, 1, 6, 7)
# Few distinct values as well as many: ties are where masks go wrong.
LEVELS = st.one_of(st.floats(-5, 5, width=32), st.sampled_from([-1.0, 0.0, 0.0, 0.0, 0.5, 1.0]))
ATTRIBUTIONS = arrays.arrays(np.float32, SHAPE, elements=LEVELS).map(torch.from_numpy)


class Shares(torch.nn.Module):
    """A classifier of four classes; every input gets another answer."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.weight = torch.nn.Parameter(torch.randn(42, 4, generator=generator) / 20)

    def forward(self, x):
        return torch.tanh(x.flatten(1) / 30) @ self.weight * 10


MODEL = Shares()
VALUES = 20 * torch.randn(SHAPE, generator=torch.Generator().manual_seed(1)) - 50


@settings(max_examples=examples(60))
@given(ATTRIBUTIONS)
def test_masks_lie_between_0_and_1_and_every_clip_is_on_its_own(attribution):
    for name, mask in posthoc_audio.all_variants(attribution).items():
        assert mask.shape == SHAPE and mask.min() >= 0 and mask.max() <= 1, name
        alone = torch.cat([posthoc_audio.all_variants(clip[None])[name] for clip in attribution])
        assert torch.allclose(mask, alone, atol=1e-6), name


@settings(max_examples=examples(60))
@given(ATTRIBUTIONS, st.permutations(range(42)))
def test_masks_do_not_care_where_a_bin_lies(attribution, order):
    """Except the exact top-k, which must break ties somehow: there the kept values are the same."""
    moved = attribution.flatten(1)[:, order].view(SHAPE)
    for name, mask in posthoc_audio.all_variants(attribution).items():
        expected = mask.flatten(1)[:, order].view(SHAPE)
        assert torch.allclose(posthoc_audio.all_variants(moved)[name], expected, atol=1e-6), name
    kept, again = (
        values[masks.top_k(values, 0.3) > 0].reshape(3, -1).sort()[0]
        for values in (attribution, moved)
    )
    assert torch.equal(kept, again)


@settings(max_examples=examples(60))
@given(ATTRIBUTIONS, st.floats(0.02, 0.98), st.floats(0.02, 0.98))
def test_a_larger_share_keeps_more(attribution, one, other):
    small, large = sorted((one, other))
    for rule in (masks.top_k, posthoc_audio.top_k):
        few, many = (rule(attribution, share) for share in (small, large))
        assert (few <= many).all(), rule
    assert (masks.area(masks.top_k(attribution, small)) * 42 - round(42 * small)).abs().max() < 1e-4
    assert (masks.threshold(attribution, large) <= masks.threshold(attribution, small)).all()


@settings(max_examples=examples(40))
@given(ATTRIBUTIONS, st.permutations(range(3)))
def test_a_mask_that_keeps_all_loses_nothing_and_the_order_of_clips_is_nothing(attribution, order):
    given_masks = torch.stack(
        [torch.ones(SHAPE), masks.min_max(attribution), masks.sign(attribution)]
    )
    found = posthoc_audio.interpretation_scores(
        fidelity.answers(MODEL, VALUES, given_masks), given_masks
    )
    assert (
        (found["AD"][0] == 0).all() and (found["AG"][0] == 0).all() and (found["AI"][0] == 0).all()
    )
    assert (found["Fid-In"][0] == 1).all()
    moved = given_masks[:, order]
    again = posthoc_audio.interpretation_scores(
        fidelity.answers(MODEL, VALUES[list(order)], moved), moved
    )
    for name, score in found.items():
        higher, low, high = posthoc_audio.DIRECTIONS[name]
        assert torch.allclose(score[:, order], again[name], atol=1e-4), name
        assert (
            score.min() >= low - 1e-6
            and score.max() <= (np.log(42) if high is None else high) + 1e-6
        ), name


@settings(max_examples=examples(40))
@given(ATTRIBUTIONS)
def test_deletion_and_insertion_meet_at_the_whole_clip(attribution):
    deletion, insertion = fidelity.deletion_and_insertion(MODEL, VALUES, attribution, steps=6)
    clean = MODEL(VALUES).softmax(dim=1).amax(dim=1).detach()
    assert torch.allclose(deletion[:, 0], clean, atol=1e-6) and torch.allclose(
        insertion[:, -1], clean, atol=1e-6
    )
    assert torch.allclose(deletion[:, -1], insertion[:, 0], atol=1e-6)
    backwards = fidelity.deletion_and_insertion(
        MODEL, VALUES, -torch.arange(126.0).view(SHAPE), steps=6
    )
    forwards = fidelity.deletion_and_insertion(
        MODEL, VALUES, torch.arange(126.0).view(SHAPE), steps=6
    )
    assert torch.allclose(forwards[0].flip(1), backwards[1], atol=1e-6)


@pytest.mark.parametrize("binary", [True, False])
def test_sps_and_comp_are_those_of_quantus(binary):
    quantus = pytest.importorskip("quantus", exc_type=ImportError)
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(8, 1, 64, 50, generator=generator)
    values = (values > 0.6).float() if binary else values
    arrays_ = {
        "a_batch": values.numpy().copy(),
        "x_batch": values.numpy(),
        "y_batch": np.zeros(8, dtype=int),
    }
    # Quantus scales a batch by its own largest value; the public code of the paper hands it one
    # clip at a time.
    options = {"abs": True, "normalise": False, "disable_warnings": True}
    sizes = values.abs() / values.abs().amax(dim=(1, 2, 3), keepdim=True)
    sparse = quantus.Sparseness(**options)(
        model=None, **{**arrays_, "a_batch": sizes.numpy().copy()}
    )
    complex_ = quantus.Complexity(**options)(
        model=None, **{**arrays_, "a_batch": sizes.numpy().copy()}
    )
    assert conciseness.sparseness(values).tolist() == pytest.approx(
        list(map(float, sparse)), abs=2e-6
    )
    assert conciseness.complexity(values).tolist() == pytest.approx(
        list(map(float, complex_)), abs=2e-5
    )


TRUTHS = arrays.arrays(np.bool_, SHAPE).filter(lambda truth: _both_in_every_clip(truth))
SCORES = {
    **localisation.SCORES,
    "overlap": lambda maps, truth: stability.top_overlap(maps, truth, 0.25),
    "rank correlation": stability.rank_correlation,
    "agreement": stability.agreement,
    "sparseness": lambda maps, truth: conciseness.sparseness(maps),
    "complexity": lambda maps, truth: conciseness.complexity(maps),
}
RANGES = dict.fromkeys(SCORES, (0.0, 1.0)) | {
    "rank correlation": (-1.0, 1.0),
    "agreement": (-1.0, 1.0),
    "complexity": (0.0, np.log(42)),
}


def _both_in_every_clip(truth):
    share = truth.reshape(len(truth), -1).mean(axis=1)
    return bool(((share > 0) & (share < 1)).all())


@settings(max_examples=examples(12))
@given(ATTRIBUTIONS, TRUTHS, st.integers(0, 100), st.permutations(range(3)))
def test_scores_keep_their_range_and_know_no_unit_and_no_other_clip(maps, truth, size, order):
    truth = torch.from_numpy(truth)
    for name, score in SCORES.items():
        found, (low, high) = score(maps, truth).double(), RANGES[name]
        known = found[~found.isnan()]
        assert ((known >= low - 1e-6) & (known <= high + 1e-6)).all(), name
        if name in localisation.SCORES or name in ("overlap", "agreement", "sparseness"):
            assert len(known) == 3, name

        def same(other, found=found):
            return torch.allclose(found, other.double(), atol=1e-5, equal_nan=True)

        assert same(score(maps * 2.0**size, truth)), name
        order = list(order)
        assert same(score(maps[order], truth[order])[torch.tensor(order).argsort()]), name
        alone = [score(maps[clip : clip + 1], truth[clip : clip + 1]) for clip in range(3)]
        assert same(torch.cat(alone)), name


@settings(max_examples=examples(20))
@given(ATTRIBUTIONS, ATTRIBUTIONS, st.permutations(range(42)))
def test_comparisons_of_maps_are_symmetric_and_most_do_not_care_where_a_bin_lies(one, two, order):
    for compare in (stability.rank_correlation, stability.agreement):
        found = compare(one, two)
        assert torch.allclose(found, compare(two, one), atol=1e-5, equal_nan=True)
        moved = [maps.flatten(1)[:, order].view(SHAPE) for maps in (one, two)]
        assert torch.allclose(found, compare(*moved), atol=1e-5, equal_nan=True)
        assert torch.allclose(found, -compare(one, -two), atol=1e-5, equal_nan=True)
    overlap = stability.top_overlap(one, two, 0.25)
    assert torch.allclose(overlap, stability.top_overlap(two, one, 0.25), atol=1e-6)


@settings(max_examples=examples(20))
@given(ATTRIBUTIONS, st.floats(0, 100), st.floats(0, 100), st.integers(1, 9))
def test_fewer_bins_lie_above_a_higher_percentile_and_segments_only_widen(maps, one, two, segment):
    low, high = sorted((one, two))
    many, few = (faithfulness.top_percentile(maps, percentile) for percentile in (low, high))
    assert (few <= many).all() and few.flatten(1).any(dim=1).all()
    frames = few[:, 0].any(dim=1)
    wide = faithfulness.widen_to_segments(frames, segment)
    assert (wide >= frames).all()
    found = localisation.temporal_precision(frames, many[:, 0].any(dim=1), segment)
    assert (found["precision"] == 1).all()  # these frames are among the annotated ones
    assert ((found["recall"] > 0) & (found["recall"] <= 1)).all()


@settings(max_examples=examples(20))
@given(ATTRIBUTIONS, st.integers(0, 5))
def test_masks_made_of_masks_keep_their_area(maps, seed):
    soft = masks.min_max(maps)
    hard, random = equal_area.hardened(soft), masks.random_like(soft, (2, 3), seed)
    kept = soft.sum(dim=(1, 2, 3)).round()
    assert torch.equal(hard.sum(dim=(1, 2, 3)), kept)
    assert torch.equal(random.sum(dim=(1, 2, 3)), kept)
    laid = equal_area.in_order_of(maps, soft.flip(3))
    assert torch.equal(laid.flatten(1).sort().values, soft.flatten(1).sort().values)
    ranked = maps.flatten(1).argsort(dim=1, descending=True, stable=True)
    assert (laid.flatten(1).gather(1, ranked).diff(dim=1) <= 0).all()


@settings(max_examples=examples(40))
@given(
    st.lists(st.tuples(st.floats(-9, 9), st.integers(0, 1)), min_size=4, max_size=30),
    st.floats(-9, 9),
)
def test_alarms_and_areas_of_any_scores(rows, threshold):
    scores, labels = map(np.array, zip(*rows, strict=True))
    found = alarms(scores, labels, threshold)
    assert found["found"] + found["false alarms"] == (scores > threshold).sum()
    assert found["faults"] == labels.sum() and 0 <= found["found"] <= found["faults"]
    if 0 < labels.sum() < len(labels):
        table = roc_table(scores, labels, resamples=5).loc["all"]
        won = scores[labels == 1][:, None] - scores[labels == 0]
        assert table["auc"] == pytest.approx(np.mean((won > 0) + 0.5 * (won == 0)))
        turned = roc_table(-scores, labels, resamples=5).loc["all"]
        assert table["auc"] + turned["auc"] == pytest.approx(1)
        assert 0 <= table["auc low"] <= table["auc high"] <= 1
