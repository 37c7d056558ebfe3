"""What holds for every method: a clip is explained by itself, models may give and take what they
like, and the caller finds everything as it was.
"""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from audioxai_lite import attribution
from audioxai_lite.evaluation import completeness
from audioxai_lite.models.calling import Called
from audioxai_lite.models.cnn14 import cnn14_with_split_norms


def layer_of(model):
    return next(module for module in model.modules() if isinstance(module, nn.Conv2d))


GRADIENTS = {
    "saliency": lambda m, v, t, b: attribution.saliency(m, v, t),
    "SmoothGrad": lambda m, v, t, b: attribution.smoothgrad(m, v, t, samples=4),
    "integrated gradients": lambda m, v, t, b: attribution.integrated_gradients(m, v, t, 0.0, 8),
    "GradientSHAP": lambda m, v, t, b: attribution.gradient_shap(m, v, t, 0.0, samples=4),
    "Grad-CAM": lambda m, v, t, b: attribution.grad_cam(m, v, t, layer_of(m), time_axis=3),
}
HOOKED = {
    "Deep SHAP": lambda m, v, t, b: attribution.deep_shap(m, v, t, b),
    "LRP": lambda m, v, t, b: attribution.lrp(m, v, t),
}
PERTURBATIONS = {
    "occlusion": lambda m, v, t, b: attribution.occlusion(m, v, t, (16, 32), (16, 32), 0.0),
    "Shapley": lambda m, v, t, b: attribution.shapley(m, v, t, attribution.grid(v, 16, 32), 0.0),
    "LIME": lambda m, v, t, b: attribution.lime(m, v, t, attribution.grid(v, 16, 32), samples=30),
}
METHODS = GRADIENTS | HOOKED | PERTURBATIONS


@pytest.mark.parametrize("name", METHODS)
def test_a_clip_is_explained_by_itself(classifier, values, background, name):
    explain, model, clips = METHODS[name], classifier, values
    if name == "LRP":
        normalise, model = cnn14_with_split_norms(classifier)
        clips = normalise(values)
    targets = torch.tensor([2, 0, 1])
    together = explain(model, clips, targets, background)
    assert together.shape == values.shape and together.isfinite().all() and together.abs().sum() > 0
    assert not together.requires_grad
    alone = torch.cat(
        [explain(model, clips[n : n + 1], int(targets[n]), background) for n in range(3)]
    )
    assert torch.allclose(alone, together, rtol=1e-3, atol=1e-5 * together.abs().max())
    other = explain(model, clips[:1], 3, background)
    assert not torch.allclose(other, together[:1], rtol=1e-2)


@pytest.mark.parametrize(
    "name",
    ["saliency", "SmoothGrad", "integrated gradients", "GradientSHAP", "occlusion", "Shapley"],
)
def test_a_detector_is_explained_too(score, values, name):
    result = METHODS[name](score, (values + 50) / 10, None, None)
    assert result.shape == values.shape and result.abs().sum() > 0
    assert all(parameter.grad is None for parameter in score.parameters())


class Wrapped(nn.Module):
    def __init__(self, inner, wrap):
        super().__init__()
        self.inner, self.wrap = inner, wrap

    def forward(self, x):
        return self.wrap(self.inner(x))


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(
    ("wrap", "output", "described"),
    [
        (lambda y: {"clipwise_output": y, "embedding": 0}, "clipwise_output", "'embedding'"),
        (lambda y: (0, y), 1, "a tuple of 2"),
        (lambda y: [y], lambda parts: parts[0], "a list of 1"),
    ],
)
def test_results_with_parts_are_named_or_unpacked(
    small, values, background, name, wrap, output, described
):
    values, model = values[:1] / 50, Wrapped(small, wrap)
    with pytest.raises(ValueError, match=f"the model gives .*{described}.*output="):
        METHODS[name](model, values, 1, background)
    expected = METHODS[name](small, values, 1, background)
    assert torch.equal(METHODS[name](Called(model, output), values, 1, background), expected)


