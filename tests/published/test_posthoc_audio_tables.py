"""What is read back out of the printed tables."""

import pytest
import torch

from audioxai_lite.evaluation import conciseness
from audioxai_lite.published import posthoc_audio
from audioxai_lite.published.posthoc_audio_tables import BINS, mixture_of_masks


@pytest.mark.parametrize(("share", "area"), [(0.0, 0.3), (0.25, 0.5), (0.7, 0.05)])
def test_a_mixture_of_masks_is_found_again(share, area):
    masks = torch.zeros(20, 1, 20, 50)
    masks.flatten(1)[:, : round(area * 1000)] = 1
    masks[: round(20 * share)] = 1
    sps = conciseness.sparseness(masks).mean().item()
    comp = posthoc_audio.complexity(masks).mean().item()
    assert mixture_of_masks(sps, comp, 1000) == pytest.approx((share, area), abs=1e-3)


def test_soft_masks_are_no_mixture():
    with pytest.raises(ValueError, match=r"no masks of zeros and ones have a mean SPS of 0\.0016"):
        mixture_of_masks(0.0016, 10.3755, BINS["Mel"])


def test_the_winner_of_saliency_keeps_half_or_all():
    row = posthoc_audio.published_tables().loc[("Mel", "Saliency", "top 50 %, positive")]
    share, area = mixture_of_masks(row["SPS"], row["COMP"], BINS["Mel"])
    assert area == pytest.approx(0.5, abs=1e-4) and share == pytest.approx(0.6525, abs=1e-4)
