"""What the outputs of a model mean: logits, probabilities or a score. Taught in notebook 14."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

Answer = Literal["logits", "multi-label logits", "probabilities", "score"]
LINKS: dict[str, Callable[[Tensor], Tensor]] = {
    "logits": lambda outputs: outputs.softmax(dim=-1),
    "multi-label logits": torch.sigmoid,
    "probabilities": lambda outputs: outputs,
}

REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "mean": lambda frames: frames.mean(dim=-1),
    "max": lambda frames: frames.amax(dim=-1),
}


def meaning(outputs: Tensor) -> Answer:
    """What outputs mean, as far as they can tell: a score, probabilities or logits.

    Raises
    ------
    ValueError
        If they may be one thing or another; the message says what to declare.

    Examples
    --------
    >>> meaning(torch.tensor([[0.2, 0.8]])), meaning(torch.tensor([[-1.0, 3.0]]))
    ('probabilities', 'logits')
    """
    if outputs.ndim == 1:
        return "score"
    if outputs.shape[1] == 1:
        raise ValueError(
            "this model gives one column; declare output=lambda y: y[:, 0] for a score, "
            'answer="multi-label logits" for the logit of one class, or answer="probabilities"'
        )
    bounded = bool(((outputs >= 0) & (outputs <= 1)).all())
    if bounded and torch.allclose(outputs.sum(dim=1), torch.ones(len(outputs)), atol=1e-3):
        return "probabilities"
    if bounded:
        raise ValueError(
            "these outputs lie between 0 and 1 and do not sum to 1: declare "
            'answer="probabilities" (of several labels), "logits" or "multi-label logits"'
        )
    return "logits"


def similarity_to(
    reference: Tensor, rather_than: Tensor | None = None
) -> Callable[[Tensor], Tensor]:
    """For networks that give embeddings: how alike they are to one, as a score. Pass it as
    `AudioModel(..., output=similarity_to(embedding))`.

    Parameters
    ----------
    reference : Tensor, shape (1, size)
    rather_than : Tensor, same shape, optional
        A contrast: how much more alike to the reference than to this.

    Returns
    -------
    callable
        From embeddings, (batch, size), to cosine similarities, or their difference, (batch,).

    Notebook: 14.

    Examples
    --------
    >>> alike = similarity_to(torch.tensor([[1.0, 0.0]]), rather_than=torch.tensor([[0.0, 1.0]]))
    >>> alike(torch.tensor([[2.0, 0.0], [3.0, 3.0]])).tolist()
    [1.0, 0.0]
    """
    cosine = torch.nn.functional.cosine_similarity

    def similarity(embeddings: Tensor) -> Tensor:
        alike = cosine(embeddings, reference)
        return alike if rather_than is None else alike - cosine(embeddings, rather_than)

    return similarity
