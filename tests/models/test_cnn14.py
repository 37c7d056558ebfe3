"""Cnn14: the published names and shapes, an architecture that explainers can hook, and losses that
train it.
"""

import pytest
import torch

from audioxai_lite import datasets
from audioxai_lite.course.clips import log_mel
from audioxai_lite.course.results import CHECKPOINTS, results
from audioxai_lite.models import checkpoint
from audioxai_lite.models.cnn14 import (
    Cnn14,
    cnn14_from_panns,
    cross_entropy_loss,
    drop_cells,
    missingness_loss,
)

CHANNELS = (1, 64, 128, 256, 512, 1024, 2048)


def published(classes=527):
    """Names and shapes of `Cnn14_mAP=0.431.pth`, after the PANNs' source."""
    shapes = {
        "spectrogram_extractor.stft.conv_real.weight": (513, 1, 1024),
        "logmel_extractor.melW": (513, 64),
    }
    shapes |= {"spectrogram_extractor.stft.conv_imag.weight": (513, 1, 1024)}
    norms = {"bn0": 64}
    for number, (into, out) in enumerate(zip(CHANNELS, CHANNELS[1:], strict=False), 1):
        shapes[f"conv_block{number}.conv1.weight"] = (out, into, 3, 3)
        shapes[f"conv_block{number}.conv2.weight"] = (out, out, 3, 3)
        norms |= {f"conv_block{number}.bn1": out, f"conv_block{number}.bn2": out}
    for name, size in norms.items():
        shapes |= {
            f"{name}.{part}": (size,) for part in ("weight", "bias", "running_mean", "running_var")
        }
        shapes[f"{name}.num_batches_tracked"] = ()
    shapes |= {"fc1.weight": (2048, 2048), "fc1.bias": (2048,)}
    shapes |= {"fc_audioset.weight": (classes, 2048), "fc_audioset.bias": (classes,)}
    return {name: torch.zeros(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("classes", [527, 10])
def test_published_weights_fit_at_width_one(classes):
    model = Cnn14(classes, width=1.0)
    head = model.output.weight.clone()
    model.load_state_dict(cnn14_from_panns(published(), model), strict=True)
    assert torch.equal(model.conv_block6.conv2.weight, torch.zeros(2048, 2048, 3, 3))
    assert torch.equal(model.output.weight, head if classes == 10 else torch.zeros(527, 2048))


def test_other_weights_do_not_pass_for_the_published_ones():
    model = Cnn14(10, width=1.0)
    state = published()
    del state["conv_block3.bn2.bias"]
    with pytest.raises(RuntimeError, match=r"conv_block3\.bn2\.bias"):
        model.load_state_dict(cnn14_from_panns(state, model), strict=True)


def by_hand(model, x):
    """The PANNs' forward pass, written with functions."""
    f = torch.nn.functional
    x = f.batch_norm(
        x.permute(0, 2, 1, 3),
        model.bn0.running_mean,
        model.bn0.running_var,
        model.bn0.weight,
        model.bn0.bias,
    )
    x = x.permute(0, 2, 3, 1)  # (batch, 1, time, frequency)
    for number in range(1, 7):
        block = getattr(model, f"conv_block{number}")
        for conv, norm in ((block.conv1, block.bn1), (block.conv2, block.bn2)):
            x = f.conv2d(x, conv.weight, padding=1)
            x = f.relu(f.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias))
        x = f.avg_pool2d(x, 2) if number < 6 else x
    x = x.mean(dim=3)
    x = x.amax(dim=2) + x.mean(dim=2)
    return model.output(f.relu(model.fc1(x)))


def test_forward_pass_is_the_panns():
    torch.manual_seed(0)
    model = Cnn14(7)
    values = 10 * torch.randn(4, 1, 64, 251) - 50
    model.train()(values)
    model.eval()
    with torch.no_grad():
        assert torch.allclose(model(values), by_hand(model, values), rtol=1e-3, atol=1e-5)


def test_every_activation_is_a_module_of_its_own():
    model, calls = Cnn14(3, n_mels=32, frames=64), []
    activations = [module for module in model.modules() if isinstance(module, torch.nn.ReLU)]
    for module in activations:
        module.register_forward_hook(lambda module, *_: calls.append(module))
    model(torch.zeros(2, 1, 32, 64))
    assert len(calls) == len(set(calls)) == len(activations) == 13


@pytest.mark.parametrize("shape", [(2, 1, 64, 250), (2, 1, 32, 251), (2, 64, 251), (2, 2, 64, 251)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"takes \(batch, 1, 64, 251\), not"):
        Cnn14(3)(torch.zeros(shape))


def test_too_small_an_input_is_refused():
    with pytest.raises(ValueError, match="at least 32"):
        Cnn14(3, frames=31)


def test_dropped_cells_are_squares_at_the_floor():
    values = torch.zeros(200, 1, 64, 251)
    dropped = drop_cells(values, torch.Generator().manual_seed(0))
    assert set(dropped.unique().tolist()) == {-100.0, 0.0} and (values == 0).all()
    share = (dropped == -100).float().mean(dim=(1, 2, 3))
    assert 0.35 < share.mean() < 0.55 and share.max() < 0.95 and share.min() < 0.1
    hidden, sizes = (dropped == -100).float(), set()
    for size in (32, 16, 8, 4, 2, 1):
        some, gap = (
            torch.nn.functional.max_pool2d(part, size, ceil_mode=True)
            for part in (hidden, 1 - hidden)
        )
        whole = (some * gap == 0).flatten(1).all(dim=1)  # each block is hidden, or is not
        sizes |= {size} if whole.any() else set()
        hidden = hidden[~whole]
    assert sizes >= {1, 2, 4, 8, 16}
    assert torch.equal(dropped, drop_cells(values, torch.Generator().manual_seed(0)))


def test_missingness_is_for_training_only():
    torch.manual_seed(0)
    model, values, target = (
        Cnn14(3, n_mels=32, frames=64),
        torch.randn(8, 1, 32, 64),
        torch.arange(8) % 3,
    )

    def loss(function):
        torch.manual_seed(0)
        return function(model, values, target, torch.Generator().manual_seed(0)).item()

    assert loss(missingness_loss) != loss(cross_entropy_loss)
    model.eval()
    assert loss(missingness_loss) == loss(cross_entropy_loss)


@pytest.mark.parametrize("data", ["environment", "esc10"])
def test_shipped_classifiers_reach_what_the_table_and_their_manifest_say(
    request, monkeypatch, data
):
    if data == "esc10":
        monkeypatch.setenv("AUDIOXAI_DATA", str(request.getfixturevalue("shared_data")))
    dataset = datasets.load(data).select(fold=5)
    values, target = log_mel(dataset), torch.tensor(dataset.table["target"].to_list())
    inputs = {
        "whole": values,
        "cells dropped": drop_cells(values, torch.Generator().manual_seed(0)),
    }
    for kind in ("plain", "robust"):
        model = Cnn14(10)
        entry = checkpoint.load(model, f"cnn14-{data}-{kind}", CHECKPOINTS)
        table = (
            results("classifier")
            .query("data == @data and test_fold == 5 and model == @kind")
            .set_index("input")
        )
        for name, clips in inputs.items():
            with torch.no_grad():
                accuracy = (model(clips).argmax(dim=1) == target).double().mean().item()
            one_clip_of_80 = 0.013
            assert accuracy == pytest.approx(table.loc[name, "accuracy"], abs=one_clip_of_80)
            assert accuracy == pytest.approx(entry["metrics"][f"test accuracy, {name}"], abs=0.013)
        assert kind == "plain" or table.loc["cells dropped", "accuracy"] > 0.5


@pytest.mark.parametrize("data", ["environment", "esc10"])
@pytest.mark.parametrize("kind", ["plain", "robust"])
def test_classifiers_are_neither_weak_nor_perfect(data, kind):
    """Over all five test folds."""
    table = results("classifier").query("data == @data and model == @kind and input == 'whole'")
    assert len(table) == 5 and 0.80 <= table["accuracy"].mean() <= 0.95
    assert table["accuracy"].min() >= 0.75 and table["seconds"].max() < 240
