"""Every public function of what was `audioxai_lite.attribution`, called on fixed inputs."""

import torch

from audioxai_lite.attribution.cam import grad_cam
from audioxai_lite.attribution.gradients import (
    gradient_shap,
    integrated_gradients,
    saliency,
    smoothgrad,
)
from audioxai_lite.attribution.occlusion import occlusion
from audioxai_lite.attribution.relevance import lrp
from audioxai_lite.attribution.segments import grid, perturb, superpixels
from audioxai_lite.attribution.shapley import deep_shap, shapley
from audioxai_lite.attribution.surrogates import lime
from audioxai_lite.evaluation.completeness import completeness, conservation, surrogate_r2
from audioxai_lite.models.cnn14 import Cnn14, cnn14_with_split_norms
from audioxai_lite.published.posthoc_audio import gradient_at_background


def call_error_map(keep):
    from audioxai_lite.audio_model import AudioModel
    from audioxai_lite.detection.scores import mean_score
    from audioxai_lite.models.autoencoder import Autoencoder, ReconstructionErrors
    from audioxai_lite.published.faithful_ad import error_map
    from audioxai_lite.sound.spectrogram import LogMel

    errors = ReconstructionErrors(Autoencoder()).eval()
    model, standardised = (
        AudioModel(errors, LogMel(), output=mean_score),
        torch.randn(1, 1, 64, 200),
    )
    keep(torch.allclose(keep(error_map(model, standardised)).mean(), model(standardised)))


def call_saliency(keep):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    values = torch.randn(3, 1, 4, 8)
    keep(keep(saliency(model, values, 0)).shape)


def call_smoothgrad(keep):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    values = torch.randn(3, 1, 4, 8)
    keep(keep(smoothgrad(model, values, 0, samples=2)).shape)


def call_integrated_gradients(keep):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    values = torch.randn(3, 1, 4, 8)
    found = keep(integrated_gradients(model, values, 0))
    keep(completeness(found, model, values, 0).abs().max().item() < 0.001)


def call_gradient_shap(keep):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    values = torch.randn(3, 1, 4, 8)
    keep(keep(gradient_shap(model, values, 0, background=torch.randn(5, 1, 4, 8), samples=4)).shape)


def call_occlusion(keep):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    values = torch.randn(3, 1, 4, 8)
    keep(keep(occlusion(model, values, 0, window=(2, 4), step=(1, 2))).shape)


def call_grad_cam(keep):

    model, values = (Cnn14(10).eval(), torch.randn(1, 1, 64, 251))
    keep(keep(grad_cam(model, values, 3, model.conv_block6.conv2, time_axis=2)).shape)


def call_deep_shap(keep):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    values = torch.randn(3, 1, 4, 8)
    keep(keep(deep_shap(model, values, 0, background=torch.randn(5, 1, 4, 8))).shape)


def call_gradient_at_background(keep):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    values = torch.randn(3, 1, 4, 8)
    keep(keep(gradient_at_background(model, values, 0, background=torch.randn(5, 1, 4, 8))).shape)


def call_superpixels(keep):
    keep(keep(superpixels(torch.randn(2, 1, 64, 100))).shape)


def call_grid(keep):
    keep(keep(grid(torch.zeros(1, 1, 4, 8), bands=2, frames=4)).unique().tolist())


def call_perturb(keep):
    clip = torch.zeros(1, 1, 4, 8)
    parts = grid(clip, bands=2, frames=4)
    without_the_first = keep(perturb(clip, parts, torch.tensor([[0, 1, 1, 1]]), fill=-100.0))
    keep(without_the_first[0, 0, :, 0].tolist())


def call_shapley(keep):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    values = torch.randn(3, 1, 4, 8)
    parts = grid(values[:1], bands=2, frames=4)
    keep(keep(shapley(model, values[:1], 0, parts)).unique().numel())


def call_lime(keep):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    values = torch.randn(3, 1, 4, 8)
    keep(keep(lime(model, values[:1], 0, grid(values[:1], 2, 4), samples=20)).unique().numel())


def call_lrp(keep):

    model, values = (Cnn14(10).eval(), torch.randn(1, 1, 64, 251))
    normalise, folded = cnn14_with_split_norms(model)
    keep(keep(lrp(folded, normalise(values), 3)).shape)


def call_folded_cnn14(keep):

    model, values = (Cnn14(10).eval(), torch.randn(1, 1, 64, 251))
    normalise, folded = cnn14_with_split_norms(model)
    keep(torch.allclose(keep(folded)(normalise(values)), model(values), atol=0.0001))


def call_completeness(keep):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    values = torch.randn(3, 1, 4, 8)
    keep(
        [
            round(x, 3)
            for x in keep(completeness(torch.zeros_like(values), model, values, 0)).tolist()
        ]
    )


def call_surrogate_r2(keep):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    values = torch.randn(1, 1, 4, 8)
    parts = grid(values, bands=2, frames=4)
    weights = lime(model, values, 0, parts, samples=50)
    keep(bool(keep(surrogate_r2(weights, model, values, 0, parts)) > 0.8))


def call_conservation(keep):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2, bias=False))
    values = torch.randn(3, 1, 4, 8)
    relevance = model[1].weight[0].detach().reshape(1, 1, 4, 8) * values
    keep(
        torch.allclose(keep(conservation(relevance, model, values, 0)), torch.ones(3), atol=0.0001)
    )
