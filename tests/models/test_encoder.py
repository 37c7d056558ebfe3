"""An encoder trained without labels: losses that mean what they say, and a training that does not
collapse unnoticed.
"""

from functools import partial

import pytest
import torch
from torch.nn import functional

from audioxai_lite.models import encoder as encoders
from audioxai_lite.models.training import fit


@pytest.fixture
def windows():
    generator = torch.Generator().manual_seed(0)
    tones = torch.zeros(64, 1, 64, 40)
    for number in range(64):
        tones[number, 0, number % 16 * 4 : number % 16 * 4 + 4] = 20.0
    return tones + torch.randn(tones.shape, generator=generator)


def trainee(compact=False):
    torch.manual_seed(0)
    return encoders.Trainee(encoders.Encoder(), compact)


def test_views_differ_by_what_they_say_and_leave_the_windows_alone(windows):
    before = windows.clone()
    one, other = (encoders.views(windows, torch.Generator().manual_seed(seed)) for seed in (1, 2))
    assert torch.equal(windows, before) and not torch.equal(one, other)
    assert torch.equal(one, encoders.views(windows, torch.Generator().manual_seed(1)))
    quiet = torch.zeros(500, 1, 64, 40)
    seen = encoders.views(quiet, torch.Generator().manual_seed(3))
    level = seen.mean(dim=(1, 2, 3))
    assert level.abs().max() < 3 + 2 * 3 and 1.5 < level.std() < 2.2  # of a uniform ±3: 1.7
    assert abs((seen - seen.mean(dim=3, keepdim=True)).std() - 1) < 0.05  # the noise
    with pytest.raises(ValueError, match="views of 32 frames cannot be cut from 31"):
        encoders.views(quiet[..., :31], torch.Generator())


def test_a_shift_moves_the_window_and_nothing_else():
    ramp = torch.arange(40.0).expand(300, 1, 64, 40).clone()
    seen = encoders.views(1000 * ramp, torch.Generator().manual_seed(0)) / 1000
    starts = seen[:, 0, 0, 0].round()
    assert set(starts.tolist()) == set(range(9))
    torch.testing.assert_close(
        seen[:, 0, 0] - starts[:, None], torch.arange(32.0).expand(300, -1), atol=0.05, rtol=0
    )


@pytest.mark.parametrize("name", encoders.OBJECTIVES)
@pytest.mark.parametrize("compact", [False, True])
def test_training_lowers_each_loss_and_compact_features_lie_together(name, compact, windows):
    model = trainee(compact)
    model.encoder.fit_scale(windows)
    loss, before = encoders.OBJECTIVES[name], model.encoder.features(windows[..., :32])
    history = fit(
        model, loss, (windows,), None, epochs=12, batch_size=32, keep="last", progress=False
    )
    assert history["train_loss"].iloc[-1] < history["train_loss"].iloc[0]
    after = model.encoder.features(windows[..., :32])
    assert not torch.equal(before, after) and after.std(dim=0).max() > 1e-4
    if compact:
        assert encoders.pull_together(after) < 0.2


def test_losses_at_inputs_whose_outcome_is_known(windows):
    model = trainee().eval()
    same = torch.Generator().manual_seed(0)
    model.predictor = torch.nn.Identity()
    model.encoder.standardise = lambda values: torch.ones(len(values), 1, 64, 32)
    assert encoders.simsiam_loss(model, windows, same).item() == pytest.approx(-1, abs=1e-5)
    assert encoders.byol_loss(model, windows, same).item() == pytest.approx(0, abs=1e-5)
    alike = encoders.simclr_loss(model, windows, same)  # all views alike: one in 127 by chance
    assert alike.item() == pytest.approx(torch.tensor(127.0).log().item(), abs=1e-3)


def test_simclr_agrees_with_a_sum_over_pairs(windows):
    model = trainee().eval()
    loss = encoders.simclr_loss(model, windows[:5], torch.Generator().manual_seed(4), 0.3)
    generator = torch.Generator().manual_seed(4)
    seen = [model.encoder.standardise(encoders.views(windows[:5], generator)) for _ in range(2)]
    z = functional.normalize(torch.cat([model(view)[1] for view in seen]), dim=1)
    total = 0.0
    for one in range(10):
        others = sum(torch.exp(z[one] @ z[k] / 0.3) for k in range(10) if k != one)
        total -= torch.log(torch.exp(z[one] @ z[(one + 5) % 10] / 0.3) / others)
    torch.testing.assert_close(loss, total / 10, rtol=1e-4, atol=1e-5)


def test_no_gradient_goes_through_the_wanted_side_and_the_slow_copy_follows(windows):
    model = trainee().train()
    loss = encoders.byol_loss(model, windows[:16], torch.Generator().manual_seed(0))
    loss.backward()
    assert all(weight.grad is None for weight in model.slow.parameters())
    with torch.no_grad():
        for weight in model.encoder.parameters():
            weight.add_(1.0)
    apart = [
        (a - b).abs().max()
        for a, b in zip(model.slow[0].parameters(), model.encoder.parameters(), strict=True)
    ]
    model.follow(0.5)
    closer = [
        (a - b).abs().max()
        for a, b in zip(model.slow[0].parameters(), model.encoder.parameters(), strict=True)
    ]
    assert all(after <= before / 2 + 1e-6 for before, after in zip(apart, closer, strict=True))


def test_features_do_not_depend_on_their_neighbours_and_layers_can_be_asked(windows):
    model = trainee().eval().encoder
    alone = torch.cat([model.features(window[None, ..., :32]) for window in windows[:3]])
    torch.testing.assert_close(alone, model.features(windows[:3, ..., :32]), atol=1e-5, rtol=1e-4)
    assert model.features(windows[:3, ..., :32], layers=2).shape == (3, 2 * 32 * 16)
    with pytest.raises(ValueError, match="this detector takes"):
        model.features(windows[:, :, :60])


def test_a_loss_is_the_same_with_the_same_random_numbers(windows):
    for loss in encoders.OBJECTIVES.values():
        once, again = (
            partial(loss, trainee().eval(), windows[:8])(torch.Generator().manual_seed(5))
            for _ in range(2)
        )
        assert torch.equal(once, again)


def test_stand_ins_are_the_same_windows_moved_over_the_bands_and_join_the_batch(windows):
    generator = torch.Generator().manual_seed(0)
    moved = encoders.shifted(windows[:16], generator)
    sizes = []
    for before, after in zip(windows[:16], moved, strict=True):
        alike = [size for size in range(64) if torch.equal(before.roll(size, dims=1), after)]
        sizes += [min(size, 64 - size) for size in alike]
    assert len(sizes) == 16 and min(sizes) >= 12 and max(sizes) < 25 and len(set(sizes)) > 3
    model = trainee().eval()
    seeded = [torch.Generator().manual_seed(5) for _ in range(2)]
    both = torch.cat([windows[:8], encoders.shifted(windows[:8], seeded[1])])
    expected = encoders.simclr_loss(model, both, seeded[1])
    found = encoders.simclr_loss_with_shifted(model, windows[:8], seeded[0])
    torch.testing.assert_close(found, expected)
