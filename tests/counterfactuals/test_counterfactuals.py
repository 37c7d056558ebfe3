"""Corruptions, the generator's bounds, and measures whose value is known."""

from dataclasses import replace

import pytest
import torch

from audioxai_lite import counterfactuals
from audioxai_lite.models import training
from audioxai_lite.models.autoencoder import Autoencoder, Detector, reconstruction_loss
from audioxai_lite.sound.spectrogram import LogMel


class Zero(Detector):
    """Rebuilds everything as 0: the error of a bin is its square."""

    def forward(self, x):
        return 0 * x


class Same(Detector):
    """Rebuilds what it sees."""

    def forward(self, x):
        return x


@pytest.fixture
def normal():
    return torch.randn(24, 1, 64, 120, generator=torch.Generator().manual_seed(0)) - 40


def test_score_is_that_of_the_worst_cells():
    quiet = torch.full((2, 1, 64, 80), 0.1)
    loud = quiet.clone()
    loud[0, 0, :4, :16] = 3
    score = counterfactuals.peak_score(Zero(64), loud)
    cells = 16 * 5
    worst = round(0.05 * cells)
    assert score.exp().tolist() == pytest.approx([(9 + (worst - 1) * 0.01) / worst, 0.01], rel=1e-4)
    x = loud.requires_grad_()
    counterfactuals.peak_score(Zero(64), x).sum().backward()
    assert x.grad[0, 0, 0, 0] > 0 and x.grad.isfinite().all()


@pytest.mark.parametrize("kind", counterfactuals.CORRUPTIONS)
def test_corruptions_change_a_patch_and_nothing_else(normal, kind):
    corrupted, where = counterfactuals.corrupt(normal, torch.Generator().manual_seed(1), (kind,))
    assert corrupted.shape == where.shape == normal.shape
    assert torch.equal(where, ((corrupted - normal).abs() > 0.5).float())
    assert (
        0 < where.mean() < 0.5 and (where.sum(dim=(1, 2, 3)) > 0).sum() >= 20
    )  # a patch may lie at the edge
    change = (corrupted - normal)[where > 0]
    if kind == "gain":
        assert change.min() > 0 and change.max() <= 3 * 16
    if kind == "attenuation":
        assert change.max() < 0 and change.min() >= -3 * 16
    if kind == "texture":
        assert change.min() > 0 and change.max() <= 3 * 24
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
    assert (
        made.change.abs() <= counterfactuals.LARGEST * made.mask + 1e-6
    ).all() and made.change.abs().max() > 0.5
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
    """A hundred steps towards the clean source: the distance falls well below that of doing
    nothing.
    """
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
    assert (
        ratio.max() < 0.3
        and counterfactuals.fine_variance(torch.full((1, 1, 8, 9), 3.0)).item() == 0
    )


def test_measures_of_doing_nothing_of_the_twin_and_of_too_much(normal):
    detector = Zero(64)
    detector.fit_scale(normal)
    twin = normal[:3]
    truth = torch.zeros_like(twin)
    truth[:, :, 20:28, 30:60] = 1
    clips = twin + 12 * truth
    found = {
        name: counterfactuals.measures(detector, detector, clips, changed, twin, truth, normal)
        for name, changed in {
            "copy": clips,
            "twin": twin,
            "silence": torch.full_like(clips, -40.0),
        }.items()
    }
    copy, oracle, silence = found["copy"], found["twin"], found["silence"]
    assert (
        copy["valid"].tolist() == [0, 0, 0]
        and (copy["change"] == 0).all()
        and copy["inside"].isnan().all()
    )
    assert copy["to the twin"].tolist() == copy["inside the truth"].tolist() == [1, 1, 1]
    assert (oracle["to the twin"] == 0).all() and torch.allclose(oracle["inside"], torch.ones(3))
    assert torch.allclose(oracle["over area"], 1 / truth.mean(dim=(1, 2, 3)), rtol=1e-4)
    assert torch.allclose(oracle["area"], truth.mean(dim=(1, 2, 3)))
    assert torch.allclose(oracle["change"], 12 * truth.mean(dim=(1, 2, 3)), rtol=1e-4)
    assert oracle["suspicious"].mean() <= 1 / 3
    for name, found_ in found.items():  # mean |change| outside: area-weighted it makes up the whole
        area = truth.mean(dim=(1, 2, 3))
        in_truth = ((clips - {"copy": clips, "twin": twin}.get(name, -40.0)).abs() * truth).sum(
            dim=(1, 2, 3)
        )
        outside = (found_["change"] * truth[0].numel() - in_truth) / ((1 - area) * truth[0].numel())
        assert torch.allclose(found_["outside"], outside, atol=1e-4)
    assert (oracle["outside"] == 0).all() and silence["outside"].min() > 0.5
    assert oracle["realism"].mean() == pytest.approx(1, abs=0.3) and silence["realism"].min() > 2
    assert oracle["valid"].mean() >= 2 / 3 and (oracle["grain"] - 1).abs().max() < 0.1
    assert (
        (silence["valid"] == 1).all()
        and (silence["suspicious"] == 1).all()
        and (silence["grain"] < 0.01).all()
    )
    with pytest.raises(ValueError, match="one shape"):
        counterfactuals.measures(detector, detector, clips, clips[:2], twin, truth, normal)


