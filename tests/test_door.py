"""The door, with networks written as strangers write them: explained in five lines, or told what to
declare.
"""

import copy
from dataclasses import dataclass

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import audioxai_lite
from audioxai_lite import AudioModel, evaluate, explain
from audioxai_lite.sound.spectrogram import LogMel, PowerStft

RATE = 16_000
CLASSES = ("low", "high", "neither")


def tones(seconds=0.5, hertz=2_000.0, where=(0.2, 0.3)):
    """Faint noise with a tone at a known time and pitch, (samples,)."""
    time = torch.arange(round(seconds * RATE)) / RATE
    noise = 0.01 * torch.randn(len(time), generator=torch.Generator().manual_seed(0))
    return noise + 0.5 * torch.sin(2 * torch.pi * hertz * time) * (
        (time > where[0]) & (time < where[1])
    )


class Stranger(nn.Module):
    """Waveform in, a front end of its own, time first inside, functional ReLU, a dict of
    probabilities out.
    """

    def __init__(self):
        super().__init__()
        self.front = LogMel(RATE)
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.out = nn.Linear(4, 3)

    def forward(self, waveform):
        x = self.front(waveform).values.transpose(2, 3) / 50 + 1
        x = F.relu(self.conv(x)).mean(dim=(2, 3))
        return {"clipwise_output": self.out(x).softmax(dim=1), "embedding": x}


class BandEnergy(nn.Module):
    """Logits that are known: decibels of the lower bands, of the upper bands, and nothing. Time
    first inside.
    """

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 1)
        with torch.no_grad():
            self.conv.weight.copy_(torch.tensor([0.05, 0.1]).reshape(2, 1, 1, 1))
            self.conv.bias.fill_(5.0)

    def forward(self, decibels):
        x = self.conv(decibels.transpose(2, 3))
        low, high = x[:, 0, :, :32].mean(dim=(1, 2)), x[:, 1, :, 32:].mean(dim=(1, 2))
        return torch.stack([low, high, torch.zeros_like(low)], dim=1)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Stranger().eval()


def test_a_strangers_network_is_explained_in_five_lines(network):
    model = AudioModel(network, sample_rate=RATE, classes=CLASSES, output="clipwise_output")
    explanation = explain(model, tones(), method="saliency", target="high")
    assert model.answer == "probabilities" and "found" in str(explanation)
    assert explanation.map.shape == (1, 1, 513, 32) and explanation.map.abs().sum() > 0
    assert explanation.kept(0.05).shape == (1, 8_000)
    assert evaluate(explanation).loc[("all ones", 1.0), "AD"] == pytest.approx(0, abs=1e-3)


def test_what_is_not_declared_is_named_in_one_line(network):
    with pytest.raises(ValueError, match="clipwise_output.*embedding.*output="):
        explain(AudioModel(network, sample_rate=RATE), tones())
    with pytest.raises(ValueError, match="front_end=.*sample_rate"):
        AudioModel(network)
    with pytest.raises(ValueError, match="layer=..., time_axis=..."):
        explain(AudioModel(BandEnergy(), LogMel(RATE)), tones(), "Grad-CAM")
    with pytest.raises(ValueError, match="answer is one of logits"):
        AudioModel(network, sample_rate=RATE, answer="softmax")
    with pytest.raises(ValueError, match="no method 'magic'; there are saliency"):
        explain(AudioModel(BandEnergy(), LogMel(RATE)), tones(), "magic")
    with pytest.raises(ValueError, match="no class 'loud'; there are low, high, neither"):
        explain(AudioModel(BandEnergy(), LogMel(RATE), classes=CLASSES), tones(), target="loud")
    with pytest.raises(ValueError, match="background=clips"):
        explain(AudioModel(BandEnergy(), LogMel(RATE)), tones(), "Deep SHAP")


def test_probabilities_do_not_pass_through_softmax_twice(network):
    model = AudioModel(network, sample_rate=RATE, output="clipwise_output")
    scores = evaluate(explain(model, tones(), "saliency", target=0))
    assert scores.loc[("all ones", 1.0), "kept"] == pytest.approx(
        network(tones()[None])["clipwise_output"][0, 0].item(), abs=1e-4
    )


