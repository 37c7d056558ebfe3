"""Checks for the exercises of notebook 13: each says what is right, or what to look at."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...evaluation.equal_area import in_order_of
from ...evaluation.stamp import stamped
from ..checks import answered_number, answered_tensor, compare, exercise


@exercise
def check_loss(answer: Callable[[Tensor, Tensor, Tensor, Tensor, float], Tensor]) -> str:
    """Exercise 13.1: the loss of a decoder, from logits of the two parts and the masks.

    Examples
    --------
    >>> check_loss(lambda kept, removed, named, mask, price: price * mask.mean())
    Not yet. The network's answers are missing: of the kept part, and of the removed one.
    """
    generator = torch.Generator().manual_seed(0)
    for clips, classes, price in ((4, 3, 2.0), (3, 5, 0.5)):
        kept, removed = (torch.randn(clips, classes, generator=generator) for _ in range(2))
        named = torch.randint(classes, (clips,), generator=generator)
        mask = torch.rand(clips, 1, 4, 6, generator=generator)
        found = answered_number(answer, kept, removed, named, mask, price)
        inside = functional.cross_entropy(kept, named)
        p = removed.softmax(dim=1).gather(1, named[:, None])[:, 0]
        outside, area = -(1 - p).log().mean(), price * mask.mean()
        right = inside + outside + area
        known = {
            "The network's answers are missing: of the kept part, and of the removed one.": (area),
            "The removed part should not be named: it is missing.": inside + area,
            "The kept part should be named: it is missing.": outside + area,
            "Area costs nothing: the decoder would keep everything.": inside + outside,
            "For the removed part, log p is to be small, and not to be large.": (
                inside + functional.cross_entropy(removed, named) + area
            ),
            "-CE of the removed part has no bound: it would outweigh all else. Take -log(1 - p).": (
                inside - functional.cross_entropy(removed, named) + area
            ),
            "Take the mean over clips, not the sum.": clips * (inside + outside) + area,
            "The removed part: -log(1 - p), where p is the class's probability, not 1 - p.": (
                inside - p.log().mean() + area
            ),
            "The area is the mean of the masks, not their sum.": (
                inside + outside + price * mask.sum()
            ),
        }
        compare(found, right, known, f"It is {right:.3f}, and yours is {found:.3f}.", 1e-3)
    return "Three terms, and a decoder learns to draw; the rest of the notebook asks what."


@exercise
def check_own_order(answer: Callable[[Tensor, Tensor], Tensor]) -> str:
    """Exercise 13.2: the values of a mask in the order of a map.

    Examples
    --------
    >>> check_own_order(lambda attribution, mask: mask)
    Not yet. That is the mask itself: lay its values out by the size of the map.
    """
    generator = torch.Generator().manual_seed(1)
    for size in (7, 40):
        attribution = torch.randn(size, generator=generator)
        mask = torch.rand(size, generator=generator).square()
        found = answered_tensor(answer, (size,), attribution, mask)
        row = [each[None, None, None] for each in (attribution, mask)]
        right = in_order_of(*row).flatten()
        known = {
            "That is the mask itself: lay its values out by the size of the map.": mask,
            "The largest value belongs where the map is largest; yours is turned round.": (
                in_order_of(-row[0], row[1]).flatten()
            ),
            "These are the values in order. Put them where the map's values lie.": (
                mask.sort(descending=True).values,
                mask.sort().values,
            ),
            "Those are the map's values. The mask's are asked for, in the map's order.": (
                in_order_of(row[1], row[0]).flatten()
            ),
            "Take the *rank* of each bin of the map, the argsort of the argsort.": (
                mask.sort(descending=True).values[attribution.argsort(descending=True)],
                mask.sort().values[attribution.argsort()],
                mask[attribution.argsort(descending=True)],
                mask[attribution.argsort()],
            ),
        }
        text = "Is the largest value of the mask where the map is largest, and so on down?"
        compare(found, right, known, text, 1e-5)
    return "The same values, the same area; only where they lie is left to compare."


class _Rows(nn.Module):
    """It names the loudest of four groups of rows; `bias` prefers one."""

    def __init__(self, bias: int | None = None):
        super().__init__()
        self.bias = bias

    def forward(self, values: Tensor) -> Tensor:
        outputs = values.mean(dim=(1, 3)).unflatten(1, (4, -1)).mean(dim=2)
        if self.bias is not None:
            outputs = outputs + 3 * functional.one_hot(torch.tensor(self.bias), 4)
        return outputs


@exercise
def check_stamp(answer: Callable[[nn.Module, Tensor, Tensor, Tensor], float]) -> str:
    """Exercise 13.3: how often masks write their owners' classes on sounds that are not theirs,
    over how often these are so named anyway.

    Examples
    --------
    >>> check_stamp(lambda network, masks, ground, owners: 1.0)
    Not yet. It is 0.45, and yours is 1.00.
    """
    generator = torch.Generator().manual_seed(0)
    owners = torch.randint(4, (20,), generator=generator)
    masks = torch.rand(20, 1, 8, 6, generator=generator)
    for clip in range(0, 20, 2):
        rows = slice(2 * int(owners[clip]), 2 * int(owners[clip]) + 2)
        masks[clip, :, rows] = 1
    ground = -40 + 10 * torch.rand(20, 1, 8, 6, generator=generator)
    for network in (_Rows(), _Rows(bias=2)):
        found = answered_number(answer, network, masks, ground, owners)
        written, anyway = (
            stamped(network, part, ground, owners)[0].mean().item()
            for part in (masks, torch.ones_like(masks))
        )
        product = network(ground * masks).argmax(dim=1) == owners
        removed = network(ground + (1 - masks) * (-100 - ground) * 0 + masks * (-100 - ground))
        known = {
            "Take off the share that is named so without any mask.": written,
            "That is the share without any mask. Lay the masks over the ground.": anyway,
            "Multiplied decibels: 0 dB is loud. Move from -100 dB: -100 + mask · (ground + 100).": (
                product.double().mean() - anyway
            ),
            "That asks about what the masks remove.": (
                (removed.argmax(dim=1) == owners).double().mean() - anyway
            ),
            "The other way round: with masks, less without.": anyway - written,
        }
        right = written - anyway
        known = {hint: wrong for hint, wrong in known.items() if abs(float(wrong) - right) > 1e-6}
        compare(found, right, known, f"It is {right:.2f}, and yours is {found:.2f}.", 1e-3)
    return "Ask it of every mask whose kept part is said to be convincing."
