"""Every attribution against Captum, shap and lime called by hand, or against an independent
computation.
"""

import copy
import itertools
import math

import captum.attr
import numpy as np
import pytest
import shap
import torch
from lime.lime_image import LimeImageExplainer
from skimage.color import gray2rgb
from torch import nn

from audioxai_lite import attribution, detection
from audioxai_lite.attribution.shapley import _OneOutput
from audioxai_lite.evaluation import completeness
from audioxai_lite.models.autoencoder import Autoencoder, DenseAutoencoder
from audioxai_lite.models.cnn14 import Cnn14, with_folded_norms
from audioxai_lite.published import posthoc_audio

SHAPE = (1, 32, 64)
CLASSES = 4


@pytest.fixture(scope="module")
def values():
    return 10 * torch.randn(3, *SHAPE, generator=torch.Generator().manual_seed(0)) - 50


@pytest.fixture(scope="module")
def background():
    return 10 * torch.randn(12, *SHAPE, generator=torch.Generator().manual_seed(1)) - 60


@pytest.fixture(scope="module")
def classifier(background):
    """Untrained, but with the normalisations at home in the data, and a head that tells the classes
    apart.
    """
    torch.manual_seed(0)
    model = Cnn14(CLASSES, width=0.125, n_mels=32, frames=64)
    with torch.no_grad():
        model.train()
        for _ in range(30):
            model(torch.cat([background, background + 15, background - 30 * (background > -60)]))
        model.output.weight *= 30
    return model.eval()


@pytest.fixture(scope="module")
def score():
    torch.manual_seed(0)
    return detection.Score(Autoencoder(n_mels=32, frames=64)).eval()


METHODS = {
    "saliency": {},
    "smoothgrad": {},
    "integrated_gradients": {"baseline": 0.0},
    "gradient_shap": {"background": 0.0},
    "grad_cam": {},
    "occlusion": {"baseline": 0.0},
}
CLASSIFIER_ONLY = ("deep_shap", "gradient_at_background", "shapley", "lime", "lrp")


def call(name, model, values, target, background):
    options = dict(METHODS.get(name, {}))
    if name in ("deep_shap", "gradient_at_background"):
        options["background"] = background
    if name == "lime":
        options["samples"] = 50
    if name == "shapley":
        options["segments"] = attribution.grid(values, 16, 32)
    home = posthoc_audio if name == "gradient_at_background" else attribution
    return getattr(home, name)(model, values, target, **options)


@pytest.mark.parametrize("name", [*METHODS, *CLASSIFIER_ONLY])
def test_a_clip_is_explained_by_itself(classifier, values, background, name):
    targets = torch.tensor([2, 0, 1])
    together = call(name, classifier, values, targets, background)
    assert together.shape == values.shape and together.isfinite().all() and together.abs().sum() > 0
    assert not together.requires_grad
    alone = torch.cat(
        [call(name, classifier, values[n : n + 1], int(targets[n]), background) for n in (2, 1, 0)]
    ).flip(0)
    assert torch.allclose(alone, together, rtol=1e-3, atol=1e-5 * together.abs().max())
    other = call(name, classifier, values[:1], 3, background)
    assert not torch.allclose(other, together[:1], rtol=1e-2)


@pytest.mark.parametrize("name", METHODS)
def test_a_detector_is_explained_too(score, values, name):
    standardised = (values + 50) / 10
    result = call(name, score, standardised, None, None)
    assert result.shape == values.shape and result.abs().sum() > 0
    assert all(parameter.grad is None for parameter in score.parameters())


