"""Cells: means of a map, and random controls of a mask's area."""

import pytest
import torch

from audioxai_lite import masks


@pytest.fixture
def attribution():
    return torch.randn(3, 1, 8, 10, generator=torch.Generator().manual_seed(0))


def test_pooling_keeps_means_and_makes_cells(attribution):
    pooled = masks.pool_cells(attribution, 4, 3)
    assert pooled.shape == attribution.shape
    assert torch.allclose(pooled[1, 0, 4:, 3:6], attribution[1, 0, 4:, 3:6].mean().expand(4, 3))
    assert torch.allclose(
        pooled[..., 9:], attribution[..., 9:].unflatten(2, (2, 4)).mean(3).repeat_interleave(4, 2)
    )
    assert torch.allclose(masks.pool_cells(attribution, 1, 1), attribution)
    assert len(pooled[0].unique()) == 8
    with pytest.raises(ValueError, match="at least 1 band"):
        masks.pool_cells(attribution, 0, 3)


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


def test_bool_int_numpy_and_gradients_are_taken():
    mask = torch.tensor([[[[1.0, 0.0, 1.0, 1.0]]]])
    for given in (mask.bool(), mask.int(), mask.numpy(), mask.clone().requires_grad_()):
        assert masks.pool_cells(given, 1, 2).flatten().tolist() == [0.5, 0.5, 1, 1]
        assert torch.equal(masks.random_like(given), masks.random_like(mask))
    assert masks.random_like(mask.bool()).sum() == 3
