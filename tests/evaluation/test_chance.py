"""Masks beside random cells and the loudest bins of their area."""

import numpy as np
import pytest
import torch
from torch import nn

from audioxai_lite import masks
from audioxai_lite.evaluation import chance, fidelity


class Inside(nn.Module):
    """Two classes: what lies in the lower half of the bands, and what lies above."""

    def forward(self, values):
        heard = (values + 100).clamp(min=0)
        return torch.stack([heard[:, 0, :8].mean(dim=(1, 2)), heard[:, 0, 8:].mean(dim=(1, 2))], 1)


@pytest.fixture
def clips():
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(3, 1, 16, 32, generator=generator) * 40 - 100
    values[:, :, :8] += 10  # the lower half is louder, and named
    return values


def test_controls_have_the_area_and_draws_of_their_own(clips):
    mask = masks.top_k(clips, 0.3)[:1]
    first, again, other = (
        chance.masks_of_equal_area(mask, clips[:1], 20, (4, 4), seed) for seed in (0, 0, 1)
    )
    assert first.shape == (21, 1, 16, 32) and first.sum(dim=(1, 2, 3)).unique() == mask.sum()
    assert torch.equal(first, again) and not torch.equal(first[:20], other[:20])
    assert torch.equal(first[20:], mask)  # the loudest bins are the mask itself
    assert len({draw.numpy().tobytes() for draw in first}) == 21
    nothing = chance.masks_of_equal_area(torch.zeros_like(mask), clips[:1], 2)
    assert not nothing.any()


def test_the_scores_are_those_of_fidelity_and_the_controls_their_mean(clips):
    model = Inside()
    tops = {"loud": masks.top_k(clips, 0.2), "soft": torch.full_like(clips, 0.5)}
    tops["all"] = torch.ones_like(clips)
    table = chance.scores_beside_chance(model, clips, tops, draws=5, cell=(4, 4))
    expected = fidelity.scores(fidelity.answers(model, clips, torch.stack(list(tops.values()))))
    for number, name in enumerate(tops):
        own = table[table["mask"] == name]
        assert own["clip"].tolist() == [0, 1, 2]
        for score, numbers in expected.items():
            assert np.allclose(own[score], numbers[number])
    soft = table[table["mask"] == "soft"].filter(like="over")
    assert soft.isna().all(axis=None)  # there is no random mask of half of every bin
    assert (table[table["mask"] == "all"].filter(like="over") == 0).all(axis=None)
    assert (table[table["mask"] == "loud"].filter(like="over energy") == 0).all(axis=None)


def test_a_mask_that_knows_is_told_from_cells_by_chance(clips):
    named = torch.zeros_like(clips)
    named[:, :, :8] = 1
    table = chance.scores_beside_chance(Inside(), clips, {"named": named}, draws=20, cell=(4, 4))
    assert (table["FF over cells"] > 0.1).all() and (table["AD over cells"] < 0).all()
    other = chance.scores_beside_chance(Inside(), clips, {"other": 1 - named}, cell=(4, 4))
    assert (other["FF over cells"] < -0.1).all() and (other["AD over cells"] > 0).all()


def test_a_clip_scores_the_same_alone_and_other_masks_have_other_draws(clips):
    model, tops = Inside(), {"loud": masks.top_k(clips, 0.2)}
    together = chance.scores_beside_chance(model, clips, tops, cell=(4, 4))
    alone = chance.scores_beside_chance(model, clips[1:2], {"loud": tops["loud"][1:2]}, cell=(4, 4))
    columns = together.columns.drop("clip")
    assert (
        together.loc[together["clip"] == 1, columns].values.tolist()
        == alone[columns].values.tolist()
    )
    turned = {"quiet": masks.top_k(-clips, 0.2)}
    other = chance.scores_beside_chance(model, clips, turned, cell=(4, 4))
    assert not np.allclose(other["FF random cells"], together["FF random cells"], atol=1e-6)
    assert np.allclose(other["FF random cells"], together["FF random cells"], atol=0.3)