def test_error_map_is_what_the_score_is_the_mean_of(score, values):
    standardised = (values + 50) / 10
    result = attribution.error_map(score, standardised)
    with torch.no_grad():
        assert torch.allclose(result.mean(dim=(1, 2, 3)), score(standardised), rtol=1e-5)
        detector = score.detector
        assert torch.allclose(
            result, detector.errors(standardised * detector.scale + detector.mean), atol=1e-4
        )


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(
    "make", [lambda: Cnn14(CLASSES, n_mels=32, frames=64), lambda: Autoencoder(32, 64)]
)
def test_gradients_are_right(make, training):
    """Against finite differences in double precision: in another memory layout torch's own can be
    wrong.
    """
    torch.manual_seed(0)
    model = make().train(training)
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    x = torch.randn(4, *SHAPE).requires_grad_()
    model(x).square().mean().backward()
    direction, exact, step = torch.randn(x.shape), copy.deepcopy(model).double(), 1e-5
    with torch.no_grad():
        ahead, behind = (
            exact(x.double() + sign * step * direction).square().mean() for sign in (1, -1)
        )
    assert (x.grad * direction).sum().item() == pytest.approx(
        ((ahead - behind) / (2 * step)).item(), rel=0.02
    )


@pytest.mark.parametrize("absolute", [True, False])
def test_saliency_is_the_gradient(classifier, values, absolute):
    x = values.clone().requires_grad_()
    classifier(x)[:, 2].sum().backward()
    expected = x.grad.abs() if absolute else x.grad
    assert torch.allclose(
        attribution.saliency(classifier, values, 2, absolute=absolute),
        expected,
        rtol=1e-5,
        atol=1e-9,
    )


@pytest.mark.parametrize("absolute", [True, False])
def test_smoothgrad_is_captums(classifier, values, absolute):
    torch.manual_seed(3)
    expected = captum.attr.NoiseTunnel(captum.attr.Saliency(classifier)).attribute(
        values[:1].clone(), nt_type="smoothgrad", nt_samples=25, stdevs=2.0, target=1, abs=absolute
    )
    result = attribution.smoothgrad(
        classifier, values[:1], 1, absolute, sigma=2.0, batch_size=25, seed=3
    )
    assert torch.allclose(result, expected, rtol=1e-4, atol=1e-5 * expected.abs().max())


def test_integrated_gradients_are_captums_and_complete(classifier, values):
    expected = captum.attr.IntegratedGradients(classifier).attribute(
        values, baselines=-100.0, target=1, n_steps=50
    )
    result = attribution.integrated_gradients(classifier, values, 1)
    assert torch.allclose(result, expected, rtol=1e-4, atol=1e-5 * expected.abs().max())
    residuals = [
        completeness.completeness(
            attribution.integrated_gradients(classifier, values, 1, steps=steps),
            classifier,
            values,
            1,
        )
        for steps in (10, 600)
    ]
    assert residuals[1].abs().max() < 0.05 < 0.5 * residuals[0].abs().max(), residuals


def test_gradient_shap_is_captums(classifier, values, background):
    torch.manual_seed(5)
    np.random.seed(5)
    expected = captum.attr.GradientShap(classifier).attribute(
        values[:1], background, n_samples=25, stdevs=0.09, target=1
    )
    result = attribution.gradient_shap(classifier, values[:1], 1, background, seed=5)
    assert torch.allclose(result, expected, rtol=1e-4, atol=1e-5 * expected.abs().max())


def test_occlusion_is_the_fall_of_the_output(classifier, values):
    result = attribution.occlusion(classifier, values[:1], 1, window=(16, 32), step=(16, 32))
    for row, column in itertools.product((0, 16), (0, 32)):
        hidden = values[:1].clone()
        hidden[..., row : row + 16, column : column + 32] = -100.0
        with torch.no_grad():
            fall = (classifier(values[:1]) - classifier(hidden))[0, 1]
        window = result[0, 0, row : row + 16, column : column + 32]
        assert torch.allclose(window, fall.expand_as(window), rtol=1e-3, atol=1e-4)