@pytest.fixture
def small():
    """A detector that was trained a little, and normal clips of 32 bands by 48 frames with a steady
    line.
    """
    generator = torch.Generator().manual_seed(0)
    normal = torch.randn(48, 1, 32, 48, generator=generator) * 2 - 40
    normal[:, :, 10] += 15
    torch.manual_seed(0)
    detector = Autoencoder(32, 48, channels=(8, 8, 8))
    detector.fit_scale(normal)
    training.fit(detector, reconstruction_loss, (normal,), (normal,), epochs=2, progress=False)
    return detector, normal


def test_targets_rise_from_normal_to_corrupted(small):
    detector, normal = small
    ranges = counterfactuals.target_ranges(detector, normal)
    scores = counterfactuals.log_scores(detector, normal)
    assert ranges.shape == (len(counterfactuals.ALPHAS), 2)
    assert ranges[0].tolist() == pytest.approx([scores.quantile(q).item() for q in (0.1, 0.8)])
    assert (ranges[:, 0] < ranges[:, 1]).all() and (ranges.diff(dim=0) > 0).all()
    halves = (ranges[0] + ranges[-1]) / 2
    assert torch.allclose(ranges[2], halves)


def test_each_loss_has_a_switch_and_the_detector_stays_as_it_is(small):
    detector, normal = small
    before = {key: value.clone() for key, value in detector.state_dict().items()}
    model = counterfactuals.WithCritics(counterfactuals.Generator(2, (8, 8)))
    ranges = counterfactuals.target_ranges(detector, normal)
    all_on = counterfactuals.Weights(cycle=1, realism=1, concept=1)
    objective = counterfactuals.Objective(detector, ranges, all_on)
    terms = objective.terms(model, normal[:8], torch.Generator().manual_seed(0))
    assert set(terms) == {"score", "sparsity", "pair", "cycle", "realism", "concept"}
    assert all(value.isfinite() and value >= 0 for value in terms.values())
    for name in ("pair", "cycle", "realism", "concept"):
        off = counterfactuals.Objective(detector, ranges, replace(all_on, **{name: 0}))
        left = off.terms(model, normal[:8], torch.Generator().manual_seed(0))
        assert set(left) == set(terms) - {name}
        assert all(
            torch.equal(left[key], terms[key]) for key in left
        )  # the same draws, with one part less
    model.train()
    expected = sum(getattr(all_on, name) * value for name, value in terms.items())
    assert torch.allclose(objective(model, normal[:8], torch.Generator().manual_seed(0)), expected)
    model.eval()
    chosen_by = objective(model, normal[:8], torch.Generator().manual_seed(0))
    assert torch.allclose(chosen_by, expected - terms["realism"])
    expected.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    assert all(torch.equal(before[key], value) for key, value in detector.state_dict().items())
    assert all(p.requires_grad for p in detector.parameters())  # the caller's own is not frozen


def test_undershooting_costs_only_when_two_sided(small):
    detector, normal = small
    model = counterfactuals.WithCritics(counterfactuals.Generator(channels=(8, 8)))
    far_above = torch.full((len(counterfactuals.ALPHAS), 2), 50.0)  # every score undershoots
    missed = {
        two_sided: counterfactuals.Objective(
            detector, far_above, counterfactuals.Weights(), two_sided=two_sided
        ).terms(model, normal[:8], torch.Generator().manual_seed(0))["score"]
        for two_sided in (True, False)
    }
    assert missed[True] > 40 and missed[False] == 0


def test_the_discriminator_and_the_generator_pull_against_each_other(small):
    """One step for both: the discriminator's gradient lowers the realism loss, the generator's
    raises it.
    """
    detector, normal = small
    torch.manual_seed(0)
    model = counterfactuals.WithCritics(counterfactuals.Generator(channels=(8, 8)))
    with torch.no_grad():
        model.generator.last.weight.normal_(std=0.1)
    weights = counterfactuals.Weights(score=0, sparsity=0, pair=0, realism=1)
    objective = counterfactuals.Objective(
        detector, counterfactuals.target_ranges(detector, normal), weights
    )

    def loss():
        return objective.terms(model, normal[:8], torch.Generator().manual_seed(0))["realism"]

    start = loss()
    start.backward()
    for part, better in ((model.discriminator, True), (model.generator, False)):
        kept = {key: value.clone() for key, value in model.state_dict().items()}
        with torch.no_grad():
            for parameter in part.parameters():
                parameter -= 1e-3 * parameter.grad / (parameter.grad.norm() + 1e-12)
            assert (loss() < start) == better
        model.load_state_dict(kept)


