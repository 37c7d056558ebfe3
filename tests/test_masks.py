"""Masks: the published rules to the last bit, and what they must never do."""

import numpy as np
import pytest
import torch

from audioxai_lite import masks
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound.spectrogram import LogMel


@pytest.fixture
def attribution():
    return torch.randn(3, 1, 8, 10, generator=torch.Generator().manual_seed(0))


@pytest.fixture(params=["gradcam", "saliency"])
def published(request, shared_data):
    """The 14 masks that Pak & Teryokhina stored for one clip, by their names."""
    file = shared_data.parent / "reference" / "pak2025" / f"cat_logmel_{request.param}_masks.npz"
    return {name: torch.from_numpy(mask)[None, None] for name, mask in np.load(file).items()}


def test_the_published_masks_are_made_again(published):
    """Their order is that of the attribution, so that the rules can be run on the soft ones of
    them.
    """
    assert {name for name, _ in posthoc_audio.VARIANTS.values()} == set(published)
    for name, rule in posthoc_audio.VARIANTS.values():
        if "sigmoid" in name or name == "bin":
            continue  # these need the map itself
        soft = "minmax_pos" if "pos" in name else "minmax"
        found = rule(published[soft])
        if name.startswith("minmax"):
            assert torch.allclose(found, published[name], atol=1e-6), name
        else:
            assert torch.equal(found, published[name]), name
    raw = torch.logit(published["sigmoid"].double())
    sure = raw.abs() > 1e-6  # where single precision still tells the sign
    assert torch.equal(masks.sign(raw)[sure], published["bin"][sure])
    assert torch.allclose(
        posthoc_audio.VARIANTS["sigmoid, positive"][1](raw).float(),
        published["sigmoid_pos"],
        atol=1e-6,
    )


def test_every_variant_is_a_mask_and_clips_do_not_touch_each_other(attribution):
    assert (
        len(posthoc_audio.VARIANTS)
        == len({name for name, _ in posthoc_audio.VARIANTS.values()})
        == 14
    )
    for name, mask in posthoc_audio.all_variants(attribution).items():
        assert mask.shape == attribution.shape and mask.dtype == torch.float32
        assert 0 <= mask.min() and mask.max() <= 1, name
        alone = posthoc_audio.all_variants(attribution[1:2])[name]
        assert torch.allclose(alone, mask[1:2], atol=1e-6), name
        turned = posthoc_audio.all_variants(attribution.flip(0))[name]
        assert torch.allclose(turned.flip(0), mask, atol=1e-6), name


@pytest.mark.parametrize("name", [name for name in posthoc_audio.VARIANTS if "sig" not in name])
def test_scale_does_not_matter_but_for_the_sigmoid(attribution, name):
    rule = posthoc_audio.VARIANTS[name][1]
    assert torch.allclose(rule(attribution), rule(4 * attribution), atol=1e-6)


def test_a_sigmoid_of_small_numbers_is_a_volume_knob(attribution):
    assert (masks.sigmoid(1e-4 * attribution) - 0.5).abs().max() < 1e-4


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.99])
def test_exact_area_is_exact_whatever_the_ties(attribution, share):
    for values in (
        attribution,
        attribution.clamp(min=0),
        torch.zeros_like(attribution),
        attribution.round(),
    ):
        kept = masks.top_k(values, share)
        assert (kept.sum(dim=(1, 2, 3)) == round(share * 80)).all()
        least = torch.where(kept > 0, values, np.inf).amin(dim=(2, 3))
        assert (least >= torch.where(kept == 0, values, -np.inf).amax(dim=(2, 3))).all()
    assert masks.top_k(torch.zeros(1, 1, 2, 4), 0.5).flatten().tolist() == [1, 1, 1, 1, 0, 0, 0, 0]


def test_the_published_rule_keeps_everything_where_most_is_not_positive():
    attribution = torch.cat([-torch.ones(1, 1, 6, 10), torch.rand(1, 1, 4, 10) + 0.1], dim=2)
    positive = masks.positive_part(attribution)
    assert masks.area(masks.top_k(positive, 0.5, "published")).item() == 1
    assert masks.area(masks.top_k(attribution, 0.5, "published")).item() == 1  # ties again
    assert masks.area(masks.top_k(positive, 0.5)).item() == 0.5
    assert masks.is_constant(masks.top_k(positive, 0.5, "published")).tolist() == [True]
    areas = [masks.area(masks.top_k(attribution, share)).item() for share in (0.1, 0.3, 0.6, 0.9)]
    assert areas == pytest.approx([0.1, 0.3, 0.6, 0.9])


def test_rules_by_hand():
    attribution = torch.tensor([[[[-2.0, 0.0, 1.0, 2.0]]]])
    assert masks.min_max(attribution).flatten().tolist() == [0, 0.5, 0.75, 1]
    assert masks.relative_to_largest(attribution).flatten().tolist() == [0, 0, 0.5, 1]
    assert masks.sign(attribution).flatten().tolist() == [0, 0, 1, 1]
    assert masks.threshold(attribution, 0.5).flatten().tolist() == [0, 0, 1, 1]
    assert masks.threshold(attribution, 0.75).flatten().tolist() == [0, 0, 0, 1]
    for rule in (
        masks.min_max,
        masks.relative_to_largest,
        masks.sign,
        lambda values: masks.threshold(values, 0.25),
    ):
        assert rule(torch.zeros(1, 1, 2, 2)).sum() == 0