@pytest.mark.parametrize(
    ("outputs", "declared", "expected"),
    [
        ([[3.0, 3.0, -5.0]], "multi-label logits", [0.9526, 0.9526, 0.0067]),
        ([[3.0, 3.0, -5.0]], "logits", [0.4999, 0.4999, 0.0002]),
        ([[0.98, 0.01, 0.01]], None, [0.98, 0.01, 0.01]),
        ([[0.9, 0.8, 0.1]], "probabilities", [0.9, 0.8, 0.1]),
        ([[2.0]], "multi-label logits", [0.8808]),
    ],
)
def test_outputs_mean_what_is_declared_or_plain(outputs, declared, expected):
    def predict(waveforms):
        return torch.tensor(outputs).expand(len(waveforms), -1)

    model = AudioModel(predict, sample_rate=RATE, answer=declared)
    model.hear(tones())
    assert model.probabilities(tones()[None])[0].tolist() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("outputs", [[[0.4]], [[0.9, 0.8, 0.1]]])
def test_an_answer_that_could_mean_two_things_must_be_declared(outputs):
    model = AudioModel(
        lambda waveforms: torch.tensor(outputs).expand(len(waveforms), -1), sample_rate=RATE
    )
    with pytest.raises(ValueError, match="declare"):
        explain(model, tones(), "occlusion")


@dataclass
class Result:
    logits: torch.Tensor


@pytest.mark.parametrize(
    ("wrap", "output"),
    [
        (lambda y: {"logits": y}, "logits"),
        (lambda y: (y, 0), 0),
        (lambda y: [None, y], 1),
        (lambda y: Result(y), "logits"),
        (lambda y: {"a": {"b": y}}, lambda result: result["a"]["b"]),
    ],
)
def test_results_of_every_shape_are_unpacked(wrap, output):
    class Wrapped(BandEnergy):
        def forward(self, decibels):
            return wrap(super().forward(decibels))

    plain = explain(AudioModel(BandEnergy(), LogMel(RATE)), tones(), "saliency", target=1)
    found = explain(
        AudioModel(Wrapped(), LogMel(RATE), output=output), tones(), "saliency", target=1
    )
    assert torch.equal(found.map, plain.map)
    with pytest.raises(ValueError, match="output="):
        explain(AudioModel(Wrapped(), LogMel(RATE)), tones(), "saliency", target=1)


@pytest.mark.parametrize(
    ("reduce", "row"), [("mean", 0.5), ("max", 1.0), (lambda y: y[..., 0], 0.0)]
)
def test_frames_are_reduced_by_the_rule_that_is_declared(reduce, row):
    def frames(waveforms):
        ramp = torch.linspace(0, 1, 5).expand(len(waveforms), 2, 5)
        return ramp * torch.tensor([1.0, 2.0])[None, :, None]

    model = AudioModel(frames, sample_rate=RATE, reduce=reduce, answer="logits")
    assert model.outputs(tones()[None])[0].tolist() == pytest.approx([row, 2 * row])
    with pytest.raises(ValueError, match=r"reduce is mean or max or a function, not 'median'"):
        AudioModel(frames, sample_rate=RATE, reduce="median")


def test_frames_without_a_rule_are_refused():
    model = AudioModel(lambda waveforms: torch.zeros(len(waveforms), 2, 5), sample_rate=RATE)
    with pytest.raises(ValueError, match="reduce="):
        model.outputs(tones()[None])


METHODS = (
    "saliency",
    "SmoothGrad",
    "integrated gradients",
    "GradientSHAP",
    "occlusion",
    "LIME",
    "Shapley values",
)


@pytest.mark.parametrize("method", METHODS)
def test_maps_point_at_the_tone_in_seconds_and_hertz(method):
    """The logit of "high" is the level of the upper bands: the tone at 2 to 5 kHz raises it while
    it sounds.
    """
    torch.manual_seed(0)
    model = AudioModel(BandEnergy(), LogMel(RATE), classes=CLASSES)
    explanation = explain(model, tones(hertz=4_000.0), method, target="high")
    positive = explanation.map[0, 0].clamp(min=0)  # softmax: what is low speaks against
    assert positive[32:].sum() > 0 and positive[:31].sum() <= 0.35 * positive[32:].sum()
    assert explanation.frequencies[32] > 1_000 and explanation.seconds[-1] == pytest.approx(0.5)


