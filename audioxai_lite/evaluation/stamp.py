"""Does a mask itself write the class? It is laid over a sound that is not of the class. Taught in
notebook 13.
"""

import torch
from torch import Tensor, nn

from ..inputs import as_classes, as_floats, check_like
from ..masks.rules import AXES
from ..models import evaluating
from ..models.calling import Called, softmax
from ..sound.levels import FLOOR, apply_mask


def stamped(
    model: nn.Module,
    masks: Tensor,
    grounds: Tensor,
    owners: Tensor,
    floor: float = FLOOR,
    batch_size: int = 16,
) -> tuple[Tensor, Tensor]:
    """Lay masks over sounds that they do not belong to, and ask for their owners' classes.

    Where a mask shows the network what is there, nothing of the owner is left. Where the network
    still names it, the outline of the mask is enough: it is a stamp, and scores that reward a kept
    answer (AI, AG, AD) reward the stamp.

    Parameters
    ----------
    model : nn.Module
        A classifier that gives logits.
    masks : Tensor, shape (batch, 1, frequency, time), in [0, 1]
    grounds : Tensor, shape of `masks`
        Decibels of what they are laid over: noise, a clip of another class, the clean twin.
    owners : Tensor, shape (batch,)
        The classes of the clips that the masks were made for.
    floor : float, default -100
    batch_size : int, default 16

    Returns
    -------
    named : Tensor of 0 and 1, shape (batch,)
        Whether the owner's class is named. Ask the same of the true mask, which is honest, and of
        the grounds alone.
    probability : Tensor, shape (batch,)
        Of that class.

    Notebook: 13.

    Examples
    --------
    >>> two = nn.Sequential(nn.Flatten(), nn.Linear(2, 2, bias=False))
    >>> two[1].weight.data = torch.eye(2)  # it names the louder of two bins
    >>> first, flat = torch.tensor([[[[1.0, 0.0]]]]), torch.full((1, 1, 1, 2), -20.0)
    >>> stamped(two, first, flat, torch.tensor([0]))[0].tolist()  # whatever it is laid over
    [1.0]
    """
    masks, grounds = as_floats(masks, "masks", AXES), as_floats(grounds, "grounds", AXES)
    check_like(grounds, "grounds", masks, "the masks")
    network, kept = Called(model), apply_mask(grounds, masks, floor)[0]
    with evaluating(network):
        outputs = torch.cat([softmax(network(part)) for part in kept.split(batch_size)])
    owners = as_classes(owners, *outputs.shape)
    owner = outputs.gather(1, owners[:, None])[:, 0]
    return (outputs.argmax(dim=1) == owners).float(), owner
