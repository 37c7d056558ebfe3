"""Layer-wise relevance propagation. Taught in notebook 03."""

from typing import Literal

import captum.attr
import torch
from captum.attr._utils.custom_modules import Addition_Module
from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule
from torch import Tensor, nn

from audioxai_lite.attribution.batches import Target, explain_in_batches
from audioxai_lite.models.cnn14 import Cnn14, with_folded_norms


def lrp(
    model: Cnn14,
    values: Tensor,
    target: Target = None,
    rule: Literal["conserving", "epsilon"] = "conserving",
    batch_size: int = 16,
) -> Tensor:
    """Layer-wise relevance propagation: the logit, handed back layer by layer to the bins that made
    it.

    Every batch normalisation is folded into the convolution before it; the first, over bands,
    counts as preprocessing.

    Parameters
    ----------
    model : Cnn14
    values, target, batch_size
        See `saliency`.
    rule : "conserving" or "epsilon"
        "conserving": α1β0 without biases for convolutions, ε for dense layers: the relevance that
        arrives is the logit that set out, see `conservation`. "epsilon": ε everywhere, which for
        such networks is gradient × input.

    Returns
    -------
    Tensor, shape of `values`, in the unit of the output

    Raises
    ------
    ValueError
        If the model is not a Cnn14, or the rule unknown.

    Source: Bach et al. 2015; Montavon et al. 2019, rules; Captum's LRP. Notebook: 03.

    Examples
    --------
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> model, values = Cnn14(10).eval(), torch.randn(1, 1, 64, 251)
    >>> lrp(model, values, 3).shape
    torch.Size([1, 1, 64, 251])
    """
    if not isinstance(model, Cnn14):
        raise ValueError(
            f"LRP needs a rule for every layer; there are some for Cnn14, and none for {type(model).__name__}: "
            "use a gradient method"
        )
    if rule not in ("conserving", "epsilon"):
        raise ValueError(f'rule is "conserving" or "epsilon", not {rule!r}')
    folded = folded_cnn14(model)
    method = captum.attr.LRP(folded)

    def explain(x, t):
        for module in folded.modules():  # Captum deletes the rules after every call
            if isinstance(module, nn.Conv2d) and rule == "conserving":
                module.rule = Alpha1_Beta0_Rule(set_bias_to_zero=True)
            elif isinstance(
                module, nn.Conv2d | nn.Linear | nn.AvgPool2d | nn.MaxPool2d | Addition_Module
            ):
                module.rule = EpsilonRule()
        with torch.no_grad():
            x = model.bn0(x.transpose(1, 2)).transpose(1, 2)
        return method.attribute(x.requires_grad_(), target=t)

    return explain_in_batches(explain, model, values, target, batch_size, "LRP")


def folded_cnn14(model: Cnn14) -> Cnn14:
    """A copy whose convolutions do the work of their batch normalisations; the first of all is left
    to the caller.

    Same output for `model.bn0(values.transpose(1, 2)).transpose(1, 2)` as the model's for `values`.

    Examples
    --------
    >>> from audioxai_lite.models.cnn14 import Cnn14
    >>> model, values = Cnn14(10).eval(), torch.randn(1, 1, 64, 251)
    >>> normalised = model.bn0(values.transpose(1, 2)).transpose(1, 2)
    >>> torch.allclose(folded_cnn14(model)(normalised), model(values), atol=1e-4)
    True
    """
    folded = with_folded_norms(model)
    folded.bn0 = nn.Dropout(0.0)  # passes everything on; Captum has no rule for nn.Identity
    return folded
