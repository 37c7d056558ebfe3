"""A rule for relevance that is right only where no input is negative: what the first edition of
this course used on its first layer. Notebook: 04.
"""

import copy

import captum.attr
import pandas as pd
import torch
from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule
from torch import Tensor, nn

from ... import attribution
from ...audio_model import AudioModel
from ...evaluation.stability import rank_correlation
from ...models.cnn14 import cnn14_with_split_norms

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d)
WITHOUT_RULE = (nn.ReLU, nn.Dropout)  # Captum hands relevance through these as it comes


def lrp_with_clamped_weights(model: nn.Module, values: Tensor, target: Tensor) -> Tensor:
    """LRP with Captum's α1β0 for convolutions: positive weights alone, whatever the input's sign.

    Parameters
    ----------
    model : nn.Module
        Of layers that Captum's LRP knows, each used once, without batch normalisations.
    values : Tensor, shape (batch, …)
    target : Tensor of int, shape (batch,)

    Returns
    -------
    Tensor, shape of `values`

    Source: Captum 0.9, `captum.attr._utils.lrp_rules`. Notebook: 04.

    Examples
    --------
    >>> network = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.Flatten(), nn.Linear(2, 1))
    >>> network[0].weight.data.fill_(1.0)
    tensor([[[[1.]]]])
    >>> lrp_with_clamped_weights(network, torch.tensor([[[[2.0, 1.0]]]]), torch.tensor([0])).shape
    torch.Size([1, 1, 1, 2])
    """
    ruled = copy.deepcopy(model).eval()
    for layer in ruled.modules():
        if isinstance(layer, CONVOLUTIONS):
            layer.rule = Alpha1_Beta0_Rule(set_bias_to_zero=True)
        elif not list(layer.children()) and not isinstance(layer, WITHOUT_RULE):
            layer.rule = EpsilonRule()
    inputs = values.detach().clone().requires_grad_()
    return captum.attr.LRP(ruled).attribute(inputs, target=target).detach()


def both_rules(model: AudioModel, values: Tensor, target: Tensor) -> pd.DataFrame:
    """LRP of a Cnn14 with the clamped rule and with the right one, a row a clip.

    Returns
    -------
    DataFrame
        "negative inputs", the share behind the first normalisation; "clamped" and "signed", the
        share of the logit that arrives with either rule; "correlation", of the ranks of both maps.

    Examples
    --------
    >>> from ..classifiers import classifier_model
    >>> from ...models.cnn14 import Cnn14
    >>> model, values = classifier_model(Cnn14(10)), torch.randn(1, 1, 64, 251)
    >>> list(both_rules(model, values, torch.tensor([3])))
    ['negative inputs', 'clamped', 'signed', 'correlation']
    """
    normalise, folded = cnn14_with_split_norms(model.network)
    inputs = normalise(values)
    with torch.no_grad():
        logits = folded(inputs).gather(1, target[:, None])[:, 0]
    clamped = lrp_with_clamped_weights(folded, inputs, target)
    signed = attribution.lrp(folded, inputs, target)
    columns = {
        "negative inputs": (inputs < 0).float().mean(dim=(1, 2, 3)),
        "clamped": clamped.sum(dim=(1, 2, 3)) / logits,
        "signed": signed.sum(dim=(1, 2, 3)) / logits,
        "correlation": rank_correlation(clamped, signed),
    }
    return pd.DataFrame({name: column.numpy() for name, column in columns.items()})
