"""The model doctor: every fault of a kind raises its line, what is sound does not, and `explain`
refuses what failed.
"""

import numpy as np
import pytest
import torch
from strangers import RATE, Conv1dNet, OwnLevel, Recurrent, Remembering, burst
from torch import nn

from audioxai_lite import AudioModel, explain
from audioxai_lite.course.nb14.pitch import pitch_sounds
from audioxai_lite.course.nb14.strangers import Strange
from audioxai_lite.fineness import cell_height
from audioxai_lite.models.level import LevelNorm
from audioxai_lite.sound.spectrogram import LogMel


def states(model, sound=None):
    return {check.name: check for check in model.check(burst() if sound is None else sound)}


@pytest.fixture(scope="module")
def sound_model():
    return AudioModel(Conv1dNet(), sample_rate=RATE)


def test_a_sound_network_has_no_problem(sound_model):
    checkup = sound_model.check(burst())
    assert [check.name for check in checkup if check.state == "problem"] == []
    assert {"integrated gradients", "LRP", "Deep SHAP", "occlusion", "RISE"} <= {*checkup.methods}
    assert "Grad-CAM" not in checkup.methods
    text = str(checkup)
    assert len(text.splitlines()) == len(checkup.checks) + 1
    assert "ok       same answer twice: two calls agree" in text


@pytest.mark.parametrize(
    ("network", "name", "detail"),
    [
        ("dropout as a function", "same answer twice", "differ by"),
        ("mixes the batch", "alone as in a batch", "beside others"),
        ("no_grad", "gradient", "stops in Cut"),
        ("numpy inside", "gradient", "no gradient reaches the input"),
        ("rounding", "gradient", "0 everywhere"),
        ("half detached", "gradient is the slope", "measured over claimed"),
        ("nan on silence", "extreme sounds", "silence: the model gives NaN"),
        ("own level", "level", "half as loud is the same"),
        ("remembers", "same answer twice", "differ by"),
        ("softmax twice", "output", "softmax would be taken twice"),
        ("one clip only", "alone as in a batch", "three clips at once"),
    ],
)
def test_each_fault_has_its_line(network, name, detail):
    class Cut(Conv1dNet):
        def forward(self, x):
            with torch.no_grad():
                return super().forward(x)

    class Dropping(Conv1dNet):
        def forward(self, x):
            return super().forward(nn.functional.dropout(x, 0.5, training=True))

    class Mixing(Conv1dNet):
        def forward(self, x):
            return super().forward(x - x.mean(dim=0))

    class ByNumpy(Conv1dNet):
        def forward(self, x):
            return super().forward(torch.from_numpy(np.tanh(x.detach().numpy())))

    class Rounding(Conv1dNet):
        def forward(self, x):
            return super().forward(torch.round(x * 100) / 100)

    class Detached(Conv1dNet):
        def forward(self, x):
            return super().forward(x.detach() / 2 + x / 2)

    class Root(Conv1dNet):
        def forward(self, x):
            return super().forward(x / x.norm(dim=1, keepdim=True))

    class Single(Conv1dNet):
        def forward(self, x):
            assert len(x) == 1, "one at a time"
            return super().forward(x)

    class Soft(Conv1dNet):
        def forward(self, x):
            return super().forward(x).softmax(dim=1)

    networks = {
        "dropout as a function": Dropping,
        "mixes the batch": Mixing,
        "no_grad": Cut,
        "numpy inside": ByNumpy,
        "rounding": Rounding,
        "half detached": Detached,
        "nan on silence": Root,
        "own level": OwnLevel,
        "remembers": Remembering,
        "softmax twice": Soft,
        "one clip only": Single,
    }
    answer = "logits" if network == "softmax twice" else None
    model = AudioModel(networks[network](), sample_rate=RATE, answer=answer)
    check = states(model)[name]
    assert check.state == "problem" and detail in check.detail and check.remedy
    for method in check.refused[:2]:
        with pytest.raises(ValueError, match=f"{method} failed a check of this model: {name}"):
            explain(model, burst(), method)