def test_smoothing_removes_single_bins_and_keeps_blocks():
    mask = torch.zeros(1, 1, 20, 20)
    mask[..., 3, 3], mask[..., 10:16, 10:16] = 1, 1
    smoothed = masks.smooth(mask)
    assert smoothed[..., 3, 3] == 0 and smoothed[..., 11:15, 11:15].all() and smoothed.sum() == 32
    assert torch.equal(masks.smooth(mask, 1), mask)


def test_masked_decibels_stay_or_fall_silent():
    values = LogMel()(0.1 * torch.randn(2, 8000, generator=torch.Generator().manual_seed(0))).values
    mask = torch.rand(values.shape, generator=torch.Generator().manual_seed(1))
    kept, removed = masks.apply_mask(values, mask)
    assert torch.allclose(kept, (values + 100) * mask - 100, atol=1e-4)
    assert torch.allclose(removed, (values + 100) * (1 - mask) - 100, atol=1e-4)
    whole, silent = masks.apply_mask(values, torch.ones(1))
    assert torch.equal(whole, values) and (silent == -100).all()
    kept, removed = masks.apply_mask(values, torch.zeros(1, 1, 1, 1), floor=-80.0)
    assert (kept == -80).all() and torch.equal(removed, values)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda a: masks.top_k(a, 0.0), "share lies between 0 and 1"),
        (lambda a: masks.top_k(a, 1.0), "share lies between 0 and 1"),
        (lambda a: masks.top_k(a, 0.3, "about"), 'rule is "exact" or "published"'),
        (lambda a: masks.threshold(a, 0.0), "tau lies in"),
        (lambda a: masks.smooth(a, 4), "odd and positive, not 4"),
        (lambda a: masks.sign(a[0]), "shape"),
        (lambda a: masks.min_max(a * torch.nan), "NaN"),
        (lambda a: masks.apply_mask(a, 2 * torch.ones_like(a)), "lies in \\[0, 1\\]"),
    ],
)
def test_bad_input_is_told(attribution, call, words):
    with pytest.raises(ValueError, match=words):
        call(attribution)


@pytest.mark.parametrize(("cells", "fits"), [((15, 2), True), ((2, 15), False)])
def test_the_published_grad_cam_is_a_stretched_grid_with_its_axes_swapped(shared_data, cells, fits):
    """What notebook 03 says of the stored map: least squares over all grids of so many cells,
    stretched bilinearly.
    """
    folder = shared_data.parent / "reference" / "pak2025"
    stored = torch.from_numpy(np.load(folder / "cat_logmel_gradcam_masks.npz")["minmax"]).double()
    one_by_one = torch.eye(cells[0] * cells[1], dtype=torch.float64).reshape(-1, 1, *cells)
    stretched = (
        torch.nn.functional.interpolate(one_by_one, stored.shape, mode="bilinear").flatten(1).T
    )
    solution = torch.linalg.lstsq(stretched, stored.flatten()[:, None]).solution
    residual = (stretched @ solution - stored.flatten()[:, None]).norm() / stored.norm()
    assert residual < 1e-6 if fits else residual > 0.3


def test_pooling_keeps_means_and_makes_cells(attribution):
    pooled = masks.pool(attribution, 4, 3)
    assert pooled.shape == attribution.shape
    assert torch.allclose(pooled[1, 0, 4:, 3:6], attribution[1, 0, 4:, 3:6].mean().expand(4, 3))
    assert torch.allclose(
        pooled[..., 9:], attribution[..., 9:].unflatten(2, (2, 4)).mean(3).repeat_interleave(4, 2)
    )
    assert torch.allclose(masks.pool(attribution, 1, 1), attribution)
    assert len(pooled[0].unique()) == 8
    with pytest.raises(ValueError, match="at least 1 band"):
        masks.pool(attribution, 0, 3)


def test_any_two_cells_can_be_drawn_together():
    four = torch.tensor([[[[1.0] * 4, [1.0] * 4], [[0.0] * 4] * 2]]).reshape(
        1, 1, 4, 4
    )  # two of four cells
    drawn = {
        tuple(masks.random_like(four, (2, 2), seed)[0, 0, ::2, ::2].flatten().tolist())
        for seed in range(60)
    }
    assert len(drawn) == 6


@pytest.mark.parametrize("cell", [(1, 1), (3, 4), (8, 10)])
def test_random_controls_have_the_same_area_and_come_in_cells(attribution, cell):
    mask = masks.top_k(attribution, 0.3)
    mask[1] = 0.5  # soft
    control = masks.random_like(mask, cell)
    assert set(control.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(control.sum(dim=(1, 2, 3)), mask.sum(dim=(1, 2, 3)).round())
    assert torch.equal(control, masks.random_like(mask, cell))
    assert torch.equal(masks.random_like(mask[:2], cell), control[:2])
    if cell == (1, 1):
        assert not torch.equal(control[0], control[2]) and not torch.equal(
            control, masks.random_like(mask, seed=1)
        )
    if cell == (3, 4):
        cells = torch.nn.functional.avg_pool2d(
            control, cell, ceil_mode=True, count_include_pad=False
        )
        assert ((cells > 0) & (cells < 1)).sum(dim=(1, 2, 3)).max() <= 1  # one cell in part


@pytest.mark.parametrize("name", posthoc_audio.VARIANTS)
def test_a_map_that_still_carries_its_gradient_is_masked_alike(name):
    attribution = torch.randn(2, 1, 6, 7, generator=torch.Generator().manual_seed(0))
    carrying = posthoc_audio.VARIANTS[name][1](attribution.clone().requires_grad_())
    assert torch.equal(carrying.detach(), posthoc_audio.VARIANTS[name][1](attribution))