class Cut(nn.Module):
    def __init__(self, inner, context):
        super().__init__()
        self.inner, self.context = inner, context

    def forward(self, x):
        with self.context():
            return self.inner(x.detach())


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode, torch.enable_grad])
@pytest.mark.parametrize("name", METHODS)
def test_a_model_that_cuts_gradients_says_so(small, values, background, name, context):
    model, values = Cut(small, context), values[:1] / 50
    if name in PERTURBATIONS or (name, context) == ("Grad-CAM", torch.enable_grad):
        expected = METHODS[name](small, values, 1, background)
        assert torch.equal(METHODS[name](model, values, 1, background), expected)
        return
    with pytest.raises(ValueError, match="cuts gradients .*: use occlusion, LIME or Shapley"):
        METHODS[name](model, values, 1, background)


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("name", METHODS)
def test_callers_may_have_switched_gradients_off(small, values, background, name, context):
    expected = METHODS[name](small, values[:1] / 50, 1, background)
    small.requires_grad_(False)
    with context():
        result = METHODS[name](small, values[:1] / 50, 1, background.clone())
    assert torch.equal(result, expected)


@pytest.mark.parametrize(
    "target",
    [
        np.int64(2),
        torch.tensor(2),
        np.array(2),
        [2, 2, 2],
        np.array([2, 2, 2], np.uint8),
        torch.tensor([2, 2, 2], dtype=torch.int32),
        torch.tensor([2.0, 2.0, 2.0]),
        True + 1,
    ],
    ids=repr,
)
def test_a_class_is_any_whole_number(small, values, target):
    values = values / 50
    expected = attribution.saliency(small, values, 2)
    assert torch.equal(attribution.saliency(small, values, target), expected)
    total = attribution.integrated_gradients(small, values, 2)
    assert torch.equal(
        completeness.completeness(total, small, values, target),
        completeness.completeness(total, small, values, 2),
    )