def test_the_remedies_work():
    remembering = Remembering()
    model = AudioModel(remembering, sample_rate=RATE, reset=remembering.reset)
    assert states(model)["same answer twice"].state == "ok"

    class WithLevelNorm(OwnLevel):
        def __init__(self):
            super().__init__()
            self.norm = LevelNorm()

        def forward(self, waveforms):
            return self.inner(self.norm(waveforms))

    free = AudioModel(OwnLevel(), sample_rate=RATE)
    held = AudioModel(WithLevelNorm(), sample_rate=RATE)
    assert torch.allclose(free.outputs(burst()[None]), held.outputs(burst()[None]), atol=1e-4)
    target = int(held.outputs(burst()[None]).argmax())
    recording = held.hear(burst())
    clean, silent = recording.outputs(torch.cat([recording.values, 0 * recording.values]))
    explanation = explain(held, burst(), "integrated gradients", target, steps=128)
    due = float(clean[target] - silent[target])
    assert explanation.map.sum().item() == pytest.approx(due, rel=0.05)
    assert "held at the recording's" in str(explanation)
    assert states(held)["integrated gradients adds up"].state == "ok"
    norm = held.network.norm
    assert norm.fixed is None and norm.seen is None


def test_a_function_has_perturbations_only():
    model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=RATE)
    checkup = model.check(burst())
    assert checkup.methods == ("occlusion", "RISE", "LIME", "Shapley values")


