"""Every public function of what was `audioxai_lite.localisation`, called on fixed inputs."""

import torch

from audioxai_lite.evaluation.localisation import (
    average_precision,
    controls,
    iou_at_area,
    pixel_auroc,
    pointing_game,
    relevance_mass,
    table,
)


def call_pixel_auroc(keep):
    truth = torch.tensor([[[[1.0, 0.0, 0.0]]]])
    keep(keep(pixel_auroc(torch.tensor([[[[0.5, 0.1, 0.9]]]]), truth)).tolist())


def call_average_precision(keep):
    truth = torch.tensor([[[[1.0, 0.0, 0.0]]]])
    keep(keep(average_precision(torch.tensor([[[[0.5, 0.1, 0.9]]]]), truth)).tolist())


def call_pointing_game(keep):
    truth = torch.tensor([[[[1.0, 0.0, 0.0]]]])
    keep(keep(pointing_game(torch.tensor([[[[0.5, 0.1, 0.9]]]]), truth)).tolist())


def call_relevance_mass(keep):
    truth = torch.tensor([[[[1.0, 0.0, 0.0]]]])
    keep(keep(relevance_mass(torch.tensor([[[[3.0, 1.0, -9.0]]]]), truth)).tolist())


def call_iou_at_area(keep):
    truth = torch.tensor([[[[1.0, 1.0, 0.0]]]])
    keep(round(keep(iou_at_area(torch.tensor([[[[3.0, 1.0, 2.0]]]]), truth)).item(), 2))


def call_controls(keep):
    keep(sorted(keep(controls(torch.zeros(1, 1, 4, 8)))))


def call_table(keep):
    truth = torch.zeros(3, 1, 4, 8)
    truth[..., 2:4] = 1
    found = {"the truth itself": truth} | controls(torch.rand(truth.shape))
    scores = keep(table(found, truth, resamples=10)).set_index(["method", "score"])["value"]
    keep(scores["the truth itself", "pixel AUROC"])
