"""Masks that a decoder learns to draw for a frozen network."""

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from audioxai_lite import AudioModel
from audioxai_lite.attribution import learned, mask_losses
from audioxai_lite.attribution.learned import inner_maps, learned_mask, train_masker
from audioxai_lite.attribution.mask_losses import Objective, mask_loss
from audioxai_lite.models.masker import Masker
from audioxai_lite.sound.levels import apply_mask
from audioxai_lite.sound.spectrogram import LogMel, LogStft, PowerStft


class Network(nn.Module):
    """It tells high tones from low ones; with `turned`, time comes first inside."""

    def __init__(self, turned: bool):
        super().__init__()
        self.turned = turned
        generator = torch.Generator().manual_seed(1)
        self.first = nn.Conv2d(1, 6, 3, stride=2, padding=1)
        self.second = nn.Conv2d(6, 8, 3, stride=2, padding=1)
        for layer in (self.first, self.second):
            for weight in layer.parameters():
                weight.data = 0.3 * torch.randn(weight.shape, generator=generator)
        self.dropout = nn.Dropout(0.5)

    def forward(self, values):
        x = values / 50 + 1
        x = x.transpose(2, 3) if self.turned else x
        self.seen = self.second(self.first(x).relu()).relu()
        low, high = values.chunk(2, dim=2)
        loudest = [part.amax(dim=2).mean(dim=(1, 2)) for part in (low, high)]
        return self.dropout(torch.stack(loudest, dim=1) / 3)


def model_of(turned=False, front_end=None):
    network = Network(turned).eval()
    front_end = front_end or LogMel()
    model = AudioModel(network, front_end, answer="logits", time_axis=2 if turned else 3)
    return model, [network.first, network.second]


def tones(count=12, samples=8_000):
    seconds = torch.arange(samples) / 16_000
    hertz = torch.tensor([300.0 if number % 2 else 4_000.0 for number in range(count)])
    noise = torch.randn(count, samples, generator=torch.Generator().manual_seed(0))
    return 0.3 * torch.sin(2 * torch.pi * hertz[:, None] * seconds) + 0.01 * noise


@pytest.mark.parametrize("turned", [False, True])
def test_inner_maps_lie_as_the_spectrogram_does(turned):
    model, layers = model_of(turned)
    values = LogMel()(tones(3)).values
    fine, coarse = inner_maps(model, values, layers, batch_size=2)
    assert fine.shape == (3, 6, 32, 13) and coarse.shape == (3, 8, 16, 7)
    late = values.roll(8, dims=3)
    moved = inner_maps(model, late, layers)[0]
    torch.testing.assert_close(moved[..., 6:12], fine[..., 2:8])  # four steps of two frames


def test_a_model_that_cannot_be_decoded_is_told_so():
    model, layers = model_of()
    values = LogMel()(tones(2)).values
    on_waveforms = AudioModel(lambda sounds: sounds[:, :2], sample_rate=16_000)
    without_axis = AudioModel(model.network, LogMel(), answer="logits")
    for other in (on_waveforms, without_axis):
        with pytest.raises(ValueError, match="a network on spectrograms that says along which"):
            inner_maps(other, values, layers)
    with pytest.raises(ValueError, match="calls this Linear 0 times for a clip, not once"):
        inner_maps(model, values, [nn.Linear(2, 2)])
    probable = AudioModel(model.network, LogMel(), answer="probabilities", time_axis=3)
    with pytest.raises(ValueError, match="a classifier that gives logits"):
        train_masker(probable, tones(4), layers, epochs=1, progress=False)


def test_a_decoder_learns_where_the_answer_lies_and_leaves_the_network_alone():
    model, layers = model_of()
    before = copy.deepcopy(model.network.state_dict())
    model.network.train()
    sounds = tones(24)
    masker, history = train_masker(
        model, sounds, layers, Objective(area=1.0), epochs=30, learning_rate=1e-2, progress=False
    )
    assert model.network.training and not masker.training
    for name, weight in model.network.state_dict().items():
        assert torch.equal(weight, before[name])
    assert all(weight.requires_grad and weight.grad is None for weight in model.parameters())
    assert history["train_loss"].iloc[-1] < history["train_loss"].iloc[0]
    values = model.front_end(sounds).values
    mask = learned_mask(masker, model, values, layers)
    low, high = mask.chunk(2, dim=2)
    loud = torch.stack([low.mean(dim=(1, 2, 3)), high.mean(dim=(1, 2, 3))], dim=1)
    named = model.outputs(values).argmax(dim=1)
    assert named.float().mean() == 0.5
    assert (loud.argmax(dim=1) == named).float().mean() > 0.9  # the half that speaks for the class


def test_the_same_seed_draws_the_same_mask_whatever_ran_before():
    model, layers = model_of()
    options = {"epochs": 2, "seed": 3, "progress": False}
    first, _ = train_masker(model, tones(6), layers, **options)
    torch.manual_seed(99)
    state = torch.get_rng_state()
    second, _ = train_masker(model, tones(6), layers, **options)
    assert torch.equal(torch.get_rng_state(), state)
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_price_of_area_grows_over_the_first_steps(monkeypatch):
    seen = []

    def noted(model, objective, apply, given, values, named, mask, grown):
        seen.append(grown)
        return mask.mean()

    monkeypatch.setattr(learned, "mask_loss", noted)
    model, layers = model_of()
    train_masker(model, tones(8), layers, epochs=10, batch_size=4, progress=False)
    assert seen[:9] == [step / 8 for step in range(9)] and set(seen[8:]) == {1.0}


