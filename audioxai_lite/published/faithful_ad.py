"""The maps of *Toward Faithful Explanations in Acoustic Anomaly Detection* (2601.12660), with its
parameters.
"""

from collections.abc import Callable
from functools import partial

from torch import Tensor

from audioxai_lite import attribution

# The six maps of 2601.12660 for a detector's score, with its parameters, on standardised values.
METHODS: dict[str, Callable[..., Tensor]] = {
    "error map": attribution.error_map,
    "saliency": attribution.saliency,
    "SmoothGrad": attribution.smoothgrad,
    "integrated gradients": partial(attribution.integrated_gradients, baseline=0.0),
    "GradientSHAP": partial(attribution.gradient_shap, background=0.0),
    "Grad-CAM": attribution.grad_cam,
}