def test_grad_cam_by_hand(classifier, values):
    kept = []
    handle = classifier.conv_block6.conv2.register_forward_hook(
        lambda module, x, y: (y.retain_grad(), kept.append(y))[2:] or None
    )
    classifier(values)[:, 1].sum().backward()
    handle.remove()
    weights = kept[0].grad.mean(dim=(2, 3), keepdim=True)
    cells = (weights * kept[0]).sum(dim=1, keepdim=True).transpose(2, 3)
    for positive in (True, False):
        part = cells.relu() if positive else cells
        expected = nn.functional.interpolate(part, SHAPE[1:], mode="bilinear", align_corners=False)
        result = attribution.grad_cam(classifier, values, 1, positive=positive)
        assert torch.allclose(result, expected.detach(), rtol=1e-4, atol=1e-6)
    classifier.zero_grad(set_to_none=True)


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
                if isinstance(module, nn.BatchNorm2d):
                    module.weight.fill_(1.0)


def test_grad_cam_lies_where_the_sound_is():
    """One band, then one instant: the orientation, which the published code swaps."""
    model = Energy()
    band = attribution.grad_cam(model, content(rows=slice(32, 64)), 0)[0, 0]
    assert (
        band[40:].mean() > 5 * band[:24].mean() and band[48, 64:192].std() < 0.2 * band[48].mean()
    )
    instant = attribution.grad_cam(model, content(columns=slice(64, 96)), 0)[0, 0]
    assert instant[:, 60:100].mean() > 5 * instant[:, 150:].mean()
    assert instant[8:56, 80].std() < 0.2 * instant[:, 80].mean()
    published = attribution.grad_cam(model, content(columns=slice(64, 96)), 0, as_published=True)[
        0, 0
    ]
    assert not torch.allclose(published, instant)
    assert published[16:24].mean() > 3 * published[40:].mean()  # time, laid along frequency


def test_deep_shap_is_additive_and_does_not_depend_on_the_batch(classifier, values, background):
    result = attribution.deep_shap(classifier, values, 1, background)
    with torch.no_grad():
        due = classifier(values)[:, 1] - classifier(background)[:, 1].mean()
    assert torch.allclose(result.sum(dim=(1, 2, 3)), due, atol=1e-4 * due.abs().max())
    assert completeness.completeness(result, classifier, values, 1, background).abs().max() < 1e-3
    other = attribution.deep_shap(classifier, values[:1], 1, background, batch_size=5)
    assert torch.allclose(other, result[:1], rtol=1e-3, atol=1e-4 * result.abs().max())


def test_deep_shap_is_shaps(classifier, values, background):
    one = _OneOutput(classifier, 1)
    expected = shap.DeepExplainer(one, background).shap_values(values[:1], check_additivity=True)
    result = attribution.deep_shap(classifier, values[:1], 1, background)
    assert np.allclose(
        result.numpy().ravel(), expected.ravel(), rtol=1e-3, atol=1e-4 * np.abs(expected).max()
    )


def test_deep_shap_is_exact_for_a_sum(background, values):
    """Each bin enters through its own activation: the Shapley value is known."""

    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu = nn.ReLU()

        def forward(self, x):
            return self.relu(x + 50).flatten(1).sum(dim=1, keepdim=True)

    result = attribution.deep_shap(Sum(), values, 0, background)
    expected = (values + 50).relu() - (background + 50).relu().mean(dim=0)
    assert torch.allclose(result, expected, atol=1e-3)


def test_what_is_published_as_deep_shap_is_the_gradient_at_the_background(
    classifier, values, background
):
    x = background.clone().requires_grad_()
    classifier(x)[:, 1].sum().backward()
    expected = (x.grad * (values[:1] - background)).mean(dim=0)
    result = posthoc_audio.gradient_at_background(classifier, values[:1], 1, background)[0]
    assert torch.allclose(result, expected, rtol=1e-3, atol=1e-5 * expected.abs().max())
    classifier.zero_grad(set_to_none=True)


