"""Grad-CAM against Captum's, and where it lies."""

import captum.attr
import pytest
import torch
from torch import nn

from audioxai_lite import attribution
from audioxai_lite.models.cnn14 import Cnn14
from audioxai_lite.published import faithful_ad, posthoc_audio


@pytest.mark.parametrize("positive", [True, False])
def test_grad_cam_is_captums(classifier, values, positive):
    layer = classifier.conv_block6.conv2
    cells = captum.attr.LayerGradCam(classifier, layer).attribute(
        values, target=1, relu_attributions=positive
    )
    expected = nn.functional.interpolate(
        cells.transpose(2, 3), values.shape[2:], mode="bilinear", align_corners=False
    )
    result = attribution.grad_cam(classifier, values, 1, layer, time_axis=2, positive=positive)
    assert torch.allclose(result, expected.detach(), rtol=1e-4, atol=1e-6)
    published = posthoc_audio.grad_cam(classifier, values, 1, layer, positive)
    assert torch.equal(
        published, attribution.grad_cam(classifier, values, 1, layer, 3, positive=positive)
    )


def content(rows=slice(None), columns=slice(None)):
    """A clip whose only content is one band, or one instant."""
    clip = torch.full((1, 1, 64, 256), -100.0)
    clip[..., rows, columns] = 0
    return clip


class Energy(Cnn14):
    """Cnn14's axes, and weights that make every layer pass energy on, each place to itself."""

    def __init__(self):
        super().__init__(1, width=1 / 64, n_mels=64, frames=256)
        self.eval()
        with torch.no_grad():
            self.bn0.running_mean.fill_(-100.0)
            for parameter in self.parameters():
                parameter.fill_(1 / parameter.shape[1] if parameter.ndim == 2 else 0.0)
            for module in self.modules():
                if isinstance(module, nn.Conv2d):
                    module.weight[:, :, 1, 1] = 1 / module.in_channels
                if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                    module.weight.fill_(1.0)


def test_grad_cam_lies_where_the_sound_is():
    """One band, then one instant: the orientation, which the published code swaps."""
    model = Energy()
    layer = model.conv_block6.conv2
    band = attribution.grad_cam(model, content(rows=slice(32, 64)), 0, layer, time_axis=2)[0, 0]
    assert (
        band[40:].mean() > 5 * band[:24].mean() and band[48, 64:192].std() < 0.2 * band[48].mean()
    )
    click = content(columns=slice(64, 96))
    instant = attribution.grad_cam(model, click, 0, layer, time_axis=2)[0, 0]
    assert instant[:, 60:100].mean() > 5 * instant[:, 150:].mean()
    assert instant[8:56, 80].std() < 0.2 * instant[:, 80].mean()
    published = posthoc_audio.grad_cam(model, click, 0, layer)[0, 0]
    assert not torch.allclose(published, instant)
    assert published[16:24].mean() > 3 * published[40:].mean()  # time, laid along frequency


class TimeFirst(nn.Module):
    """A stranger's network: time comes first inside, activations are functions and in place."""

    def __init__(self):
        super().__init__()
        self.conv, self.unused = nn.Conv2d(1, 1, 1), nn.Conv2d(1, 1, 1)
        self.conv1d = nn.Conv1d(32, 2, 1)
        nn.init.ones_(self.conv.weight)

    def forward(self, x):
        x = torch.relu_(self.conv(x.transpose(2, 3) + 100))
        return x.mean(dim=(1, 2, 3)) + 0 * self.conv1d(x[:, 0].transpose(1, 2)).mean(dim=(1, 2))


def test_a_click_is_an_instant_along_the_declared_axis():
    model, click = TimeFirst(), torch.full((1, 1, 32, 48), -100.0)
    click[..., 20] = 0
    found = attribution.grad_cam(model, click, None, model.conv, time_axis=2)[0, 0]
    assert found.argmax(dim=1).unique().tolist() == [20]
    assert found.std(dim=0).max() < 1e-3 * found.max()


@pytest.mark.parametrize(
    ("layer", "time_axis", "words"),
    [
        ("conv", None, "declare the time axis of the layer.s output, 2 or 3 .*, not None"),
        ("conv", 1, "four axes has time along axis 2 or 3, not 1"),
        ("conv1d", 3, "three axes has time along axis 1 or 2, not 3"),
        ("unused", 2, "does not call this layer, Conv2d"),
    ],
)
def test_what_must_be_declared_is_named(layer, time_axis, words):
    model = TimeFirst()
    with pytest.raises(ValueError, match=words):
        attribution.grad_cam(
            model, torch.zeros(1, 1, 32, 48), None, getattr(model, layer), time_axis
        )
    assert not any(module._forward_hooks for module in model.modules())


def test_a_detector_is_asked_before_its_decoder(score, values):
    found = faithful_ad.METHODS["Grad-CAM"](score, (values + 50) / 10)
    assert found.shape == values.shape and found.sum() > 0
    last = [
        module for module in score.network.detector.down.modules() if isinstance(module, nn.Conv2d)
    ][-1]
    expected = attribution.grad_cam(score, (values + 50) / 10, None, last, time_axis=3)
    assert torch.equal(found, expected)