def test_the_network_and_chance_are_left_as_they_were():
    """In training mode: batch normalisations would learn from what the doctor plays."""
    network = Conv1dNet().train()
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    random, sound = (torch.get_rng_state(), np.random.get_state()[1].copy()), burst()
    AudioModel(network, sample_rate=RATE).check(sound)
    assert all(module.training for module in network.modules())
    assert all(torch.equal(weight, before[name]) for name, weight in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not any(module._forward_hooks for module in network.modules())
    assert torch.equal(torch.get_rng_state(), random[0])
    assert (np.random.get_state()[1] == random[1]).all() and torch.equal(sound, burst())


def test_a_network_without_layers_keeps_its_gradients():
    class Scale(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(2.0))

        def forward(self, waveforms):
            return self.scale * waveforms.square().mean(dim=1)

    model = AudioModel(Scale(), sample_rate=RATE)
    checks = states(model)
    assert checks["weights matter"].state == "ok" and "saliency" not in model.failed
    assert explain(model, burst(), "saliency").map.abs().max() > 0


def test_a_network_whose_answer_cannot_be_read_is_told_so():
    class Two(Conv1dNet):
        def forward(self, x):
            return {"logits": super().forward(x), "frames": x}

    (check, *_) = AudioModel(Two(), sample_rate=RATE).check(burst())
    assert check.state == "problem" and "say which is the answer" in check.detail


def test_frames_of_a_recurrent_network_are_reduced_and_cudnn_is_left_out():
    model = AudioModel(Recurrent(), LogMel(RATE), reduce="mean")
    checks = states(model)
    assert checks["recurrent layers"].detail.startswith("1: cudnn is left out")
    assert checks["gradient is the slope"].state == "ok"
    assert checks["LRP"].state == "not with this model"
    seen = []

    class Looking(Recurrent):
        def forward(self, decibels):
            seen.append((torch.backends.cudnn.enabled, torch.is_grad_enabled(), self.training))
            return super().forward(decibels)

    explain(AudioModel(Looking(), LogMel(RATE), reduce="mean"), burst(), "saliency")
    with_gradients = [(cudnn, training) for cudnn, gradients, training in seen if gradients]
    assert with_gradients and set(with_gradients) == {(False, False)}
    assert torch.backends.cudnn.enabled


def test_a_front_end_of_another_rate_is_noticed():
    class Wrong(LogMel):
        @property
        def frequencies(self):
            return super().frequencies * 2

    check = states(AudioModel(Recurrent(), Wrong(RATE), reduce="mean"))["sample rate"]
    assert check.state == "problem" and "shows at" in check.detail


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_networks_of_other_precision_are_explained(dtype):
    model = AudioModel(Conv1dNet().to(dtype), sample_rate=RATE)
    plain = explain(AudioModel(Conv1dNet(), sample_rate=RATE), burst(), "saliency", 0)
    found = explain(model, burst(), "saliency", 0)
    assert found.map.dtype == torch.float32
    both = torch.stack([plain.map.flatten(), found.map.flatten()])
    assert torch.corrcoef(both)[0, 1] > 0.9


def test_the_receptive_field_of_a_layer_is_measured():
    """Of a convolution over 16 frames every 8, on frames of 20 ms: 0.32 s."""
    network = TimeFirst()
    model = AudioModel(network, LogMel(RATE), layer=network.convolution, time_axis=2)
    check = states(model, burst(seconds=2.0))["resolution"]
    assert check.detail.startswith("64 × 101 bins, a column every 20 ms; ")
    assert "7 × 24 cells, each hears 0.16 s" in check.detail


class TimeFirst(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.convolution = nn.Conv2d(1, 8, (8, 16), (4, 8))
        self.dense = nn.Linear(8, 2)

    def forward(self, decibels):
        found = torch.relu(self.convolution((decibels / 50 + 1).transpose(2, 3)))
        return self.dense(found.mean(dim=(2, 3)))


@pytest.mark.parametrize(("time_axis", "state"), [(2, "ok"), (3, "problem")])
def test_swapped_axes_of_grad_cam_are_found(time_axis, state):
    network = TimeFirst()
    sound = burst(seconds=2.0, start=1.0)
    model = AudioModel(network, LogMel(RATE), layer=network.convolution, time_axis=time_axis)
    check = states(model, sound)["axes of Grad-CAM"]
    assert check.state == state
    if state == "problem":
        assert check.detail.startswith("swapped")
        with pytest.raises(ValueError, match="Grad-CAM failed a check .* swapped"):
            explain(model, sound, "Grad-CAM")


def test_methods_too_coarse_for_the_detail_are_refused_unless_their_cells_are_fine(sound_model):
    """Cells of 43 rows of 15.6 Hz cannot show what lies 20 Hz apart; windows of one row can."""
    checkup = sound_model.check(burst(), detail=20.0)
    assert {"integrated gradients", "saliency"} <= {*checkup.methods}
    assert not {"occlusion", "RISE", "LIME", "Shapley values"} & {*checkup.methods}
    assert "occlusion is fine enough: cells of 672 Hz cannot show what lies 20 Hz" in str(checkup)
    assert "give it smaller ones, window=" in str(checkup)
    with pytest.raises(ValueError, match="occlusion is too coarse for what was asked"):
        explain(sound_model, burst(), "occlusion")
    rows, columns = sound_model.hear(burst()).values.shape[2:]
    fine = explain(sound_model, burst(), "occlusion", window=(1, columns), step=(1, columns))
    assert fine.map.shape[2:] == (rows, columns)
    with pytest.raises(ValueError, match="occlusion is too coarse"):
        explain(sound_model, burst(), "occlusion", window=(2, columns), step=(2, columns))
    assert "occlusion" in sound_model.check(burst()).methods  # nothing is asked: nothing refused
    with pytest.raises(ValueError, match="a distance in hertz above 0"):
        sound_model.check(burst(), detail=0)


def test_what_a_layer_sees_of_frequencies_is_how_fine_grad_cam_is():
    class Pooled(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.AvgPool2d(8))

        def forward(self, values):
            return self.layer(values).mean(dim=(2, 3))

    network = Pooled()
    front_end = LogMel(RATE, n_mels=64)
    model = AudioModel(network, front_end=front_end, layer=network.layer, time_axis=3)
    recording = model.hear(burst())
    row = front_end.frequencies.diff().median()
    assert cell_height(model, recording, "Grad-CAM") == pytest.approx(8 * row.item())
    assert cell_height(model, recording, "saliency") == pytest.approx(row.item())
    halves = torch.arange(64).div(32, rounding_mode="floor")[None, None, :, None]
    halves = halves.expand_as(recording.values)
    assert cell_height(model, recording, "LIME", segments=halves) == pytest.approx(32 * row.item())


def test_a_path_of_ones_own_is_measured_where_the_doctors_did_not_add_up():
    """The remedy that the doctor names, more steps, must be possible."""
    model = AudioModel(Strange().eval(), sample_rate=16_000, output="probs")
    sound = pitch_sounds()["harmonic"]
    checkup = model.check(sound)
    assert "integrated gradients" not in checkup.methods
    with pytest.raises(ValueError, match="integrated gradients failed a check"):
        explain(model, sound, "integrated gradients")
    with pytest.raises(ValueError, match="do not add up on this path: they sum to .* is due"):
        explain(model, sound, "integrated gradients", steps=32)
    explanation = explain(model, sound, "integrated gradients", steps=512)
    recording = explanation.recording
    ends = torch.cat([recording.values, torch.zeros_like(recording.values)])
    clean, silent = recording.outputs(ends)[:, explanation.target].tolist()
    assert explanation.map.sum().item() == pytest.approx(clean - silent, rel=0.05)
