"""What callers hand in, turned once into what the package computes with, or refused in one
sentence.

Tensors of any number type, NumPy arrays and lists become float32 tensors without gradients; a whole
number of any type becomes a class. Nothing of the caller's is changed.
"""

import itertools
import operator
from typing import Any

import numpy as np
import torch
from torch import Tensor


def as_floats(values: Any, name: str, axes: str | None = None) -> Tensor:
    """Numbers of any type as a float32 tensor, detached; the caller's own where it is one already.

    Parameters
    ----------
    values : Tensor, ndarray or list, of floats, integers or bools
    name : str
        What they are, for the message.
    axes : str, optional
        The axes that there must be, for example "batch, 1, frequency, time". A "1" must be one
        long.

    Raises
    ------
    ValueError
        If they are not real numbers, have other axes, or hold NaN or infinity; the message names
        the first such clip.

    Examples
    --------
    >>> as_floats(np.array([[True, False]]), "mask").tolist()
    [[1.0, 0.0]]
    >>> as_floats([[0.0, float("nan")]], "values")
    Traceback (most recent call last):
        ...
    ValueError: values hold NaN or infinity in clip 0
    """
    return as_numbers(values, name, axes).detach()


def as_numbers(values: Any, name: str, axes: str | None = None) -> Tensor:
    """As `as_floats`, but gradients pass: for what may be part of a loss.

    Examples
    --------
    >>> as_numbers(torch.ones(2, dtype=torch.half, requires_grad=True), "errors").requires_grad
    True
    """
    tensor = as_tensor(values, name).to(torch.float32)
    if axes is not None:
        check_axes(tensor, name, axes)
    check_finite(tensor, name)
    return tensor


def check_finite(tensor: Tensor, name: str) -> None:
    """ValueError if a tensor holds NaN or infinity, with the first such place along its first axis.

    Examples
    --------
    >>> check_finite(torch.tensor([1.0, float("inf")]), "values")
    Traceback (most recent call last):
        ...
    ValueError: values hold NaN or infinity in clip 1
    """
    tensor = tensor.detach()
    if not tensor.sum().isfinite():  # much faster than to look at each number
        broken = (~tensor.isfinite()).reshape(len(tensor) if tensor.ndim else 1, -1).any(dim=1)
        if broken.any():
            raise ValueError(f"{name} hold NaN or infinity in clip {int(broken.nonzero()[0])}")


def as_whole(values: Any, name: str) -> Tensor:
    """Whole numbers of any type, which name or count something, as a tensor of int64.

    Examples
    --------
    >>> as_whole(np.array([0.0, 2.0]), "segments").tolist()
    [0, 2]
    >>> as_whole([0.5], "segments")
    Traceback (most recent call last):
        ...
    ValueError: segments are whole numbers
    """
    tensor = as_tensor(values, name).detach()
    if tensor.is_floating_point() and not (tensor.isfinite() & (tensor == tensor.round())).all():
        raise ValueError(f"{name} are whole numbers")
    return tensor.long()


def plain(number: Any) -> Any:
    """A single number, of NumPy or in a tensor, as Python's own; anything else as it is.

    Examples
    --------
    >>> plain(torch.tensor(0.5)), plain(np.int64(3)), plain("mean")
    (0.5, 3, 'mean')
    """
    single = isinstance(number, Tensor | np.ndarray | np.generic) and number.ndim == 0
    return number.item() if single else number


def as_array(values: Any, name: str) -> np.ndarray:
    """Numbers of any type as an array of float64; NaN, where it stands for what is missing, stays.

    Examples
    --------
    >>> as_array(torch.tensor([1, 2]), "values")
    array([1., 2.])
    """
    return as_tensor(values, name).detach().cpu().double().numpy()


def as_tensor(values: Any, name: str) -> Tensor:
    """Real numbers of any type as a tensor; ValueError for anything else.

    Examples
    --------
    >>> as_tensor("loud", "values")
    Traceback (most recent call last):
        ...
    ValueError: values are numbers in a tensor or an array, not str
    """
    try:
        tensor = values if isinstance(values, Tensor) else _from_array(np.asarray(values))
    except (TypeError, ValueError, RuntimeError):
        tensor = None
    if tensor is None or tensor.is_complex() or tensor.layout != torch.strided:
        raise ValueError(f"{name} are numbers in a tensor or an array, not {type(values).__name__}")
    if tensor.is_inference() and not torch.is_inference_mode_enabled():
        return tensor.clone()  # of which gradients may be asked
    return tensor.long() if tensor.dtype in UNUSUAL else tensor


UNUSUAL = (torch.uint16, torch.uint32, torch.uint64)  # which torch hardly computes with


def _from_array(array: np.ndarray) -> Tensor:
    """An array of any byte order, strides and length of numbers, read-only or not, as a tensor."""
    if array.dtype.kind not in "biuf":
        raise TypeError("no real numbers")
    kind = np.float64 if array.dtype.itemsize > 8 else array.dtype.newbyteorder("=")
    return torch.from_numpy(np.require(array, kind, ["C", "W"]))


def check_axes(tensor: Tensor, name: str, axes: str) -> None:
    """ValueError unless a tensor has the axes named, a "1" being one long.

    Examples
    --------
    >>> check_axes(torch.zeros(2, 3), "values", "batch, 1, frequency, time")
    Traceback (most recent call last):
        ...
    ValueError: values have the shape (batch, 1, frequency, time), not (2, 3)
    """
    wanted = axes.split(", ")
    single = [axis == "1" for axis in wanted]
    fits = len(wanted) == tensor.ndim
    if not fits or any(size != 1 for size in itertools.compress(tensor.shape, single)):
        raise ValueError(f"{name} have the shape ({axes}), not {tuple(tensor.shape)}")


def check_like(tensor: Tensor, name: str, other: Tensor, others_name: str) -> None:
    """ValueError unless two tensors have one shape.

    Examples
    --------
    >>> check_like(torch.zeros(2, 3), "segments", torch.zeros(2, 4), "the values")
    Traceback (most recent call last):
        ...
    ValueError: segments have the shape of the values, (2, 4), not (2, 3)
    """
    if tensor.shape != other.shape:
        raise ValueError(
            f"{name} have the shape of {others_name}, {tuple(other.shape)}, "
            f"not {tuple(tensor.shape)}"
        )


def as_classes(target: Any, clips: int, classes: int) -> Tensor:
    """A class, or one class a clip, as a tensor of whole numbers, shape (clips,).

    Parameters
    ----------
    target : int, or Tensor, ndarray or list of as many whole numbers as there are clips
        Of any number type.
    clips : int
    classes : int
        How many the model has.

    Raises
    ------
    ValueError
        If these are not whole numbers from 0 to classes - 1, or not one a clip.

    Examples
    --------
    >>> as_classes(np.int64(3), clips=2, classes=10).tolist()
    [3, 3]
    """
    try:
        numbers = [operator.index(target)] * clips
    except TypeError:
        tensor = as_tensor(target, "targets").detach().cpu()
        numbers = tensor.reshape(-1).tolist() if tensor.ndim <= 1 else []
        numbers = numbers * clips if len(numbers) == 1 and tensor.ndim == 0 else numbers
    whole = all(float(number).is_integer() for number in numbers)
    if len(numbers) != clips or not whole:
        raise ValueError(f"target is a class, or one for each of {clips} clips, not {target!r}")
    if not all(0 <= number < classes for number in numbers):
        raise ValueError(f"target lies between 0 and {classes - 1}, not at {numbers}")
    return torch.tensor([int(number) for number in numbers])