@pytest.mark.parametrize("time_first", [True, False])
def test_grad_cam_lies_along_the_declared_axes(time_first):
    class Loud(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 1)
            nn.init.ones_(self.conv.weight)
            nn.init.constant_(self.conv.bias, 100.0)

        def forward(self, x):
            x = self.conv(x.transpose(2, 3) if time_first else x)
            return x.mean(dim=(1, 2, 3))

    network = Loud()
    model = AudioModel(network, LogMel(RATE), layer=network.conv, time_axis=2 if time_first else 3)
    found = explain(model, tones(), "Grad-CAM").map[0, 0]
    frames = found.mean(dim=0)
    assert 9 <= int(frames.argmax()) <= 15  # the tone sounds from frame 10 to 15
    assert found.mean(dim=1).argmax() == (model.hear(tones()).values[0, 0].mean(dim=1)).argmax()


@pytest.mark.parametrize(
    "method", ["saliency", "integrated gradients", "occlusion", "Grad-CAM", "LIME"]
)
def test_the_network_and_the_callers_sound_are_left_as_they_were(method):
    network = BandEnergy().train()
    network.conv.weight.requires_grad_(False)
    sound, before = tones().numpy().astype(float), copy.deepcopy(network.state_dict())
    kept, random = sound.copy(), (torch.get_rng_state(), np.random.get_state()[1].copy())
    model = AudioModel(network, LogMel(RATE), layer=network.conv, time_axis=2)
    explain(model, sound, method, target=np.int64(1))
    assert (
        network.training
        and not network.conv.weight.requires_grad
        and network.conv.bias.requires_grad
    )
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not any(module._forward_hooks or module._backward_hooks for module in network.modules())
    assert (sound == kept).all()
    assert (
        torch.equal(torch.get_rng_state(), random[0])
        and (np.random.get_state()[1] == random[1]).all()
    )


def test_a_network_that_works_in_place_gets_a_copy():
    class InPlace(BandEnergy):
        def forward(self, decibels):
            decibels.clamp_(min=-80).add_(40).div_(20)
            return super().forward(decibels)

    class Clean(BandEnergy):
        def forward(self, decibels):
            return super().forward((decibels.clamp(min=-80) + 40) / 20)

    for method in ("saliency", "occlusion", "integrated gradients"):
        first, again, clean = (
            explain(AudioModel(net, LogMel(RATE)), tones(), method, target=1).map
            for net in (InPlace(), InPlace(), Clean())
        )
        assert torch.equal(first, again) and torch.allclose(first, clean, atol=1e-6)


def test_a_network_that_overwrites_what_gradients_need_is_told():
    class Overwrites(BandEnergy):
        def forward(self, decibels):
            decibels -= decibels.mean()
            decibels /= decibels.std()
            return super().forward(decibels)

    model = AudioModel(Overwrites(), LogMel(RATE))
    for method in ("saliency", "integrated gradients", "SmoothGrad"):
        with pytest.raises(ValueError, match="overwrites what its gradients need .* occlusion"):
            explain(model, tones(), method, target=1)
    first, again = (explain(model, tones(), "occlusion", target=1).map for _ in range(2))
    assert torch.equal(first, again) and first.abs().max() > 0


@pytest.mark.parametrize("kind", ["numpy", "list", "float64", "half", "row", "strided", "grad"])
def test_recordings_of_every_type_are_taken(kind):
    sound = tones()
    given = {
        "numpy": sound.numpy().astype(np.float64),
        "list": sound.tolist(),
        "float64": sound.double(),
        "half": sound.half(),
        "row": sound[None],
        "strided": torch.stack([sound, -sound], dim=1)[:, 0],
        "grad": sound.clone().requires_grad_(),
    }[kind]
    model = AudioModel(BandEnergy(), LogMel(RATE))
    expected = explain(
        model, sound.half().float() if kind == "half" else sound, "saliency", target=1
    ).map
    assert torch.allclose(explain(model, given, "saliency", target=1).map, expected, atol=1e-6)


