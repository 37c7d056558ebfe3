"""The maps of *Toward Faithful Explanations in Acoustic Anomaly Detection* (2601.12660), with its
parameters. Taught in notebook 07.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from .. import attribution
from ..audio_model import AudioModel
from ..inputs import as_floats
from ..models import evaluating
from ..models.calling import as_input


def error_map(model: AudioModel, values: Tensor, target: None = None) -> Tensor:
    """A detector's squared errors, bin by bin: what its score is the mean of.

    Parameters
    ----------
    model : AudioModel
        Of a network that gives errors, see `models.autoencoder.ReconstructionErrors`.
    values : Tensor, shape (batch, 1, frequency, time)
        Standardised.

    Source: 2601.12660, "error map". Notebook: 07.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder, ReconstructionErrors
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> model = AudioModel(ReconstructionErrors(Autoencoder()), LogMel(), output=torch.Tensor.mean)
    >>> bool((error_map(model, torch.randn(1, 1, 64, 200)) >= 0).all())
    True
    """
    values = as_floats(values, "values", "batch, 1, frequency, time")
    with evaluating(model):
        parts = [model.network(as_input(part, model.network)) for part in values.split(16)]
    return torch.cat(parts).float()


def grad_cam(model: AudioModel, values: Tensor, target: None = None) -> Tensor:
    """Grad-CAM at the layer that the model declares: the last convolution of a detector's encoder.

    Examples
    --------
    >>> from audioxai_lite.models.autoencoder import Autoencoder, ReconstructionErrors
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> errors = ReconstructionErrors(Autoencoder())
    >>> layer, score = errors.detector.down[0], lambda errors: errors.mean(dim=(1, 2, 3))
    >>> model = AudioModel(errors, LogMel(), output=score, layer=layer, time_axis=3)
    >>> bool((grad_cam(model, torch.randn(1, 1, 64, 200)) >= 0).all())
    True
    """
    return attribution.grad_cam(model, values, target, model.layer, model.time_axis)


# The six maps of 2601.12660 for a detector's score, with its parameters, on standardised values.
METHODS: dict[str, Callable[..., Tensor]] = {
    "error map": error_map,
    "saliency": attribution.saliency,
    "SmoothGrad": attribution.smoothgrad,
    "integrated gradients": partial(attribution.integrated_gradients, baseline=0.0),
    "GradientSHAP": partial(attribution.gradient_shap, background=0.0),
    "Grad-CAM": grad_cam,
}