def test_activations_called_as_functions_leave_deep_explainer_that_gradient(values, background):
    class Functional(torch.nn.Module):
        """As in the public code: no activation is a module."""

        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.first, self.last = torch.nn.Linear(values[0].numel(), 8), torch.nn.Linear(8, 2)

        def forward(self, x):
            return self.last(torch.relu(self.first(x.flatten(1) / 100)))

    model = Functional()
    theirs = shap.DeepExplainer(model, background).shap_values(values[:1], check_additivity=False)[
        ..., 1
    ]
    ours = posthoc_audio.gradient_at_background(model, values[:1], 1, background)
    assert np.allclose(theirs, ours.numpy(), rtol=1e-3, atol=1e-6)
    hooked = attribution.deep_shap(
        torch.nn.Sequential(torch.nn.Flatten(), Scale(), model.first, torch.nn.ReLU(), model.last),
        values[:1],
        1,
        background,
    )
    assert not np.allclose(theirs, hooked.numpy(), rtol=0.05, atol=1e-4)


class Scale(torch.nn.Module):
    def forward(self, x):
        return x / 100


def values_by_enumeration(worth, players):
    """The definition: the mean, over all orders, of what a player adds to those who came before."""
    total = dict.fromkeys(range(players), 0.0)
    for order in itertools.permutations(range(players)):
        for place, player in enumerate(order):
            total[player] += worth(order[: place + 1]) - worth(order[:place])
    return {player: value / math.factorial(players) for player, value in total.items()}


@pytest.mark.parametrize("fill", ["mean", -100.0])
def test_shapley_values_are_those_of_all_orders(classifier, values, fill):
    segments = attribution.grid(values, 16, 32)  # four of them
    result = attribution.shapley(classifier, values, 1, segments, fill)
    for clip, mine, found in zip(values, segments, result, strict=True):
        means = {
            n: clip[mine == n].mean() if fill == "mean" else torch.tensor(fill) for n in range(4)
        }

        def worth(present, clip=clip, mine=mine, means=means):
            mixed = clip.clone()
            for n in set(range(4)) - set(present):
                mixed[mine == n] = means[n]
            with torch.no_grad():
                return classifier(mixed[None])[0, 1].item()

        for n, value in values_by_enumeration(worth, 4).items():
            assert torch.allclose(found[mine == n], torch.tensor(value), rtol=1e-4, atol=1e-4)
        shares = torch.stack([found[mine == n][0] for n in range(4)])
        assert shares.sum().item() == pytest.approx(worth(range(4)) - worth(()), rel=1e-4, abs=1e-4)


def test_shapley_values_by_random_orders_come_near(classifier, score, values):
    segments = attribution.grid(values, 8, 32)  # eight of them
    exact = attribution.shapley(classifier, values[:1], 1, segments[:1], "mean")
    errors = [
        (
            attribution.shapley(classifier, values[:1], 1, segments[:1], "mean", permutations=n)
            - exact
        )
        .abs()
        .max()
        for n in (2, 200)
    ]
    assert 0 < errors[1] < 0.3 * errors[0] and errors[1] < 0.2 * exact.abs().max()
    detected = attribution.shapley(score, (values + 50) / 10, None, segments, fill=0.0)
    with torch.no_grad():
        due = score((values + 50) / 10) - score(torch.zeros(1, *SHAPE))
    assert torch.allclose(detected[:, 0, ::8, ::32].sum(dim=(1, 2)), due, rtol=1e-3)


def test_perturb_keeps_and_replaces(values):
    segments = attribution.grid(values[:1], 16, 32) + 5
    kept = torch.tensor([[1, 1, 1, 1], [0, 1, 0, 1]])
    whole, part = attribution.perturb(values[:1], segments, kept)
    assert torch.equal(whole, values[0])
    assert torch.equal(part[:, :, 32:], values[0, :, :, 32:])
    assert torch.allclose(part[0, :16, :32], values[0, 0, :16, :32].mean())
    assert (attribution.perturb(values[:1], segments, kept, -80.0)[1, :, :, :32] == -80).all()


