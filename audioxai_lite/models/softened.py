"""A network with its corners rounded: ReLUs as softplus. Taught in notebook 10."""

import copy

import torch
from torch import Tensor, nn

FAR = 40.0  # β times the input, beyond which softplus is taken for the identity


def softened(model: nn.Module, beta: float) -> nn.Module:
    """A copy whose ReLUs are softplus, log(1 + exp(β x)) / β, the weights untouched.

    A ReLU has no curvature but at its corner, so that what is to change a gradient has no slope to
    follow. The larger β, the sharper the corner: at 100 it is a ReLU to the eye, below 3 most
    networks answer otherwise.

    Parameters
    ----------
    model : nn.Module
        With at least one `nn.ReLU`; ReLUs called as functions are not found.
    beta : float
        Above 0, per unit of what arrives at the ReLU.

    Raises
    ------
    ValueError
        If β is not positive, or the network has no `nn.ReLU`.

    Source: Dombrowski et al. 2019 (1906.07983), section 3. Notebook: 10.

    Examples
    --------
    >>> import torch
    >>> corner = torch.tensor([[-1.0, 0.0, 1.0]])
    >>> [softened(nn.Sequential(nn.ReLU()), beta)(corner)[0, 1].item() for beta in (1, 100)]
    [0.6931471824645996, 0.006931471638381481]
    """
    if not beta > 0:
        raise ValueError(f"beta is a number above 0, not {beta!r}")
    smooth = copy.deepcopy(model)
    corners = [
        (parent, name)
        for parent in smooth.modules()
        for name, child in parent.named_children()
        if isinstance(child, nn.ReLU)
    ]
    if not corners:
        raise ValueError(
            "this network has no nn.ReLU to soften: ReLUs called as functions cannot be found, "
            "write them as modules"
        )
    for parent, name in corners:
        setattr(parent, name, nn.Softplus(beta, FAR))
    return smooth


def sharpen(smooth: nn.Module, beta: float) -> None:
    """Give every softplus of a softened network another β, in place.

    Examples
    --------
    >>> smooth = softened(nn.Sequential(nn.ReLU()), 1)
    >>> sharpen(smooth, 100)
    >>> smooth[0].beta
    100
    """
    for module in smooth.modules():
        if isinstance(module, nn.Softplus):
            module.beta = beta


def curvature_penalty(
    model: nn.Module, values: Tensor, classes: Tensor, generator: torch.Generator
) -> Tensor:
    """How curved a softened network's outputs are, to be trained away: the squared Frobenius norm
    of the second derivative of each clip's class, over the squared length of the gradient, the
    mean over clips.

    Estimated with one random direction a clip; small gradients everywhere do not lower it.

    Parameters
    ----------
    model : nn.Module
        Differentiable twice.
    values : Tensor, shape (batch, 1, frequency, time)
    classes : Tensor, shape (batch,)
    generator : torch.Generator

    Returns
    -------
    Tensor, a scalar, per squared unit of the values

    Source: Dombrowski et al. 2020 (2012.10425), the Hessian's norm as a penalty; made free of scale
    here. Notebook: 10.

    Examples
    --------
    >>> class Bowl(nn.Module):
    ...     def forward(self, x):
    ...         return x.flatten(1).square().sum(dim=1, keepdim=True)
    >>> values, generator = torch.full((5000, 1, 2, 2), 2.0), torch.Generator().manual_seed(0)
    >>> penalty = curvature_penalty(Bowl(), values, torch.zeros(5000).long(), generator)
    >>> round(penalty.item(), 2)  # 4 × 2² over 4 × 4²
    0.25
    """
    values = values.clone().requires_grad_()
    chosen = model(values).gather(1, classes[:, None])
    (slope,) = torch.autograd.grad(chosen.sum(), values, create_graph=True)
    along = torch.randn(values.shape, generator=generator)
    (turned,) = torch.autograd.grad(slope, values, along, create_graph=True)
    lengths = slope.square().sum(dim=(1, 2, 3)).clamp(min=1e-12)
    return (turned.square().sum(dim=(1, 2, 3)) / lengths).mean()
