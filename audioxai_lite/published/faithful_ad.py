"""The maps of *Toward Faithful Explanations in Acoustic Anomaly Detection* (2601.12660), with its
parameters.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor, nn

from audioxai_lite import attribution
from audioxai_lite.detection.scores import Score


def grad_cam(score: Score, values: Tensor, target: None = None) -> Tensor:
    """Grad-CAM at the last convolution of a detector's encoder, before the decoder.

    Examples
    --------
    >>> import torch
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> (grad_cam(Score(Autoencoder()), torch.randn(1, 1, 64, 200)) >= 0).all().item()
    True
    """
    detector: Any = score.detector
    convolutions = [part for part in detector.down.modules() if isinstance(part, nn.Conv2d)]
    return attribution.grad_cam(score, values, target, convolutions[-1], time_axis=3)


# The six maps of 2601.12660 for a detector's score, with its parameters, on standardised values.
METHODS: dict[str, Callable[..., Tensor]] = {
    "error map": attribution.error_map,
    "saliency": attribution.saliency,
    "SmoothGrad": attribution.smoothgrad,
    "integrated gradients": partial(attribution.integrated_gradients, baseline=0.0),
    "GradientSHAP": partial(attribution.gradient_shap, background=0.0),
    "Grad-CAM": grad_cam,
}