@pytest.mark.parametrize("fill", ["mean", -100.0])
def test_lime_is_limes_own_image_explainer(classifier, values, fill):
    clip = values[:1]
    segments = attribution.grid(clip, 8, 16)
    result = attribution.lime(classifier, clip, 2, segments, fill=fill, samples=60, seed=7)
    assert result.abs().max() > 0.1  # of a class that is out of the question everything is 0

    def predict(pictures):
        x = torch.from_numpy(pictures[..., 0]).float()[:, None]
        with torch.no_grad():
            return classifier(x).softmax(dim=1).numpy().astype(np.float64)

    explanation = LimeImageExplainer(random_state=7).explain_instance(
        gray2rgb(clip[0, 0].double().numpy()),
        predict,
        labels=(2,),
        top_labels=None,
        num_samples=60,
        hide_color=None if fill == "mean" else fill,
        segmentation_fn=lambda picture: segments[0, 0].numpy(),
    )
    expected = dict(explanation.local_exp[2])
    for segment, weight in expected.items():
        found = result[segments == segment]
        assert torch.allclose(found, torch.tensor(weight).float().expand_as(found), atol=1e-5), (
            segment
        )


def test_lime_does_not_depend_on_the_batch_size(classifier, values):
    results = [
        attribution.lime(classifier, values[:1], 2, fill=-100.0, samples=40, batch_size=n)
        for n in (7, 40)
    ]
    assert torch.allclose(*results, atol=1e-6) and results[0].abs().max() > 0.01


class Levels(nn.Module):
    """Its probability of class 1 is nearly linear in the levels of the first rows, and knows
    nothing of the others.
    """

    def forward(self, x):
        logit = (x[:, 0, :16].mean(dim=(1, 2)) + 60) / 400
        return torch.stack([torch.zeros_like(logit), logit], dim=1)


def test_surrogate_fit_tells_a_linear_model_from_a_wrong_one(values):
    segments = attribution.grid(values, 8, 16)
    weights = attribution.lime(Levels(), values, 1, segments, fill=-100.0, samples=200)
    fit = completeness.surrogate_fit(weights, Levels(), values, 1, segments, -100.0)
    assert fit.shape == (3,) and (fit > 0.99).all()
    wrong = weights.flip(2)  # the weights of rows that the model does not use
    assert (completeness.surrogate_fit(wrong, Levels(), values, 1, segments, -100.0) < 0.2).all()
    part = completeness.surrogate_fit(
        weights * (segments % 2), Levels(), values, 1, segments, -100.0
    )
    assert ((part > 0.1) & (part < 0.9)).all()


def test_superpixels_and_grids_cover_the_clip(values):
    segments = attribution.superpixels(values)
    assert segments.shape == values.shape and segments.dtype == torch.int64
    assert all(set(clip.unique().tolist()) == set(range(clip.max() + 1)) for clip in segments)
    tiles = attribution.grid(values, 8, 16)
    assert tiles[0, 0, ::8, ::16].flatten().tolist() == list(range(16)) and torch.equal(
        tiles[0], tiles[2]
    )
    assert (tiles[0] == 5).sum() == 8 * 16


def test_lrp_conserves_and_epsilon_is_gradient_times_input(classifier, values):
    result = attribution.lrp(classifier, values, 1)
    conserved = completeness.conservation(result, classifier, values, 1)
    assert torch.allclose(conserved, torch.ones(3), atol=0.1), conserved
    with torch.no_grad():
        normalised = classifier.bn0(values.transpose(1, 2)).transpose(1, 2)
        whole, folded = with_folded_norms(classifier), attribution.folded_cnn14(classifier)
        assert torch.allclose(whole(values), classifier(values), rtol=1e-3, atol=1e-3)
        assert torch.allclose(folded(normalised), classifier(values), rtol=1e-3, atol=1e-3)
    x = normalised.clone().requires_grad_()
    folded(x)[:, 1].sum().backward()
    product, epsilon = x.grad * x.detach(), attribution.lrp(classifier, values, 1, rule="epsilon")
    assert np.corrcoef(product.flatten(), epsilon.flatten())[0, 1] > 0.999


