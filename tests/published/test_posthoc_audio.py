"""The public code of Pak & Teryokhina: its masks to the last bit, its scores, its tables and
its mixtures.
"""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from audioxai_lite import masks
from audioxai_lite.evaluation import chance, conciseness, fidelity
from audioxai_lite.published import posthoc_audio
from audioxai_lite.sound import levels
from audioxai_lite.sound.audio import AudioError
from audioxai_lite.sound.noises import NOISES

RATE = 16_000


def draw(name, seed=0, seconds=4):
    return NOISES[name](seconds * RATE, RATE, torch.Generator().manual_seed(seed))


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


def test_the_published_rule_keeps_everything_where_most_is_not_positive():
    attribution = torch.cat([-torch.ones(1, 1, 6, 10), torch.rand(1, 1, 4, 10) + 0.1], dim=2)
    positive = masks.positive_part(attribution)
    assert masks.area(posthoc_audio.top_k(positive, 0.5)).item() == 1
    assert masks.area(posthoc_audio.top_k(attribution, 0.5)).item() == 1  # ties again
    assert masks.area(masks.top_k(positive, 0.5)).item() == 0.5
    assert masks.is_constant_mask(posthoc_audio.top_k(positive, 0.5)).tolist() == [True]
    areas = [masks.area(masks.top_k(attribution, share)).item() for share in (0.1, 0.3, 0.6, 0.9)]
    assert areas == pytest.approx([0.1, 0.3, 0.6, 0.9])


@pytest.mark.parametrize(("cells", "fits"), [((15, 2), True), ((2, 15), False)])
def test_the_published_grad_cam_is_a_stretched_grid_with_its_axes_swapped(shared_data, cells, fits):
    """What notebook 05 says of the stored map: least squares over all grids of so many cells,
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


@pytest.mark.parametrize("name", posthoc_audio.VARIANTS)
def test_a_map_that_still_carries_its_gradient_is_masked_alike(name):
    attribution = torch.randn(2, 1, 6, 7, generator=torch.Generator().manual_seed(0))
    carrying = posthoc_audio.VARIANTS[name][1](attribution.clone().requires_grad_())
    assert torch.equal(carrying.detach(), posthoc_audio.VARIANTS[name][1](attribution))


@pytest.mark.parametrize("method", ["gradcam", "saliency"])
def test_the_published_scores_of_28_masks_are_found_again(shared_data, method):
    folder = shared_data.parent / "reference" / "pak2025"
    table = pd.read_csv(folder / f"cat_logmel_{method}_metrics.csv").set_index("mask")
    stored = np.load(folder / f"cat_logmel_{method}_masks.npz")
    assert len(stored.files) == 14
    for name in stored.files:
        mask = torch.from_numpy(stored[name])[None, None]
        assert conciseness.sparseness(mask).item() == pytest.approx(
            table.loc[name, "SPS"], abs=5e-5
        ), name
        assert posthoc_audio.complexity(mask).item() == pytest.approx(
            table.loc[name, "COMP"], abs=5e-5
        )


def test_table_sets_masks_beside_random_ones_of_their_area():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16 * 32, 5))
    values = 10 * torch.randn(6, 1, 16, 32) - 50
    truth = torch.zeros_like(values)
    truth[:, :, :8, :16] = 1
    given = {
        "the truth": truth,
        "twice as much": truth + truth.roll(16, -1),
        "soft": torch.rand(values.shape),
    }
    table = posthoc_audio.table(model, values, given, truth, draws=3)
    assert list(table.index) == list(given)
    assert table["area"].tolist()[:2] == [0.25, 0.5] and (table["constant"] == 0).all()
    assert table["inside"].tolist()[:2] == [1, 0.5] and table.loc[
        "soft", "inside"
    ] == pytest.approx(0.25, abs=0.05)
    assert (
        table.loc["soft", ["AD random cells", "AD over cells", "FF over energy low"]].isna().all()
    )
    beside = chance.scores_beside_chance(model, values, given, draws=3).groupby("mask").mean()
    for control in ("random cells", "energy", "over cells", "over energy"):
        for score in ("FF", "AD", "Fid-In"):
            found, expected = (rows[f"{score} {control}"] for rows in (table, beside))
            assert found.to_dict() == pytest.approx(expected.to_dict(), nan_ok=True)
    row = table.loc["the truth"]
    assert row["AD over cells"] == pytest.approx(row["AD"] - row["AD random cells"])
    assert row["AD over cells low"] <= row["AD over cells"] <= row["AD over cells high"]
    assert "inside" not in posthoc_audio.table(model, values, {"soft": given["soft"]})


def test_scores_by_clip_have_the_seven_and_average_to_the_table():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16 * 32, 3))
    model[1].weight.data /= 50  # unsure, so that no gain is a ratio of rounding errors
    values, found = torch.randn(3, 1, 16, 32), torch.randn(3, 1, 16, 32)
    truth = torch.zeros_like(values)
    truth[:, :, 4:8, 8:16] = 1
    variants = posthoc_audio.all_variants(found)
    rows = posthoc_audio.masks_by_clip(model, values, variants, truth, draws=2)
    assert len(rows) == 14 * 3
    stack = torch.stack(list(variants.values()))
    scores = posthoc_audio.interpretation_scores(fidelity.answers(model, values, stack), stack)
    for name, score in scores.items():
        by_mask = rows.pivot(index="mask", columns="clip", values=name).loc[list(variants)]
        assert np.allclose(by_mask, score, atol=1e-4), name
    second = rows[(rows["mask"] == "top 30 %") & (rows["clip"] == 1)]
    mask = variants["top 30 %"][1:2]
    assert second["SPS"].item() == pytest.approx(conciseness.sparseness(mask).item())
    assert second["inside"].item() == pytest.approx(
        (mask * truth[1:2]).sum().item() / mask.sum().item()
    )


def test_published_mixture_is_by_whole_lengths():
    assert posthoc_audio.SNR == pytest.approx(3.52, abs=0.01)
    bark, noise = torch.zeros(1, 4 * RATE), draw("white")
    bark[:, RATE : 2 * RATE] = torch.sin(torch.arange(RATE) / 5)
    mixed = posthoc_audio.mix(3 * bark, 5 * noise)
    assert mixed.abs().max() == pytest.approx(1)
    gain = (mixed[:, : RATE // 2] / noise[:, : RATE // 2]).median()
    left = mixed - gain * noise
    whole = 10 * (left.square().mean() / (gain * noise).square().mean()).log10()
    assert whole.item() == pytest.approx(posthoc_audio.SNR, abs=0.05)
    # The bark fills a quarter of the clip, so while it lasts it is 6 dB louder than that.
    louder = levels.mix(bark, noise, posthoc_audio.SNR + 20 * math.log10(2), RATE)
    assert torch.allclose(louder / louder.abs().max(), mixed, atol=0.02)
    with pytest.raises(AudioError, match="samples for .* of signal"):
        posthoc_audio.mix(bark, noise[:, 1:])


def test_masks_of_bool_are_scored_as_ones_and_zeros():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 3))
    values = 10 * torch.randn(4, 1, 4, 8)
    chosen = values > 0
    table = posthoc_audio.table(model, values, {"loud": chosen.float()}, chosen.float())
    for given in (chosen, chosen.int(), chosen.double().numpy()):
        assert posthoc_audio.table(model, values, {"loud": given}, given).equals(table)
    assert table.loc["loud", "inside"] == 1
    assert posthoc_audio.top_k(chosen, 0.9).mean() == 1
