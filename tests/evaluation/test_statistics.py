"""One bootstrap for every table."""

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