class InPlace(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        x.clamp_(min=-80).add_(60).div_(20)
        return self.inner(x)


class Clean(InPlace):
    def forward(self, x):
        return self.inner((x.clamp(min=-80) + 60) / 20)


@pytest.mark.parametrize(
    "name", sorted(set(METHODS) - {"Deep SHAP", "LRP"})
)  # these refuse the clamp
def test_a_model_that_changes_its_input_gets_a_copy(small, values, background, name):
    before = values.clone(), background.clone()
    results = [METHODS[name](InPlace(small), values, 1, background) for _ in range(2)]
    assert torch.equal(values, before[0]) and torch.equal(background, before[1])
    expected = METHODS[name](Clean(small), values, 1, background)
    assert torch.equal(*results) and torch.allclose(results[0], expected, atol=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_a_double_precision_model_is_explained_as_others(small, values, background, name):
    values = values[:1] / 50
    expected = METHODS[name](small, values, 1, background / 50)
    result = METHODS[name](copy.deepcopy(small).double(), values, 1, background / 50)
    assert result.dtype == torch.float32
    assert torch.allclose(result, expected, rtol=1e-3, atol=1e-4 * expected.abs().max())


@pytest.mark.parametrize("kind", ["numpy", "float64", "half", "strided", "grad", "bool", "int"])
@pytest.mark.parametrize("name", METHODS)
def test_numbers_of_every_type_are_taken(small, values, background, name, kind):
    values = (values[:1] / 10).round()
    values = (values > -5).float() if kind == "bool" else values
    changed = {
        "numpy": lambda x: x.numpy().astype(np.float64),
        "float64": torch.Tensor.double,
        "half": torch.Tensor.half,
        "strided": lambda x: torch.stack([x, -x], dim=-1)[..., 0],
        "grad": lambda x: x.clone().requires_grad_(),
        "bool": torch.Tensor.bool,
        "int": torch.Tensor.int,
    }[kind]
    usual = (background > -60).float()
    expected = METHODS[name](small, values, 1, usual)
    result = METHODS[name](small, changed(values), 1, changed(usual))
    assert torch.allclose(result, expected, rtol=1e-4, atol=1e-5 * expected.abs().max())


@pytest.mark.parametrize("name", METHODS)
def test_everything_is_left_as_it_was(small, values, background, name):
    small.train()
    small.relu.eval()
    small.conv.weight.requires_grad_(False)
    values, background = (values / 50).requires_grad_(), background / 50
    clips, state = values.detach().clone(), copy.deepcopy(small.state_dict())
    attributes = [set(vars(module)) for module in small.modules()]
    random = torch.get_rng_state(), np.random.get_state()[1].copy()
    METHODS[name](small, values, 1, background)
    assert small.training and not small.relu.training and small.out.training
    assert [p.requires_grad for p in small.parameters()] == [False, True, True, True]
    assert all(parameter.grad is None for parameter in small.parameters())
    assert list(small.state_dict()) == list(state)
    assert all(torch.equal(value, state[key]) for key, value in small.state_dict().items())
    assert [set(vars(module)) for module in small.modules()] == attributes
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    assert not any(getattr(module, hook) for module in small.modules() for hook in hooks)
    assert torch.equal(values, clips) and values.requires_grad and values.grad is None
    assert torch.equal(torch.get_rng_state(), random[0])
    assert (np.random.get_state()[1] == random[1]).all()


class Root(nn.Module):
    """Its gradient at 0 is infinite."""

    def forward(self, x):
        return x.abs().sqrt().mean(dim=(1, 2, 3))


@pytest.mark.parametrize("name", METHODS)
def test_a_model_that_gives_nan_is_refused(small, values, background, name):
    model = Wrapped(small, lambda y: y * torch.nan)
    with pytest.raises(ValueError, match="the model gives NaN"):
        METHODS[name](model, values[:1], 1, background)


@pytest.mark.parametrize(
    ("explain", "words"),
    [
        (lambda c, s, v, b: attribution.saliency(c, v), "name the class, or declare a score"),
        (lambda c, s, v, b: attribution.saliency(s, v, 1), "leave the target out"),
        (lambda c, s, v, b: attribution.saliency(c, v, 9), "target lies between 0 and 3"),
        (lambda c, s, v, b: attribution.saliency(c, v, -1), "target lies between 0 and 3"),
        (lambda c, s, v, b: attribution.saliency(c, v, 1.5), "target is a class"),
        (lambda c, s, v, b: attribution.saliency(c, v[0], 1), "shape"),
        (lambda c, s, v, b: attribution.saliency(c, v[:0], 1), "no clip"),
        (lambda c, s, v, b: attribution.saliency(c, v * torch.nan, 1), "NaN or infinity in clip 0"),
        (lambda c, s, v, b: attribution.saliency(c, v, [1]), "one for each of 3 clips"),
        (lambda c, s, v, b: attribution.saliency(Root(), 0 * v), "the map of clip 0 .*not finite"),
        (lambda c, s, v, b: attribution.saliency(nn.Identity(), v), "not .batch,. or .batch, cl"),
        (
            lambda c, s, v, b: attribution.gradient_shap(c, v, 1, b * torch.nan),
            "background hold NaN or infinity in clip 0",
        ),
        (
            lambda c, s, v, b: attribution.gradient_shap(c, v, 1, b[:0]),
            r"background clips have the shape \(clips, 1, 32, 64\), not \(0, 1, 32, 64\)",
        ),
        (
            lambda c, s, v, b: attribution.occlusion(c, v, 1, baseline=float("nan")),
            "baseline hold NaN",
        ),
        (
            lambda c, s, v, b: attribution.integrated_gradients(c, v, 1, v),
            "one baseline serves all clips",
        ),
        (
            lambda c, s, v, b: attribution.integrated_gradients(c, v, 1, v[..., :9]),
            "baseline clips have the shape",
        ),
    ],
)
def test_what_does_not_fit_is_explained(classifier, score, values, background, explain, words):
    with pytest.raises(ValueError, match=words):
        explain(classifier, score, values, background)
