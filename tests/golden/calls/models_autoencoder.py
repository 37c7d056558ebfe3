"""Every public function of what was `audioxai_lite.models.autoencoder`, called on fixed inputs."""

import torch

from audioxai_lite.models.autoencoder import (
    Autoencoder,
    DenseAutoencoder,
    masked_loss,
    random_visible,
    reconstruction_loss,
)


def call_Autoencoder(keep):
    detector = keep(Autoencoder())
    values = 10 * torch.randn(8, 1, 64, 200) - 40
    keep(detector.fit_scale(values))
    keep(detector.errors(values).shape)


def call_DenseAutoencoder(keep):
    keep(keep(DenseAutoencoder()).errors(torch.randn(2, 1, 64, 200)).shape)


def call_random_visible(keep):
    visible = keep(random_visible((1, 1, 64, 200), (4, 4), 0.3, torch.Generator().manual_seed(0)))
    keep(round(1 - visible.mean().item(), 3))


def call_reconstruction_loss(keep):
    keep(
        keep(reconstruction_loss(Autoencoder(), torch.randn(2, 1, 64, 200), torch.Generator())).ndim
    )


def call_masked_loss(keep):
    keep(keep(masked_loss(Autoencoder(), torch.randn(2, 1, 64, 200), torch.Generator())).ndim)
