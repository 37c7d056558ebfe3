"""Corruptions, the generator's bounds, and measures whose value is known."""

import pytest
import torch

from audioxai_lite import counterfactuals
from audioxai_lite.models.autoencoder import Detector


class Zero(Detector):
    """Rebuilds everything as 0: the error of a bin is its square."""

    def forward(self, x):
        return 0 * x


@pytest.fixture
def normal():
    return torch.randn(8, 1, 64, 120, generator=torch.Generator().manual_seed(0)) - 40


def test_score_is_that_of_the_worst_cells():
    quiet = torch.full((2, 1, 64, 80), 0.1)
    loud = quiet.clone()
    loud[0, 0, :4, :8] = 3
    score = counterfactuals.peak_score(Zero(64), loud)
    cells = 16 * 10
    worst = round(0.02 * cells)
    assert score.exp().tolist() == pytest.approx([(9 + (worst - 1) * 0.01) / worst, 0.01], rel=1e-4)
    x = loud.requires_grad_()
    counterfactuals.peak_score(Zero(64), x).sum().backward()
    assert x.grad[0, 0, 0, 0] > 0 and x.grad.isfinite().all()


@pytest.mark.parametrize("kind", counterfactuals.CORRUPTIONS)
def test_corruptions_change_a_patch_and_nothing_else(normal, kind):
    corrupted, where, chosen = counterfactuals.corrupt(normal, torch.Generator().manual_seed(1), (kind,))
    assert chosen == [kind] * len(normal) and corrupted.shape == where.shape == normal.shape
    assert torch.equal(where, ((corrupted - normal).abs() > 0.5).float())
    assert 0 < where.mean() < 0.5 and (where.sum(dim=(1, 2, 3)) > 0).sum() >= 6  # a patch may lie at the very edge
    change = (corrupted - normal)[where > 0]
    if kind == "gain":
        assert change.min() > 0 and change.max() <= 14
    if kind == "attenuation":
        assert change.max() < 0 and change.min() >= -14
    if kind == "texture":
        assert change.min() > 0 and change.max() <= 12
    again = counterfactuals.corrupt(normal, torch.Generator().manual_seed(1), (kind,))[0]
    other = counterfactuals.corrupt(normal, torch.Generator().manual_seed(2), (kind,))[0]
    assert torch.equal(again, corrupted) and not torch.equal(other, corrupted)


def test_what_cannot_be_corrupted_is_told(normal):
    generator = torch.Generator()
    with pytest.raises(ValueError, match="not squeal"):
        counterfactuals.corrupt(normal, generator, ("gain", "squeal"))
    with pytest.raises(ValueError, match="none at all"):
        counterfactuals.corrupt(normal, generator, ())
    with pytest.raises(ValueError, match="at least two clips"):
        counterfactuals.corrupt(normal[:1], generator)


def test_generator_keeps_its_bounds_and_listens_to_its_targets():
    torch.manual_seed(0)
    generator = counterfactuals.Generator(concepts=2)
    assert sum(parameter.numel() for parameter in generator.parameters()) < 120_000
    with torch.no_grad():
        generator.last.weight.normal_(std=2)
    clips = torch.randn(4, 1, 64, 201)
    alpha, concept = torch.tensor([0.0, 1.0, 0.0, 0.5]), torch.tensor([0, 0, 1, 1])
    made = generator(clips, alpha, concept)
    assert made.values.shape == made.mask.shape == clips.shape
    assert torch.allclose(made.values, clips + made.change)
    assert made.mask.min() >= counterfactuals.LEAK and made.mask.max() <= 1
    assert (made.change.abs() <= counterfactuals.LARGEST * made.mask + 1e-6).all() and made.change.abs().max() > 0.5
    same = clips[:1].expand(4, -1, -1, -1)
    answers = generator(same, alpha, concept).change
    assert all((answers[0] - answers[other]).abs().max() > 1e-3 for other in (1, 2))
    with pytest.raises(ValueError, match="from 0 to 1"):
        generator(clips, alpha, concept + 1)
    with pytest.raises(ValueError, match="equal number"):
        generator(clips, alpha[:2], concept)
    with pytest.raises(ValueError, match="at least one concept"):
        counterfactuals.Generator(0)


def test_generator_learns_to_take_a_bump_away():
    """A hundred steps towards the clean source: the distance falls well below that of doing nothing."""
    torch.manual_seed(0)
    generator = counterfactuals.Generator(channels=(8, 16))
    clean = torch.zeros(8, 1, 32, 48)
    bumped = clean.clone()
    bumped[:, :, 8:16, 16:32] = 2.0
    optimiser = torch.optim.Adam(generator.parameters(), 1e-2)
    for _ in range(100):
        made = generator(bumped, torch.zeros(8), torch.zeros(8, dtype=torch.long))
        loss = (made.values - clean).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.3 * (bumped - clean).abs().mean()


def test_blur_is_an_alarm(normal):
    blurred = torch.nn.functional.avg_pool2d(normal, 3, 1, 1, count_include_pad=False)
    ratio = counterfactuals.fine_variance(blurred) / counterfactuals.fine_variance(normal)
    assert ratio.max() < 0.3 and counterfactuals.fine_variance(torch.full((1, 1, 8, 9), 3.0)).item() == 0


def test_measures_of_doing_nothing_of_the_twin_and_of_too_much(normal):
    detector = Zero(64)
    detector.fit_scale(normal)
    twin = normal[:3]
    truth = torch.zeros_like(twin)
    truth[:, :, 20:28, 30:60] = 1
    clips = twin + 12 * truth
    found = {
        name: counterfactuals.measures(detector, detector, clips, changed, twin, truth, normal)
        for name, changed in {"copy": clips, "twin": twin, "silence": torch.full_like(clips, -40.0)}.items()
    }
    copy, oracle, silence = found["copy"], found["twin"], found["silence"]
    assert copy["valid"].tolist() == [0, 0, 0] and (copy["change"] == 0).all() and copy["inside"].isnan().all()
    assert copy["to the twin"].tolist() == copy["inside the truth"].tolist() == [1, 1, 1]
    assert (oracle["to the twin"] == 0).all() and torch.allclose(oracle["inside"], torch.ones(3))
    assert torch.allclose(oracle["over area"], 1 / truth.mean(dim=(1, 2, 3)), rtol=1e-4)
    assert torch.allclose(oracle["area"], truth.mean(dim=(1, 2, 3)))
    assert torch.allclose(oracle["change"], 12 * truth.mean(dim=(1, 2, 3)), rtol=1e-4)
    assert oracle["suspicious"].mean() <= 1 / 3
    assert oracle["valid"].mean() >= 2 / 3 and (oracle["grain"] - 1).abs().max() < 0.1
    assert (silence["valid"] == 1).all() and (silence["suspicious"] == 1).all() and (silence["grain"] < 0.01).all()
    with pytest.raises(ValueError, match="one shape"):
        counterfactuals.measures(detector, detector, clips, clips[:2], twin, truth, normal)