@pytest.mark.parametrize("application", ["decibels", "amplitude"])
@pytest.mark.parametrize("front_end", [LogMel(), LogStft()])
def test_any_front_end_and_both_applications_train(application, front_end):
    model, layers = model_of(front_end=front_end)
    masker, _ = train_masker(
        model, tones(4), layers, application=application, epochs=1, progress=False
    )
    values = front_end(tones(4)).values
    assert learned_mask(masker, model, values, layers).shape == values.shape


def test_losses_are_what_they_say_by_another_computation():
    generator = torch.Generator().manual_seed(0)
    values = -100 * torch.rand(3, 1, 4, 6, generator=generator)
    mask = torch.rand(3, 1, 4, 6, generator=generator)
    model = nn.Sequential(nn.Flatten(), nn.Linear(24, 5))
    named = torch.tensor([4, 0, 2])

    def apply(given, part):
        return apply_mask(given, part)[0]

    def cost(**weights):
        nothing = {"kept": 0, "removed": 0, "area": 0}
        objective = Objective(**(nothing | weights))
        return mask_loss(model, objective, apply, values, values, named, mask).item()

    kept, removed = (model(apply(values, part)).softmax(dim=1) for part in (mask, 1 - mask))
    rows = range(3)
    expected = {
        "kept": -sum(math.log(kept[row, named[row]]) for row in rows) / 3,
        "removed": -sum(math.log(1 - removed[row, named[row]]) for row in rows) / 3,
        "area": mask.mean().item(),
        "smoothness": (
            (mask[:, :, 1:] - mask[:, :, :-1]).square().mean()
            + (mask[..., 1:] - mask[..., :-1]).square().mean()
        ).item(),
    }
    for name, number in expected.items():
        assert cost(**{name: 2.0}) == pytest.approx(2 * number, rel=1e-4)
    loudest = torch.zeros(3, 24).scatter(1, values.flatten(1).topk(2).indices, 1.0)
    entropy = functional.binary_cross_entropy(mask.flatten(1), loudest).item()
    assert cost(guidance=1.0) == pytest.approx(entropy, rel=1e-5)
    over = (mask.mean(dim=(1, 2, 3)) - 0.5).clamp(min=0).mean().item()
    assert cost(area=1.0, budget=0.5) == pytest.approx(over, abs=1e-6)


def test_an_answer_that_is_sure_still_has_a_slope():
    values = torch.zeros(1, 1, 1, 2)
    mask = torch.full((1, 1, 1, 2), 0.5, requires_grad=True)
    objective = Objective(kept=0, area=0)
    # The removed part gets 300 for the class: 1 - p is 0 in single precision.
    sure = nn.Sequential(nn.Flatten(), nn.Linear(2, 2, bias=False))
    sure[1].weight.data = torch.tensor([[300.0, 300.0], [0.0, 0.0]])
    loss = mask_loss(
        sure, objective, lambda given, part: given + part, values, values, torch.tensor([0]), mask
    )
    loss.backward()
    assert loss.item() == pytest.approx(300, rel=0.01) and (mask.grad < 0).all()


def test_gains_on_amplitudes_are_those_of_the_transform():
    front_end, sound = LogStft(), tones(1)
    power = PowerStft()(sound).values
    mask = torch.rand(power.shape, generator=torch.Generator().manual_seed(0))
    kept = mask_losses.masked_amplitude(front_end, power, mask)
    spectrum = torch.stft(sound, 1024, 320, window=torch.hann_window(1024), return_complex=True)
    expected = 20 * (mask[:, 0] * spectrum).abs().log10().clamp(min=-5)
    torch.testing.assert_close(kept[:, 0], expected, atol=0.01, rtol=1e-4)
    mel, ones = LogMel(), torch.ones(1, 1, 64, power.shape[3])
    whole = mask_losses.masked_amplitude(mel, power, ones)
    torch.testing.assert_close(whole, mel(sound).values, atol=1e-3, rtol=0)


def test_a_mask_moves_with_its_sound():
    """Along time, the axis test of a decoder: a burst that comes later is drawn later."""
    model, layers = model_of()
    torch.manual_seed(0)
    masker = Masker((6, 8)).eval()
    quiet = torch.full((1, 1, 64, 120), -60.0)
    early, late = quiet.clone(), quiet.clone()
    early[..., 20:40, 40:48] = 0
    late[..., 20:40, 72:80] = 0
    drawn = [learned_mask(masker, model, each, layers) for each in (early, late)]
    base = learned_mask(masker, model, quiet, layers)
    first, second = ((each - base)[0, 0].abs().sum(dim=0) for each in drawn)
    assert (first * torch.arange(120)).sum() / first.sum() + 32 == pytest.approx(
        ((second * torch.arange(120)).sum() / second.sum()).item(), abs=6
    )
