"""The score that counterfactuals are to lower: that of a clip's worst cells. Taught in notebook
08.
"""

import torch
from torch import Tensor, nn

from ..inputs import as_floats, as_numbers
from ..masks.rules import AXES
from ..models import evaluating
from ..models.autoencoder import Detector


def worst_cells_score(errors: Tensor) -> Tensor:
    """Logarithm of the mean error of the worst 5 % of cells of 4 bands by 16 frames.

    Of squared errors in standardised units: (batch, 1, frequency, time) → (batch,). At least one
    cell counts.

    A short fault is not averaged away, and no single noisy bin decides. Differentiable; a `score`
    of a detector that is explained (`course.detectors.score_model`).

    Source: this course. Notebook: 08.

    Examples
    --------
    >>> errors = torch.zeros(1, 1, 64, 192)
    >>> errors[..., :16, :32] = 1  # 8 of 192 cells; 10 count
    >>> round(worst_cells_score(errors).exp().item(), 3)
    0.8
    """
    errors = as_numbers(errors, "errors", AXES)
    cells = nn.functional.avg_pool2d(errors, (4, 16), ceil_mode=True, count_include_pad=False)
    worst = cells.flatten(1).topk(max(1, round(0.05 * cells[0].numel())), dim=1)[0]
    return worst.mean(dim=1).clamp(min=1e-12).log()


def peak_score(detector: Detector, standardised: Tensor) -> Tensor:
    """`worst_cells_score` of a detector's errors: standardised clips (batch, 1, frequency, time) →
    (batch,), differentiable. Notebook: 08.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, clip = Autoencoder(), torch.zeros(1, 1, 64, 201)
    >>> faulty = clip.clone()
    >>> faulty[..., 20:40, 50:80] += 9
    >>> bool(peak_score(detector, faulty) > peak_score(detector, clip))
    True
    """
    standardised = as_numbers(standardised, "standardised values", AXES)
    return worst_cells_score((detector(standardised) - standardised).square())


def log_scores(detector: Detector, values: Tensor) -> Tensor:
    """`peak_score` of clips in decibels, (batch, 1, frequency, time) → (batch,). No gradients.
    Notebook: 08.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> detector, clips = Autoencoder(), torch.randn(2, 1, 64, 201)
    >>> torch.allclose(log_scores(detector, clips), peak_score(detector.eval(), clips))
    True
    """
    values = as_floats(values, "values", AXES)
    with evaluating(detector):
        parts = (detector.standardise(part) for part in values.split(64))
        return torch.cat([peak_score(detector, part) for part in parts])