class Published(nn.Module):
    """An activation called as a function, as in the public code."""

    def forward(self, x):
        return torch.relu(x + 50).mean(dim=(2, 3)) ** 2


@pytest.mark.parametrize(
    ("explain", "words"),
    [
        (lambda c, s, v, b: attribution.saliency(c, v), "name the class, or wrap a detector"),
        (lambda c, s, v, b: attribution.saliency(s, v, 1), "leave the target out"),
        (lambda c, s, v, b: attribution.saliency(c, v, 9), "target lies between 0 and 3"),
        (lambda c, s, v, b: attribution.saliency(c, v[0], 1), "shape"),
        (lambda c, s, v, b: attribution.saliency(c, v * torch.nan, 1), "NaN or infinity in clip 0"),
        (lambda c, s, v, b: attribution.saliency(c, v, torch.tensor([1])), "one class a clip"),
        (lambda c, s, v, b: attribution.deep_shap(c, v, 1), "background clips have the shape"),
        (lambda c, s, v, b: attribution.deep_shap(s, v, None, b), "DeepExplainer does not see"),
        (
            lambda c, s, v, b: attribution.deep_shap(Published(), v, 0, b),
            "DeepExplainer does not see",
        ),
        (lambda c, s, v, b: attribution.lime(s, v), "a detector has none"),
        (
            lambda c, s, v, b: attribution.lime(c, v, 1, segments=v[:1].long()),
            "segments have the shape",
        ),
        (lambda c, s, v, b: attribution.shapley(c, v, 1), "name them"),
        (
            lambda c, s, v, b: attribution.shapley(c, v, 1, attribution.grid(v, 4, 16)),
            "32 segments have 4294967296",
        ),
        (lambda c, s, v, b: attribution.shapley(c, v, 1, v[:1].long()), "segments have the shape"),
        (
            lambda c, s, v, b: attribution.perturb(
                v[:1], attribution.grid(v[:1]), torch.ones(2, 3)
            ),
            "of 16 segments",
        ),
        (lambda c, s, v, b: attribution.error_map(c, v, 1), "wrap a detector"),
        (lambda c, s, v, b: attribution.lrp(s, v), "none for Score"),
        (
            lambda c, s, v, b: attribution.lrp(c, v, 1, "conserve"),
            'rule is "conserving" or "epsilon"',
        ),
        (
            lambda c, s, v, b: attribution.integrated_gradients(c, v, 1, v),
            "one baseline serves all clips",
        ),
        (
            lambda c, s, v, b: attribution.grad_cam(detection.Score(DenseAutoencoder(32)), v),
            "needs a convolution",
        ),
    ],
)
def test_what_does_not_fit_is_explained(classifier, score, values, background, explain, words):
    with pytest.raises(ValueError, match=words):
        explain(classifier, score, values, background)


def test_models_are_left_as_they_were(classifier, values, background):
    classifier.train()
    try:
        modes = [module.training for module in classifier.modules()]
        state, names = torch.get_rng_state(), list(classifier.state_dict())
        attribution.smoothgrad(classifier, values[:1], 1)
        attribution.deep_shap(classifier, values[:1], 1, background)
        attribution.lrp(classifier, values[:1], 1)
        assert [module.training for module in classifier.modules()] == modes
        assert torch.equal(torch.get_rng_state(), state) and list(classifier.state_dict()) == names
        assert not any(module._forward_hooks for module in classifier.modules())
    finally:
        classifier.eval()
