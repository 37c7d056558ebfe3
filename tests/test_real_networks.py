"""Networks that others have trained, or written: they pass the door, and their maps are right.

What is not installed is skipped: `pip install ".[real]"`.
"""

import numpy as np
import pytest
import torch

from audioxai_lite import AudioModel, attribution, explain
from audioxai_lite.course.nb14 import networks, pitch
from audioxai_lite.course.nb14 import strangers as strangers_models
from audioxai_lite.course.nb14.studies import sample_sound
from audioxai_lite.course.results import results
from audioxai_lite.evaluation.axes import axis_test
from audioxai_lite.models.cnn14 import Cnn14
from audioxai_lite.sound.spectrogram import LogMel


def states(model, sound):
    return {check.name: check.state for check in model.check(sound)}


@pytest.fixture(scope="module")
def crepe():
    pytest.importorskip("torchcrepe")
    torch.set_num_threads(1)
    return networks.pitch_model()


def test_the_pitch_network_is_crepe(crepe):
    """The wrapper against torchcrepe's own way, frame by frame."""
    import torchcrepe

    sound = pitch.pitch_sounds()["harmonic"]
    ((frames),) = torchcrepe.preprocess(sound, networks.RATE, hop_length=320)
    with torch.no_grad():
        expected = crepe.network.crepe(frames).T
        logits = crepe.network(sound)[0]
    assert torch.allclose(torch.sigmoid(logits), expected, atol=1e-5)
    assert networks.pitch_hertz()[int(crepe.outputs(sound).argmax())] == pytest.approx(
        220, rel=0.01
    )
    own = torchcrepe.convert.bins_to_cents(torch.arange(360))  # dithered by up to 20 cents
    assert np.allclose(1_200 * np.log2(networks.pitch_hertz() / 10), own, atol=25)


@pytest.mark.parametrize("name", pitch.COMPETITORS)
def test_beside_competitors_the_map_lies_on_the_harmonics(crepe, name):
    sound, target = pitch.pitch_sounds()[name], pitch.pitch_bin(pitch.PITCH)
    explanation = explain(crepe, sound, "integrated gradients", target, steps=16)
    recording = explanation.recording
    cells = pitch.harmonic_cells(recording)
    energy = pitch.share_inside(pitch.power(recording), cells)
    own = pitch.share_inside(explanation.map, cells)
    assert 0.65 <= energy <= 0.8 and own >= 0.9
    study = results("pitch_methods").query("sound == @name").set_index("method")["share"]
    assert study[["energy", "integrated gradients"]].tolist() == pytest.approx(
        [energy, own], abs=1e-3
    )
    assert (study[["integrated gradients", "GradientSHAP", "saliency", "SmoothGrad"]] >= 0.9).all()
    masks = torch.cat([torch.ones_like(cells), cells, 1 - cells])
    whole, kept, removed = pitch.pitches_heard(recording, masks)
    other = 1_870 if "1870" in name else 311
    assert whole == kept == pytest.approx(220, rel=0.01)
    assert removed == pytest.approx(other, rel=0.01)


def test_without_held_statistics_the_sum_is_lost(crepe):
    sound, target = pitch.pitch_sounds()["harmonic"], pitch.pitch_bin(pitch.PITCH)
    recording = crepe.hear(sound)
    clean, silent = recording.outputs(torch.cat([recording.values, 0 * recording.values]))
    due = float(clean[target] - silent[target])
    sums = {}
    for name in ("held", "free"):
        if name == "free":
            recording.statistics = {}
        found = attribution.integrated_gradients(recording, recording.values, target, 0.0, 16)
        sums[name] = float(found.sum())
    assert due > 10 and sums["held"] == pytest.approx(due, rel=0.1) and abs(sums["free"]) < 1


def test_speech_remembers_until_it_is_reset():
    pytest.importorskip("silero_vad")
    network = networks.SpeechNetwork()
    sound = sample_sound()
    assert states(AudioModel(network, sample_rate=networks.RATE), sound)["same answer twice"] == (
        "problem"
    )
    model = networks.speech_model()
    checks = states(model, sound)
    assert checks["same answer twice"] == "ok" and checks["gradient is the slope"] == "ok"
    assert (
        "integrated gradients" not in model.failed
        or checks["integrated gradients adds up"] == "problem"
    )


def test_speech_by_onnx_is_a_function():
    pytest.importorskip("onnxruntime")
    silero = pytest.importorskip("silero_vad")
    detector = silero.load_silero_vad(onnx=True)

    def speech(waveforms):
        return np.array(
            [
                float(detector.audio_forward(torch.from_numpy(each)[None], 16_000).mean())
                for each in waveforms
            ]
        )

    model = AudioModel(speech, sample_rate=networks.RATE, numpy=True)
    by_torch = networks.speech_model().outputs(sample_sound())
    assert model.outputs(sample_sound()) == pytest.approx(by_torch, abs=0.02)
    size = (172, 16)
    map_of = explain(model, sample_sound(), "occlusion", window=size, step=size).map
    assert map_of.shape == (1, 1, 513, 63) and map_of.abs().max() > 0


