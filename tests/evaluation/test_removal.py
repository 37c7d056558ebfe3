"""Taking away what a map ranks highest: exactly that is taken, and what is put in its place."""

import pytest
import torch
from torch import nn

from audioxai_lite.evaluation import removal
from audioxai_lite.masks.rules import top_k


class Largest(nn.Module):
    """Names the row with the largest sum."""

    def forward(self, values):
        return values.sum(dim=(1, 3))


VALUES = torch.tensor([[[[5.0, 1.0, 1.0], [2.0, 2.0, 2.0]]], [[[0.0, 0.0, 9.0], [1.0, 1.0, 1.0]]]])


def test_only_masked_bins_are_replaced_and_the_callers_tensors_stay():
    seen = []
    spy = nn.Module()
    spy.forward = lambda values: seen.append(values) or values.sum(dim=(1, 3))
    masks, before = torch.zeros_like(VALUES), VALUES.clone()
    masks[0, 0, 0, 0] = masks[1, 0, 0, 2] = 1
    found = removal.right_without(spy, VALUES, torch.tensor([0, 0]), masks, -1.0)
    assert found.tolist() == [False, False]
    changed = torch.cat(seen)
    assert (changed[masks > 0] == -1).all() and torch.equal(changed[masks == 0], VALUES[masks == 0])
    assert torch.equal(VALUES, before)


def test_more_taken_away_never_brings_an_answer_back_that_hangs_on_one_bin():
    found = removal.right_curve(
        Largest(), VALUES, torch.tensor([0, 0]), VALUES, [1 / 6, 1 / 3], 0.0
    )
    assert found.tolist() == [[False, False], [False, False]]
    other = removal.right_curve(Largest(), VALUES, torch.tensor([0, 0]), -VALUES, [1 / 6], 0.0)
    assert other.all()


def test_a_mask_of_another_shape_and_a_label_beyond_the_outputs_are_refused():
    with pytest.raises(ValueError, match="masks"):
        removal.right_without(Largest(), VALUES, torch.tensor([0, 0]), torch.zeros(2, 1, 1, 3), 0.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        removal.right_without(
            Largest(), VALUES, torch.tensor([0, 5]), torch.zeros_like(VALUES), 0.0
        )


@pytest.mark.parametrize(("share", "tolerance"), [(0.02, 0.2), (0.1, 0.05)])
def test_as_many_bins_as_loud_and_mostly_others(share, tolerance):
    generator = torch.Generator().manual_seed(0)
    loudness = torch.randn(4, 1, 50, 40, generator=generator)
    order = loudness + 0.5 * torch.randn(loudness.shape, generator=generator)
    masks = top_k(order, share)
    drawn = removal.equally_loud(masks, loudness, seed=1)
    assert torch.equal(drawn.sum(dim=(1, 2, 3)), masks.sum(dim=(1, 2, 3)))
    for mask, other, loud in zip(masks, drawn, loudness, strict=True):
        assert abs(loud[mask > 0].mean() - loud[other > 0].mean()) < tolerance
        assert (mask * other).sum() < 0.7 * mask.sum()
    assert torch.equal(drawn, removal.equally_loud(masks, loudness, seed=1))
    assert not torch.equal(drawn, removal.equally_loud(masks, loudness, seed=2))


def test_noise_of_the_same_spectrum_is_another_sound_of_the_same_power():
    values = torch.randn(3, 1, 1, 800)
    noise = removal.noise_of_same_spectrum(values)
    torch.testing.assert_close(
        noise.square().mean(dim=3), values.square().mean(dim=3), rtol=1e-3, atol=0
    )
    flat = torch.stack([noise.flatten(1), values.flatten(1)], dim=1)
    assert all(torch.corrcoef(pair)[0, 1].abs() < 0.2 for pair in flat)


def test_noise_in_bands_keeps_each_bands_numbers():
    values = torch.randn(2, 1, 5, 60)
    noise = removal.noise_in_bands(values)
    assert torch.equal(noise.sort(dim=3).values, values.sort(dim=3).values)
    assert not torch.equal(noise, values)


def test_lines_are_drawn_between_what_stays_and_a_band_that_is_gone_stays_as_it_was():
    values = torch.tensor([[[[0.0, 5.0, 5.0, 3.0], [1.0, 2.0, 3.0, 4.0], [7.0, 8.0, 9.0, 9.0]]]])
    masks = torch.tensor([[[[0.0, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 1]]]])
    found = removal.from_neighbours(values, masks)[0, 0]
    assert found.tolist() == [[0, 1, 2, 3], [1, 2, 3, 4], [7, 8, 9, 9]]


def test_the_background_of_a_band_is_what_it_shows_when_little_happens():
    values = torch.full((1, 1, 2, 100), -60.0)
    values[..., 40:60] = 0.0
    values[:, :, 1] -= 10
    assert removal.band_background(values)[0, 0, :, 0].tolist() == [-60.0, -70.0]
