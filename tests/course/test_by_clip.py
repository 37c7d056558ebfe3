"""Scores clip by clip agree with the functions that they come from."""

import numpy as np
import pytest
import torch
from torch import nn

from audioxai_lite.course import by_clip
from audioxai_lite.evaluation import conciseness, localisation
from audioxai_lite.published import posthoc_audio


@pytest.fixture
def asked():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(16 * 32, 3)).eval()
    values = torch.randn(3, 1, 16, 32)
    truth = torch.zeros_like(values)
    truth[:, :, 4:8, 8:16] = 1
    return model, values, truth, torch.randn_like(values)


def test_masks_have_the_seven_published_scores_clip_by_clip(asked):
    model, values, truth, found = asked
    variants = posthoc_audio.all_variants(found)
    table = by_clip.masks_by_clip(model, values, variants, truth, draws=2)
    assert len(table) == 14 * 3 and set(posthoc_audio.DIRECTIONS) <= set(table)
    means = table.groupby("mask", sort=False).mean()
    expected = posthoc_audio.table(model, values, variants, truth)
    for column in [*posthoc_audio.DIRECTIONS, "area", "constant", "inside"]:
        assert np.allclose(means[column], expected[column], atol=1e-4), column
    second = table[(table["mask"] == "top 30 %") & (table["clip"] == 1)]
    mask = variants["top 30 %"][1:2]
    assert second["SPS"].item() == pytest.approx(conciseness.sparseness(mask).item())
    assert second["inside"].item() == pytest.approx(
        (mask * truth[1:2]).sum().item() / mask.sum().item()
    )


def test_a_map_is_measured_with_its_sign_and_without(asked):
    model, values, truth, found = asked
    found[2] = 0
    table = by_clip.map_by_clip(model, values, found, truth).set_index("mask")
    for name, read in {"the map": found, "its sizes": found.abs()}.items():
        assert table.loc[name, "clip"].tolist() == [0, 1, 2]
        expected = localisation.average_precision(read, truth)
        assert np.allclose(table.loc[name, "average precision"], expected)
    assert table.loc["the map", "empty"].tolist() == [0, 0, 1]
    assert table.loc["its sizes", "deletion"].isna().all()
    assert table.loc["the map", ["deletion", "insertion"]].notna().all(axis=None)
    alone = by_clip.map_by_clip(model, values[:1], found[:1])
    assert alone["insertion"].item() == pytest.approx(table.loc["the map", "insertion"].iloc[0])