def test_training_is_reproducible_and_leaves_the_random_state(small):
    detector, normal = small
    state = torch.get_rng_state()
    made = []
    for seed in (0, 0, 1):
        made.append(
            counterfactuals.train_generator(
                detector, normal[:16], normal[16:24], epochs=1, seed=seed, progress=False
            )
        )
        assert torch.equal(torch.get_rng_state(), state)
        torch.rand(7)  # whatever the caller draws in between
        state = torch.get_rng_state()
    same, again, other = (
        counterfactuals.apply_generator(model.generator, detector, normal[:4], alpha=1.0)
        for model, _ in made
    )
    assert torch.equal(same, again) and not torch.equal(same, other)
    assert not torch.equal(
        same, counterfactuals.apply_generator(made[0][0].generator, detector, normal[:4], alpha=0.0)
    )
    history = made[0][1]
    assert len(history) == 1 and history["best"].all()


def test_baselines_do_what_their_names_say(small):
    detector, normal = small
    clips = normal[:4].clone()
    clips[:, :, 20:26, 10:30] += 20
    detector.zero_grad()
    assert torch.equal(counterfactuals.nearest(normal[5:7] + 0.1, normal), normal[5:7])
    before = counterfactuals.log_scores(detector, clips)
    line = before.min().item() - 0.1
    optimised = counterfactuals.optimise(detector, clips, line)
    reached = counterfactuals.log_scores(detector, optimised)
    assert (reached < line + 0.01).all() and (
        reached > line - 0.2
    ).all()  # there, and hardly farther
    assert torch.equal(
        counterfactuals.optimise(detector, clips, 99.0, steps=2), clips
    )  # nothing to be done
    alone = counterfactuals.optimise(detector, clips[:1], line)
    # Whatever else is in the batch; Adam makes rounding visible, so not bin by bin.
    sizes = [(made - clips[:1]).abs().mean().item() for made in (alone, optimised[:1])]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.05)
    assert all(p.grad is None for p in detector.parameters())
    filled = counterfactuals.inpaint(detector, detector, clips, normal)
    changed = (filled - clips).abs() > 0
    assert changed[:, :, 20:26, 12:28].float().mean() > 0.9 and changed.float().mean() < 0.5
    assert (filled - normal[:4])[:, :, 20:26, 10:30].abs().mean() < 10
    assert torch.equal(
        counterfactuals.inpaint(detector, detector, clips, normal, 100.0)[0, 0, 0], clips[0, 0, 0]
    )
    copying = Same(32)
    copying.fit_scale(normal)
    blind = counterfactuals.inpaint(
        detector, copying, clips, normal
    )  # it could copy, and sees only the hole's rim
    usual = copying.mean.expand(4, 1, 32, 48)
    assert torch.allclose(blind[changed], usual[changed])


def test_a_change_is_heard_where_it_was_made_and_nowhere_else():
    feature = LogMel()
    sound = 0.1 * torch.randn(2, 32_000, generator=torch.Generator().manual_seed(0))
    values = feature(sound).values
    unchanged = counterfactuals.to_sound(sound, torch.zeros_like(values), feature)
    assert torch.allclose(unchanged, sound, atol=1e-5)
    change = torch.zeros_like(values)
    change[:, :, 30:40, 20:60] = -30
    quieter = feature(counterfactuals.to_sound(sound, change, feature)).values - values
    assert quieter[:, :, 32:38, 24:56].mean() == pytest.approx(-30, abs=2)
    assert quieter[:, :, :24].abs().max() < 0.5 and quieter[:, :, :, 70:].abs().max() < 0.1
    change[:] = 6.0
    louder = feature(counterfactuals.to_sound(sound, change, feature)).values - values
    assert torch.allclose(louder[:, :, 4:], change[:, :, 4:], atol=0.2)


def test_way_back_of_a_generator_that_changes_nothing_and_of_one_that_erases(small):
    detector, normal = small
    ranges = counterfactuals.target_ranges(detector, normal)

    class Louder(counterfactuals.Generator):
        def forward(self, x, alpha, concept):
            return counterfactuals.Counterfactual(x + 1, torch.ones_like(x), 1 + 0 * x)

    twice = counterfactuals.way_back(Louder(), detector, normal[:4], ranges)
    assert torch.allclose(
        twice, torch.full((4,), 2.0), atol=1e-3
    )  # a second step from where the first one led

    class Still(counterfactuals.Generator):
        def forward(self, x, alpha, concept):
            return counterfactuals.Counterfactual(x, 0 * x, 0 * x)

    class Eraser(counterfactuals.Generator):
        def forward(self, x, alpha, concept):
            return counterfactuals.Counterfactual(0 * x, -x, 1 + 0 * x)

    assert (counterfactuals.way_back(Still(), detector, normal[:4], ranges) == 0).all()
    assert torch.allclose(
        counterfactuals.way_back(Eraser(), detector, normal[:4], ranges), torch.ones(4)
    )


