"""Networks for a second of speech: small, learnable, and open to relevance."""

import pytest
import torch
from torch import nn

from audioxai_lite import attribution
from audioxai_lite.datasets import voices
from audioxai_lite.models import checkpoint, digits
from audioxai_lite.models.training import fit
from audioxai_lite.sound.spectrogram import LogStft

NETWORKS = {"waveform": digits.waveform_network, "spectrogram": digits.spectrogram_network}


def inputs_of(kind, dataset):
    waveforms = torch.cat([clip.waveform for clip in dataset])
    if kind == "waveform":
        return waveforms
    feature = LogStft(digits.SAMPLE_RATE, digits.WINDOW, digits.HOP)
    return (feature(waveforms).values - digits.MEAN) / digits.SCALE


@pytest.mark.parametrize("kind", NETWORKS)
def test_shipped_it_takes_less_than_150_kilobytes(kind, tmp_path):
    network = NETWORKS[kind]()
    checkpoint.save(network, kind, "a test", 0, {}, tmp_path)
    assert (tmp_path / f"{kind}.safetensors").stat().st_size < 150_000


@pytest.mark.parametrize("kind", NETWORKS)
def test_it_learns_a_register_from_a_few_voices_and_tells_others(kind):
    parts = voices.load(speakers=10, takes=2, task="register")
    train, test = parts.select(fold=[1, 2, 3, 4]), parts.select(fold=5)
    torch.manual_seed(0)
    network, entropy = NETWORKS[kind](2), nn.CrossEntropyLoss()
    labels = torch.tensor(train.table["target"].to_numpy())
    fit(
        network,
        lambda model, x, y, generator: entropy(model(x), y),
        (inputs_of(kind, train), labels),
        None,
        epochs=6,
        learning_rate=4e-3,
        keep="last",
        progress=False,
    )
    with torch.no_grad():
        found = network(inputs_of(kind, test)).argmax(dim=1)
    assert (found == torch.tensor(test.table["target"].to_numpy())).float().mean() >= 0.9


@pytest.mark.parametrize("kind", NETWORKS)
def test_relevance_keeps_its_sum_on_inputs_of_both_signs(kind):
    torch.manual_seed(0)
    network = NETWORKS[kind]().eval()
    for name, weights in network.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(weights)
    values = inputs_of(kind, voices.load(speakers=1, takes=1))[:4]
    assert (values < 0).any() and (values > 0).any()
    target = network(values).argmax(dim=1)
    if kind == "waveform":  # maps have two axes; of samples the first has one row
        values, network = values[:, None, None], nn.Sequential(nn.Flatten(), *network)
    relevance = attribution.lrp(network, values, target)
    outputs = network(values).gather(1, target[:, None])[:, 0]
    torch.testing.assert_close(relevance.flatten(1).sum(dim=1), outputs, rtol=0.01, atol=1e-4)
