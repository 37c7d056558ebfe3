"""Attribution by hiding windows of a clip. Taught in notebook 03."""

import captum.attr
from torch import Tensor, nn

from audioxai_lite.attribution.batches import Target, explain_in_batches
from audioxai_lite.sound.levels import FLOOR


def occlusion(
    model: nn.Module,
    values: Tensor,
    target: Target = None,
    window: tuple[int, int] = (8, 16),
    step: tuple[int, int] = (4, 8),
    baseline: float = FLOOR,
    batch_size: int = 16,
) -> Tensor:
    """How much the output falls when a window of the spectrogram is replaced; a bin gets the mean
    over its windows.

    Parameters
    ----------
    model, values, target
        See `saliency`.
    window, step : (bands, frames), default (8, 16) and (4, 8)
    baseline : float, default -100 (silence, in decibels)
    batch_size : int, default 16
        Occluded copies that pass through the model at once.

    Source: Zeiler & Fergus 2014 (1311.2901). Notebook: 03.

    Examples
    --------
    >>> import torch
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> occlusion(model, values, 0, window=(2, 4), step=(1, 2)).shape
    torch.Size([3, 1, 4, 8])
    """
    method = captum.attr.Occlusion(model)

    def explain(x, t):
        return method.attribute(
            x,
            sliding_window_shapes=(1, *window),
            strides=(1, *step),
            baselines=baseline,
            target=t,
            perturbations_per_eval=batch_size,
        )

    return explain_in_batches(explain, model, values, target, 1, "occlusion")