def test_an_inaudible_tint_is_not_a_second_concept(small):
    """A classifier tells the two apart without fail; the measures that listen are not taken in."""
    detector, normal = small

    class Tinted(counterfactuals.Generator):
        audible = False

        def forward(self, x, alpha, concept):
            half = (
                torch.arange(x.shape[2])[:, None] < x.shape[2] // 2
            )  # concept 0 lowers the low bands, 1 the high ones
            size = 1.5 if self.audible else 0.01
            change = (
                -size * torch.where(concept[:, None, None, None] == 0, half, ~half).float() + 0 * x
            )
            return counterfactuals.Counterfactual(x + change, change, 0 * x)

    class Sign(torch.nn.Module):
        def forward(self, change):
            low, high = change[:, 0, : change.shape[2] // 2], change[:, 0, change.shape[2] // 2 :]
            way = low.mean(dim=(1, 2)) - high.mean(dim=(1, 2)) - 1e-3 * change.mean(dim=(1, 2, 3))
            return torch.stack([-way, way], dim=1)

    model = counterfactuals.WithCritics(Tinted(2))
    model.classifier = Sign()
    tint = counterfactuals.concept_measures(model, detector, normal[:8], normal)
    assert (
        tint["accuracy"].mean() == 1
        and (tint["overlap"] == 1).all()
        and (tint["distinct"] == 0).all()
    )
    assert tint["difference"].mean() < 0.1
    model.generator.audible = True
    heard = counterfactuals.concept_measures(model, detector, normal[:8], normal)
    assert (
        heard["accuracy"].mean() == 1
        and (heard["overlap"] == 0).all()
        and heard["difference"].mean() > 1
    )


def test_two_ways_are_both_valid_and_lie_apart(small):
    detector, normal = small
    clips = normal[:8]
    half = (torch.arange(clips.shape[2]) < clips.shape[2] // 2)[:, None]
    low, high = clips + 1.5 * half, clips + 1.5 * ~half
    loud = clips[:8] + 20 * torch.randn(clips.shape, generator=torch.Generator().manual_seed(0))

    def share(*pair, normal):
        return counterfactuals.distinct(detector, clips, pair, normal).mean().item()

    assert share(low, high, normal=loud) == 1  # all that is softer than these is normal
    assert share(low, low, normal=loud) == 0  # one way
    assert share(clips + 0.9 * half, clips + 0.9 * ~half, normal=loud) == 0  # inaudible
    assert share(low, loud, normal=clips) == 0  # not valid


def test_pair_loss_counts_target_zero_only_and_corrupted_bins_four_times(small):
    """The draws of the loss are made again here, in its order, and its terms computed by hand."""
    detector, normal = small
    model = counterfactuals.WithCritics(
        counterfactuals.Generator(channels=(8, 8))
    )  # changes nothing yet
    objective = counterfactuals.Objective(
        detector, counterfactuals.target_ranges(detector, normal), counterfactuals.Weights()
    )
    terms = objective.terms(model, normal[:16], torch.Generator().manual_seed(3))
    generator = torch.Generator().manual_seed(3)
    corrupted, where = counterfactuals.corrupt(normal[:16], generator)
    keep = torch.rand(16, generator=generator) < 0.3
    target = torch.randint(5, (16,), generator=generator) * (
        torch.rand(16, generator=generator) < 0.3
    )
    x = torch.where(keep[:, None, None, None], normal[:16], corrupted)
    apart = (x - normal[:16]).abs() / detector.scale * torch.where(where > 0, 4.0, 1.0)
    assert 0 < (target > 0).sum() < 16 and 0 < keep.sum() < 16
    assert terms["pair"].item() == pytest.approx(apart[target == 0].mean().item(), rel=1e-4)
    half_open = counterfactuals.LEAK + (1 - counterfactuals.LEAK) * 0.5
    assert terms["sparsity"].item() == pytest.approx(0.1 * half_open)


def test_optimised_input_keeps_its_best_step():
    """One long step overshoots: with nothing but sparsity to gain, doing nothing was better and is
    what comes back.
    """
    detector = Zero(16)
    clips = torch.full((1, 1, 16, 32), 0.02)
    line = counterfactuals.log_scores(detector, clips).item() - 1e-4
    made = counterfactuals.optimise(detector, clips, line, weight=1e-6, sparsity=10.0, steps=5)
    assert torch.equal(made, clips)
