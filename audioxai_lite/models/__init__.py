"""The models of the course.

Where it is:

    autoencoder: Detector, Refine, Autoencoder, ReconstructionErrors, DenseAutoencoder,
        random_visible, reconstruction_loss, masked_loss
    calling: Called, as_input, unpack, softmax
    checkpoint: CheckpointError, save, load
    cnn14: Cnn14, cnn14_with_folded_norms, cnn14_with_split_norms, cnn14_for_predictions,
        cnn14_from_panns, cross_entropy_loss, missingness_loss, drop_cells
    conv_block: ConvBlock
    digits: waveform_network, spectrogram_network
    encoder: Encoder, Trainee, views, pull_together, simsiam_loss, byol_loss, simclr_loss, shifted,
        simclr_loss_with_shifted
    level: LevelNorm, statistics_of, held
    masker: Masker
    softened: softened, sharpen, curvature_penalty
    training: fit, evaluate
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """No gradients and no dropout inside; every module returns to its own mode afterwards.

    Examples
    --------
    >>> model = nn.Dropout()
    >>> with evaluating(model):
    ...     model.training, torch.is_grad_enabled()
    (False, False)
    >>> model.training
    True
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training
