"""Attribution by hiding windows of a clip. Taught in notebook 03."""

import captum.attr
from torch import Tensor, nn

from ..sound.levels import FLOOR
from .batches import Target, as_one_clip, checked, explain_in_batches


def occlusion(
    model: nn.Module,
    values: Tensor,
    target: Target = None,
    window: tuple[int, int] = (8, 16),
    step: tuple[int, int] = (4, 8),
    baseline: float | Tensor = FLOOR,
    batch_size: int = 16,
) -> Tensor:
    """How much the output falls when a window of the spectrogram is replaced; a bin gets the mean
    over its windows.

    Parameters
    ----------
    model, values, target
        See `saliency`.
    window, step : (bands, frames), default (8, 16) and (4, 8)
    baseline : float or Tensor that broadcasts to one clip, default -100 (silence, in decibels)
    batch_size : int, default 16
        Occluded copies that pass through the model at once.

    Raises
    ------
    ValueError
        If a window is larger than the clip.

    Source: Zeiler & Fergus 2014 (1311.2901). Notebook: 03.

    Examples
    --------
    >>> import torch
    >>> model = nn.Flatten(start_dim=2)  # one number a clip: the level of the only bin
    >>> model = nn.Sequential(nn.AvgPool2d((1, 4)), nn.Flatten())  # its class is the mean level
    >>> occlusion(model, torch.tensor([[[[0.0, 0.0, -50.0, -100.0]]]]), 0, (1, 1), (1, 1))
    tensor([[[[25.0000, 25.0000, 12.5000,  0.0000]]]])
    """
    model, values, target = checked(model, values, target)
    if any(side > length for side, length in zip(window, values.shape[2:], strict=True)):
        grid = " × ".join(map(str, values.shape[2:]))
        raise ValueError(f"a window of {window[0]} × {window[1]} does not fit into {grid} bins")
    baselines = as_one_clip(baseline, values, "baseline")
    method = captum.attr.Occlusion(model)

    def explain(x: Tensor, classes: Tensor | None) -> Tensor:
        return method.attribute(
            x,
            sliding_window_shapes=(1, *window),
            strides=(1, *step),
            baselines=baselines,
            target=classes,
            perturbations_per_eval=batch_size,
        )

    return explain_in_batches(explain, model, values, target, 1, "occlusion")
