"""The largest regions of a map: boxes around what belongs together."""

import pytest
import torch

from audioxai_lite.masks.regions import largest_regions


def test_regions_come_by_their_share_and_shares_are_of_the_positive_map():
    found = torch.zeros(1, 1, 40, 60)
    found[..., 5:8, 10:14] = 1.0  # 12
    found[..., 30:32, 40:44] = 4.0  # 32
    found[..., 20:30, 20:30] = -9.0
    first, second = largest_regions(found, area=20 / 2400)
    assert (first.rows, first.columns) == ((30, 31), (40, 43))
    assert (second.rows, second.columns) == ((5, 7), (10, 13))
    assert first.share == pytest.approx(32 / 44) and second.share == pytest.approx(12 / 44)


def test_neighbours_are_joined_and_edges_are_kept():
    found = torch.zeros(1, 1, 20, 20)
    found[..., 0, 0], found[..., 0, 2], found[..., 19, 19] = 3.0, 2.0, 1.0
    regions = largest_regions(found, area=3 / 400)
    assert [region.columns for region in regions] == [(0, 2), (19, 19)]


def test_nothing_positive_has_no_region():
    assert largest_regions(-torch.ones(1, 1, 5, 5)) == []