def test_a_double_precision_network_is_explained():
    plain = explain(AudioModel(BandEnergy(), LogMel(RATE)), tones(), "integrated gradients", 1)
    double = explain(
        AudioModel(BandEnergy().double(), LogMel(RATE)), tones(), "integrated gradients", 1
    )
    assert double.map.dtype == torch.float32 and torch.allclose(double.map, plain.map, atol=1e-5)


@pytest.mark.parametrize(
    ("sound", "message"),
    [
        (torch.full((8_000,), torch.nan), "waveform hold NaN or infinity"),
        (torch.zeros(2, 8_000), "one recording at a time"),
        ("clip.wav", "numbers in a tensor or an array, not str"),
    ],
)
def test_what_is_no_recording_is_refused_in_a_sentence(sound, message):
    with pytest.raises(ValueError, match=message):
        explain(AudioModel(BandEnergy(), LogMel(RATE)), sound)


def test_gradients_that_are_cut_are_told_and_perturbation_works():
    class Cut(BandEnergy):
        def forward(self, decibels):
            with torch.no_grad():
                return super().forward(decibels)

    model = AudioModel(Cut(), LogMel(RATE))
    with pytest.raises(ValueError, match="occlusion"):
        explain(model, tones(), "saliency", target=1)
    assert explain(model, tones(), "occlusion", target=1).map.abs().max() > 0


@pytest.mark.parametrize("numpy", [True, False])
def test_any_function_of_waveforms_is_explained_by_what_it_loses(numpy):
    """A detector of 2 kHz in NumPy: without the tone's cells its score falls, without others it
    does not.
    """

    def level_at_two_kilohertz(waveforms):
        waveforms = np.asarray(waveforms)
        wave = np.exp(2j * np.pi * 2_000 * np.arange(waveforms.shape[1]) / RATE)
        return np.abs(waveforms @ wave)

    model = AudioModel(level_at_two_kilohertz, sample_rate=RATE, numpy=numpy)
    explanation = explain(model, tones(), "occlusion", window=(16, 8), step=(16, 8))
    row, column = divmod(int(explanation.map[0, 0].argmax()), explanation.map.shape[-1])
    assert (
        abs(explanation.frequencies[row] - 2_000) < 260
        and 0.15 < explanation.seconds[column] < 0.35
    )
    scores = evaluate(explanation, areas=(0.05,))
    assert scores.loc[(explanation.method, 0.05), "kept"] > 0.9
    assert scores.loc[("random cells", 0.05), "kept"] < 0.5
    with pytest.raises(ValueError, match="a function has none: use occlusion, RISE, LIME"):
        explain(model, tones(), "saliency")


def test_integrated_gradients_over_gains_sum_to_what_the_sound_adds():
    class Energy(nn.Module):
        def forward(self, waveform):
            return waveform.square().mean(dim=1)

    model = AudioModel(Energy(), sample_rate=RATE)
    explanation = explain(model, tones(), "integrated gradients", steps=32)
    assert explanation.map.sum().item() == pytest.approx(tones().square().mean().item(), rel=1e-3)
    everything = torch.ones_like(explanation.map)
    assert torch.allclose(explanation.recording.sound(everything)[0], tones(), atol=1e-5)


def test_kept_and_removed_are_heard():
    model = AudioModel(BandEnergy(), LogMel(RATE), classes=CLASSES)
    explanation = explain(model, tones(), "occlusion", target="high")
    mask = explanation.mask(0.1)
    assert mask.mean().item() == pytest.approx(0.1, abs=1e-3)
    assert set(explanation.sounds(0.1)) == {
        "recording",
        "kept, 10%",
        "removed",
        "as much by chance",
    }
    for sound in explanation.sounds(0.1).values():
        assert sound.shape == (1, 8_000) and sound.isfinite().all()


def test_where_there_is_no_way_there_is_no_score():
    """A drop of nothing would read as the best there is."""
    model = AudioModel(lambda sounds: 0 * sounds.sum(dim=1) + 3, sample_rate=RATE)
    table = evaluate(explain(model, tones(), "occlusion"), areas=(0.1,))
    assert table[["kept", "removed", "AD"]].isna().all(axis=None)


