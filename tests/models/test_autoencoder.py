import pytest
import torch

from audioxai_lite.models.autoencoder import (
    Autoencoder,
    DenseAutoencoder,
    masked_loss,
    random_visible,
    reconstruction_loss,
)

VALUES = 20 * torch.randn(3, 1, 64, 200, generator=torch.Generator().manual_seed(0)) - 30
NETWORKS = [Autoencoder, DenseAutoencoder]


@pytest.fixture(params=NETWORKS)
def model(request):
    torch.manual_seed(0)
    return request.param()


def test_small_enough_for_a_laptop(model):
    assert 10_000 < sum(value.numel() for value in model.parameters()) <= 100_000


@pytest.mark.parametrize("frames", [200, 201, 208, 64, 50])
def test_shapes_and_any_length(model, frames):
    values = VALUES[..., :1].expand(-1, -1, -1, frames)
    assert model(values).shape == model.errors(values).shape == values.shape


@pytest.mark.parametrize("shape", [(1, 1, 80, 200), (1, 64, 200)])
def test_other_bands_are_explained(shape):
    with pytest.raises(ValueError, match=r"takes \(batch, 1, 64, time\), not"):
        Autoencoder().errors(torch.zeros(shape))
    with pytest.raises(ValueError, match="context is odd"):
        DenseAutoencoder(context=4)


def test_too_long_and_uneven_are_explained():
    with pytest.raises(ValueError, match="up to 208 frames"):
        Autoencoder()(torch.zeros(1, 1, 64, 209))
    with pytest.raises(ValueError, match="multiple of 8"):
        Autoencoder(n_mels=36)


def test_scale_is_that_of_each_band(model):
    values = VALUES * torch.linspace(0.5, 2, 64)[:, None]
    model.fit_scale(values)
    standardised = model.standardise(values)
    assert torch.allclose(standardised.mean(dim=(0, 1, 3)), torch.zeros(64), atol=1e-4)
    assert torch.allclose(standardised.std(dim=(0, 1, 3)), torch.ones(64), atol=1e-4)
    expected = (model.reconstruct(values) - values) / model.scale
    assert torch.allclose(model.errors(values), expected.square(), rtol=1e-3, atol=1e-4)


def test_what_is_hidden_does_not_reach_the_network(model):
    model.fit_scale(VALUES)
    visible = random_visible(VALUES.shape, (4, 4), 0.3, torch.Generator().manual_seed(0))
    other = VALUES + 50 * (1 - visible)
    assert torch.allclose(
        model.reconstruct(VALUES, visible), model.reconstruct(other, visible), atol=1e-3
    )
    assert not torch.allclose(model.reconstruct(VALUES), model.reconstruct(other), atol=1e-3)


def test_every_parameter_takes_part_and_every_token_sees_every_other():
    torch.manual_seed(0)
    model = Autoencoder()
    values = VALUES.clone().requires_grad_()
    model.errors(values)[..., :8].mean().backward()
    assert all(
        parameter.grad is not None and parameter.grad.abs().sum() > 0
        for parameter in model.parameters()
    )
    assert values.grad[..., 190:].abs().sum() > 0


def test_no_activation_is_used_twice(model):
    """DeepLIFT and LRP hook modules: one object must stand for one place."""
    calls, activations = [], (torch.nn.ReLU, torch.nn.LeakyReLU)
    for module in model.modules():
        if isinstance(module, activations):
            module.register_forward_hook(lambda module, *_: calls.append(module))
    model(VALUES)
    assert (
        len(calls)
        == len(set(calls))
        == sum(isinstance(module, activations) for module in model.modules())
    )


def test_dense_rebuilds_a_frame_from_its_neighbours_only():
    torch.manual_seed(0)
    model = DenseAutoencoder(context=5)
    values = VALUES.clone().requires_grad_()
    model(values)[..., 100].sum().backward()
    touched = (values.grad.abs().sum(dim=(0, 1, 2)) > 0).nonzero()[:, 0].tolist()
    assert touched == [98, 99, 100, 101, 102]


@pytest.mark.parametrize("ratio", [0.1, 0.3, 0.75])
def test_masks_hide_whole_patches_and_the_right_share(ratio):
    visible = random_visible((5, 1, 64, 200), (4, 4), ratio, torch.Generator().manual_seed(0))
    patches = visible.reshape(5, 16, 4, 50, 4)
    assert (patches.amax(dim=(2, 4)) == patches.amin(dim=(2, 4))).all()
    assert torch.allclose(
        1 - visible.mean(dim=(1, 2, 3)), torch.tensor(round(800 * ratio) / 800), atol=1e-6
    )
    assert not torch.equal(visible[0], visible[1])
    assert random_visible((1, 1, 62, 201), (4, 4), ratio, torch.Generator()).shape == (
        1,
        1,
        62,
        201,
    )
    with pytest.raises(ValueError, match="ratio"):
        random_visible((1, 1, 64, 200), (4, 4), 1.0, torch.Generator())


def test_losses_by_hand():
    torch.manual_seed(0)
    model = Autoencoder()
    seeded = lambda: torch.Generator().manual_seed(3)  # noqa: E731
    visible = random_visible(VALUES.shape, model.patch_size, 0.3, seeded())
    errors = model.errors(VALUES, visible)
    assert masked_loss(model, VALUES, seeded()).item() == pytest.approx(
        errors[visible == 0].mean().item(), rel=1e-5
    )
    everywhere = masked_loss(model, VALUES, seeded(), everywhere=True).item()
    assert everywhere == pytest.approx(errors.mean().item(), rel=1e-5)
    whole = reconstruction_loss(model, VALUES, seeded()).item()
    assert whole == pytest.approx(model.errors(VALUES).mean().item(), rel=1e-5)
