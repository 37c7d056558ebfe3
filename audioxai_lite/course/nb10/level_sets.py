"""A network of two inputs, whose level sets can be seen and walked along. Notebook: 10."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from sklearn.datasets import make_moons
from torch import nn

HIDDEN, STEPS, RATE = 16, 400, 0.05  # units, and of training
STEP = 0.004  # of a walk
FLAT = 1e-3  # a gradient so short has no direction


@dataclass
class SmallNetwork:
    """v · softplus(W x + b) + c, with the first and second derivatives written out.

    Attributes
    ----------
    weights : ndarray, shape (hidden, 2)
    biases, outgoing : ndarray, shape (hidden,)
    constant : float
    beta : float
    """

    weights: np.ndarray
    biases: np.ndarray
    outgoing: np.ndarray
    constant: float
    beta: float

    def value(self, points: np.ndarray) -> np.ndarray:
        """The output at points, (points, 2) → (points,)."""
        arriving = points @ self.weights.T + self.biases
        softplus = np.logaddexp(0, self.beta * arriving) / self.beta
        return softplus @ self.outgoing + self.constant

    def gradient(self, points: np.ndarray) -> np.ndarray:
        """(points, 2) → (points, 2)."""
        return (self._gate(points) * self.outgoing) @ self.weights

    def curvature(self, points: np.ndarray) -> np.ndarray:
        """Of the level set through each point: the second derivative along it, by its size, over
        the length of the gradient, (points,).
        """
        gate, gradient = self._gate(points), self.gradient(points)
        length = np.linalg.norm(gradient, axis=1)
        along = gradient[:, ::-1] * [-1, 1] / length[:, None]
        bend = self.beta * gate * (1 - gate) * self.outgoing
        return np.abs((bend * (along @ self.weights.T) ** 2).sum(axis=1)) / length

    def _gate(self, points: np.ndarray) -> np.ndarray:
        arriving = points @ self.weights.T + self.biases
        return 1 / (1 + np.exp(-np.clip(self.beta * arriving, -500, 500)))


def two_moons(points: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two classes of points that lie like two moons: (points, 2), and 0 or 1.

    Examples
    --------
    >>> points, label = two_moons()
    >>> points.shape, sorted(set(label.tolist()))
    ((300, 2), [0, 1])
    """
    return make_moons(points, noise=0.15, random_state=seed)


def trained_network(beta: float, seed: int = 0) -> SmallNetwork:
    """A small network of ReLUs, trained to tell the two moons apart, with softplus in their place.

    Examples
    --------
    >>> points, label = two_moons()
    >>> bool((((trained_network(100.0).value(points)) > 0) == label).mean() > 0.95)
    True
    """
    points, label = two_moons()
    torch.manual_seed(seed)
    first, last = nn.Linear(2, HIDDEN), nn.Linear(HIDDEN, 1)
    model = nn.Sequential(first, nn.ReLU(), last)
    optimiser = torch.optim.Adam(model.parameters(), RATE)
    x, y = torch.tensor(points).float(), torch.tensor(label).float()
    for _ in range(STEPS):
        loss = nn.functional.binary_cross_entropy_with_logits(model(x)[:, 0], y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    arrays = (first.weight, first.bias, last.weight[0])
    numbers = [each.detach().double().numpy() for each in arrays]
    return SmallNetwork(*numbers, constant=last.bias.item(), beta=beta)


def walk(network: SmallNetwork, starts: np.ndarray, steps: int = 1600) -> pd.DataFrame:
    """Walk along level sets, and see how far the direction of the gradient has turned.

    Every step goes along the level set and back onto it, by Newton's method.

    Parameters
    ----------
    network : SmallNetwork
    starts : ndarray, shape (starts, 2)
    steps : int, default 1600

    Returns
    -------
    DataFrame
        A row a start and step, until the gradient vanishes: start, its number; x, y; way, the
        length walked; turned, the distance of the unit gradient from that at the start, 2 at most;
        curvature, the largest so far; bound, curvature times way, which the theorem says is never
        exceeded.

    Raises
    ------
    ValueError
        If the gradient vanishes at every start.

    Source: Dombrowski et al. 2019 (1906.07983), theorem 1, for directions. Notebook: 10.

    Examples
    --------
    >>> table = walk(trained_network(10.0), np.array([[0.5, 0.25]]), steps=200)
    >>> bool((table["turned"] <= table["bound"] + 1e-9).all())
    True
    """
    points, level = starts.astype(float), network.value(starts)
    first, going = _directions(network, points)
    way, curvature, tables = np.zeros(len(starts)), np.zeros(len(starts)), []
    for _ in range(steps):
        normals, steep = _directions(network, points)
        going &= steep
        if not going.any():
            break
        curvature = np.where(going, np.fmax(curvature, network.curvature(points)), curvature)
        turned = np.linalg.norm(normals - first, axis=1)
        rows = {"start": np.arange(len(starts)), "x": points[:, 0], "y": points[:, 1], "way": way}
        rows |= {"turned": turned, "curvature": curvature, "bound": curvature * way}
        tables.append(pd.DataFrame({name: column[going] for name, column in rows.items()}))
        ahead = points + STEP * normals[:, ::-1] * [-1, 1]
        for _ in range(3):
            slopes = network.gradient(ahead)
            sizes = (slopes**2).sum(axis=1, keepdims=True)
            back = (network.value(ahead) - level)[:, None] * slopes / np.fmax(sizes, FLAT**2)
            ahead = ahead - np.clip(back, -STEP, STEP)
        way = way + np.linalg.norm(ahead - points, axis=1)
        points = ahead
    if not tables:
        raise ValueError("the network has no slope at any of the starts to walk along")
    return pd.concat(tables, ignore_index=True)


def _directions(network: SmallNetwork, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The unit gradients, and where there is a gradient to speak of."""
    gradients = network.gradient(points)
    lengths = np.linalg.norm(gradients, axis=1)
    return gradients / np.fmax(lengths, FLAT)[:, None], lengths > FLAT


def walks(betas: tuple[float, ...], seeds: tuple[int, ...] = (0, 1, 2)) -> pd.DataFrame:
    """Walks of 15 starts for every β and training, with the columns of `walk`, beta and seed.

    Examples
    --------
    >>> table = walks((10.0,), seeds=(0,))
    >>> len(table) > 10_000, bool((table["turned"] <= table["bound"] + 1e-9).all())
    (True, True)
    """
    starts, tables = two_moons(15, seed=1)[0], []
    for seed in seeds:
        for beta in betas:
            tables.append(walk(trained_network(beta, seed), starts).assign(beta=beta, seed=seed))
    return pd.concat(tables, ignore_index=True)