def test_random_cells_have_an_interval():
    model = AudioModel(BandEnergy(), LogMel(RATE), classes=CLASSES)
    table = evaluate(explain(model, tones(), "occlusion", target="high"), areas=(0.1, 0.3))
    chance = table.loc["random cells"]
    assert (chance["kept low"] <= chance["kept"]).all()
    assert (chance["kept"] <= chance["kept high"]).all()
    assert (chance["kept low"] < chance["kept high"]).all()
    assert table.drop(index="random cells")[["kept low", "kept high"]].isna().all(axis=None)


@pytest.mark.parametrize("method", ["saliency", "SmoothGrad"])
def test_maps_of_the_door_have_signs(method):
    """What is louder above speaks against "low": red is for, blue against."""

    class Either(nn.Module):
        def forward(self, decibels):
            high = decibels[:, 0, 32:].mean(dim=(1, 2))
            return torch.stack([-high, high], dim=1)

    model = AudioModel(Either(), LogMel(RATE), classes=("low", "high"), answer="logits")
    against, speaking = (
        explain(model, tones(hertz=4_000.0), method, target=name).map[0, 0, 32:]
        for name in ("low", "high")
    )
    assert (against < 0).all() and torch.allclose(against, -speaking)


def test_the_table_has_its_controls_and_the_truth(network):
    model = AudioModel(BandEnergy(), LogMel(RATE), classes=CLASSES)
    explanation = explain(model, tones(hertz=4_000.0), "occlusion", target="high")
    truth = torch.zeros_like(explanation.map)
    truth[..., 45:55, 10:16] = 1
    table = evaluate(explanation, truth=truth.bool().numpy(), areas=(0.05,))
    assert list(table.index) == [
        ("occlusion", 0.05),
        ("energy", 0.05),
        ("random cells", 0.05),
        ("all ones", 1.0),
    ]
    precision, bins, inside = table["average precision"].droplevel("area"), truth.numel(), 60
    # Of a random order, by hand: a hit at each rank, others among those before it by chance.
    before = (1 / torch.arange(1, bins + 1)).mean().item()
    chance = (inside - 1) / (bins - 1) + before * (bins - inside) / (bins - 1)
    assert precision["energy"] > 0.5
    assert precision["all ones"] == pytest.approx(inside / bins)
    assert precision["random cells"] == pytest.approx(chance, rel=0.06)
    assert table.loc[("all ones", 1.0), "inside"] == pytest.approx(truth.mean().item())
    assert table.loc[("all ones", 1.0), "kept"] == pytest.approx(
        model.probabilities(model.hear(tones(hertz=4_000.0)).values)[0, 1].item(), abs=1e-6
    )
    with pytest.raises(ValueError, match="shape of the map"):
        evaluate(explanation, truth=truth[..., 1:])


def test_saving_is_whole_or_not_at_all(tmp_path, monkeypatch):
    explanation = explain(
        AudioModel(BandEnergy(), LogMel(RATE), classes=CLASSES), tones(), "saliency"
    )
    folder = explanation.save(tmp_path / "found")
    names = {"map.npy", "explanation.png", "explanation.json", "scores.csv"}
    sounds = {"recording.wav", "kept.wav", "removed.wav", "as_much_by_chance.wav"}
    assert {file.name for file in folder.iterdir()} == names | sounds
    assert np.array_equal(np.load(folder / "map.npy"), explanation.map.numpy())
    with pytest.raises(FileExistsError, match="is there already"):
        explanation.save(folder)
    monkeypatch.setattr(type(explanation), "show", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        explanation.save(tmp_path / "half")
    assert [path.name for path in tmp_path.iterdir()] == ["found"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_network_on_the_gpu_is_explained_where_it_is():
    here = explain(AudioModel(BandEnergy(), LogMel(RATE)), tones(), "saliency", target=1)
    there = explain(AudioModel(BandEnergy().cuda(), LogMel(RATE)), tones(), "saliency", target=1)
    assert there.map.device.type == "cpu" and torch.allclose(there.map, here.map, atol=1e-5)


def test_the_package_is_light_until_the_door_is_opened():
    assert audioxai_lite.AudioModel is AudioModel
    with pytest.raises(AttributeError, match="no attribute 'Expain'"):
        audioxai_lite.Expain  # noqa: B018
    assert PowerStft(RATE).sample_rate == RATE