def test_voices_are_compared_by_their_embeddings():
    resemblyzer = pytest.importorskip("resemblyzer")
    voice, other = sample_sound(seed=1), sample_sound(seed=2).flip(1)
    network = networks.SpeakerNetwork().eval()
    mel = network.mel(voice)[0].T.numpy()
    expected = resemblyzer.audio.wav_to_mel_spectrogram(voice[0].numpy())
    assert np.allclose(mel, expected, atol=1e-4 * expected.max())
    own = networks.speaker_model(voice)
    contrast = networks.speaker_model(voice, rather_than=other)
    assert own.outputs(voice).item() == pytest.approx(1, abs=1e-5)
    assert contrast.outputs(voice).item() > 0 > contrast.outputs(other).item()
    assert states(own, other)["gradient is the slope"] == "ok"
    assert own.network.training is False and own.network.encoder.lstm.training is False


def test_tokens_of_ast_lie_where_its_configuration_says():
    pytest.importorskip("transformers")
    model = networks.transformer_model()
    sound = sample_sound()
    checks = states(model, sound)
    assert checks["axes of Grad-CAM"] == "ok" and checks["gradient is the slope"] == "ok"
    for method in ("Grad-CAM", "attention rollout", "gradient × attention"):
        found = explain(model, sound, method).map
        assert found.shape == (1, 1, 64, 101) and found.abs().max() > 0
    first, second = (explain(model, sound, "attention rollout", each).map for each in (0, 1))
    assert torch.equal(first, second)  # attention does not know the class
    first, second = (explain(model, sound, "gradient × attention", each).map for each in (0, 1))
    assert not torch.allclose(first, second)


def test_a_wrong_order_of_tokens_is_not_taken_for_right():
    pytest.importorskip("transformers")
    from dataclasses import replace

    from audioxai_lite.layer_checks import _seen_by_layer

    verdicts = []
    for bands_first in (True, False):
        model = networks.transformer_model()
        model.tokens = replace(model.tokens, bands_first=bands_first)
        sound = sample_sound()
        verdicts.append(axis_test(_seen_by_layer(model), sound, model.front_end).verdict)
    assert verdicts[0] == "right" and verdicts[1] != "right"


def test_rollout_is_that_of_the_models_own_attentions():
    pytest.importorskip("transformers")
    model = networks.transformer_model()
    recording = model.hear(sample_sound())
    with torch.no_grad():
        attentions = model.network(
            model.called.prepare(recording.values), output_attentions=True
        ).attentions
    rolled = torch.eye(attentions[0].shape[-1])
    for weights in attentions:
        step = weights[0].mean(dim=0) + torch.eye(len(rolled))
        rolled = step / step.sum(dim=1, keepdim=True) @ rolled
    cells = rolled[0, 2:].reshape(1, 1, model.tokens.bands, model.tokens.frames)
    expected = torch.nn.functional.interpolate(cells, (64, 101), mode="bilinear")
    assert torch.allclose(
        explain(model, sample_sound(), "attention rollout").map, expected, atol=1e-6
    )


def test_wav2vec2_is_explained_on_waveforms():
    pytest.importorskip("transformers")
    model = networks.waveform_transformer_model()
    checks = states(model, sample_sound())
    assert checks["gradient is the slope"] == "ok" and checks["axes of Grad-CAM"] == "ok"
    assert checks["LRP"] == "not with this model"


@pytest.mark.parametrize(
    "make",
    [
        networks.picture_model,
        networks.conformer_model,
        strangers_models.recurrent_model,
        strangers_models.strange_model,
        strangers_models.waveform_model,
    ],
)
def test_networks_of_libraries_and_strangers_have_slopes(make):
    checks = states(make(), sample_sound())
    assert checks["gradient is the slope"] == "ok" and checks["alone as in a batch"] == "ok"


def test_three_channels_are_one():
    """The map of the one channel is the sum over the three that the picture network sees."""
    model = networks.picture_model()
    recording = model.hear(sample_sound())
    own = attribution.saliency(model.called, recording.values, 0, absolute=False)
    three = model.called.prepare(recording.values).requires_grad_()
    (slopes,) = torch.autograd.grad(model.network(three)[:, 0].sum(), three)
    assert torch.allclose(own, slopes.sum(dim=1, keepdim=True) / 25, atol=1e-7)


def test_pieces_of_a_forest_are_asked_as_a_function():
    model = strangers_models.forest_model()
    time = torch.arange(networks.RATE) / networks.RATE
    low = (0.2 * torch.sin(2 * torch.pi * 400 * time) + 0.01 * torch.randn(len(time)))[None]
    assert model.probabilities(low)[0, 0] > 0.9
    for method in ("occlusion", "Shapley values", "LIME"):
        few = {"permutations": 2} if method == "Shapley values" else {}
        found = explain(model, low, method, "low", **few)
        loudest = found.frequencies[int(found.map.sum(dim=3).argmax())]
        assert loudest < 1_500, method


def test_panns_cnn14_passes_the_door():
    """At its own width its weights load strictly, tests/models/test_cnn14.py; here it is narrow."""
    network = Cnn14(10, width=1 / 8, frames=501).eval()
    model = AudioModel(
        network,
        LogMel(32_000, hop_length=320),
        answer="logits",
        layer=network.conv_block6.conv2,
        time_axis=2,
    )
    sound = torch.randn(1, 160_000, generator=torch.Generator().manual_seed(0)) / 10
    checks = states(model, sound)
    assert checks["gradient is the slope"] == "ok" and checks["output"] == "ok"
