"""LIME against lime's own explainer of images."""

import numpy as np
import pytest
import torch
from lime.lime_image import LimeImageExplainer
from skimage.color import gray2rgb
from torch import nn

from audioxai_lite import attribution


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


class Sigmoid(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return torch.sigmoid(self.inner(x)[:, 1:2] / 20)


class Logit(Sigmoid):
    def forward(self, x):
        return self.inner(x)[:, 1:2] / 20


def test_outputs_become_probabilities_as_the_caller_says(classifier, values):
    segments = attribution.grid(values, 16, 32)
    options = {"segments": segments, "fill": -100.0, "samples": 50}
    by_sigmoid = attribution.lime(Logit(classifier), values, 0, link=torch.sigmoid, **options)
    as_it_is = attribution.lime(Sigmoid(classifier), values, 0, link=torch.clone, **options)
    assert torch.allclose(by_sigmoid, as_it_is, atol=1e-6) and by_sigmoid.abs().max() > 0.01
    with pytest.raises(ValueError, match="softmax of one column is always 1.*link=torch.sigmoid"):
        attribution.lime(Logit(classifier), values, 0, **options)


def test_a_score_is_explained_as_it_is(classifier, score, values):
    class AsClass(nn.Module):
        def forward(self, x):
            return score(x)[:, None]

    options = {"segments": attribution.grid(values, 16, 32), "fill": -100.0, "samples": 50}
    without = attribution.lime(score, values, None, **options)
    as_class = attribution.lime(AsClass(), values, 0, link=torch.clone, **options)
    assert torch.allclose(without, as_class) and without.abs().max() > 0


def test_what_does_not_fit_is_explained(classifier, score, values):
    with pytest.raises(ValueError, match="segments have the shape"):
        attribution.lime(classifier, values, 1, segments=values[:1].long())
