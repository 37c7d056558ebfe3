"""What notebook 06 asks of scored masks: by training and clip, beside controls, and on noise."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch

from ... import attribution, masks
from ...evaluation import ranking, statistics
from ...evaluation.stamp import stamped
from ...published import posthoc_audio
from ..classifiers import SEEDS, load_classifier
from ..clips import clips_of_each_class, noise_like, scored_clips
from ..results import by_training


class ScoredMasks:
    """A data set's masks, as claims ask for them: the means of a method, or clip by clip.

    Parameters
    ----------
    study, by_clip : DataFrame
        Of one data set, `results("interpretation")` and `results_by_clip("interpretation")`.
    names : sequence of str
        The masks that are compared.
    """

    def __init__(self, study: pd.DataFrame, by_clip: pd.DataFrame, names: Sequence[str]):
        self.study, self.by_clip, self.names = study, by_clip, list(names)

    def table_of(self, method: str, seed: str = "all", model: str = "robust") -> pd.DataFrame:
        """A method's masks, a row each, over all trainings or for one."""
        asked = "model == @model and method == @method and seed == @seed and grain == 'bins'"
        return self.study.query(asked).set_index("mask").loc[self.names]

    def by_training(
        self, method: str, mask: str, score: str = "AD", of: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """A score of a mask on the robust networks, (trainings, clips)."""
        table = self.by_clip if of is None else of
        asked = {"model": "robust", "method": method, "grain": "bins", "mask": mask}
        return by_training(table, score, **asked)

    def trade_off(self, method: str, among: Sequence[str], drop: str = "AD") -> tuple[float, ...]:
        """The rank correlation of a drop and of SPS among a method's masks, and its interval over
        trainings and clips.
        """
        means = []
        for score in (drop, "SPS"):
            drawn = {
                mask: statistics.drawn_means(self.by_training(method, mask, score).to_numpy())
                for mask in among
            }
            means.append(pd.DataFrame(drawn).rank(axis=1))
        drawn = means[0].corrwith(means[1], axis=1)
        table = self.table_of(method).loc[list(among)]
        found = table[drop].corr(table["SPS"], method="spearman")
        return tuple(statistics.interval("", found, drawn).values())

    def lime_with_the_sign(
        self, theirs: dict[str, str]
    ) -> tuple[dict[str, tuple], dict[str, tuple], list[int], bool]:
        """How much more LIME with the sign drops than what the rule picks for other methods, and
        than controls of its area; on which side it is clearly better; and whether it is clearly
        better than the loudest bins.

        Parameters
        ----------
        theirs : dict of the paper's names to ours
        """
        mask = (theirs["LIME"], "sign")
        sign, over = self.by_training(*mask), {}
        beside = {
            control: statistics.mean_interval(self.by_training(*mask, f"AD over {control}"))
            for control in ("cells", "energy")
        }
        for name in ("saliency", "Grad-CAM", "SHAP"):
            best = ranking.best(self.table_of(theirs[name]), posthoc_audio.LIMITS)
            more = sign - self.by_training(theirs[name], best)
            over[f"{name} with {best}"] = statistics.mean_interval(more)
        sides = [-statistics.interval_side(less) for less in (beside["cells"], *over.values())]
        return over, beside, sides, bool(beside["energy"][2] < 0)

    def in_between(self, theirs: dict[str, str], grad_cam: str) -> dict[str, pd.DataFrame]:
        """How much less LIME drops than Grad-CAM, and that than saliency, clip by clip, with the
        top 30 %.
        """
        methods = (theirs["LIME"], grad_cam, "saliency")
        first, second, third = (self.by_training(m, "top 30 %, exact") for m in methods)
        return {"Grad-CAM less LIME": second - first, "saliency less Grad-CAM": third - second}

    def lime_ahead(
        self,
        theirs: dict[str, str],
        on_paper: dict[str, str],
        printed_mask: pd.Series,
        stft_by_clip: pd.DataFrame,
    ) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
        """AI and AG of LIME with its printed mask, less those of the others with theirs, on both
        inputs; and less those of maps that know no network, with the sign.
        """
        ahead, beside = {}, {}
        for name, feature, of in (("mel", "Mel", None), ("STFT", "STFT", stft_by_clip)):
            mask = {m: printed_mask[feature, title] for m, title in on_paper.items()}
            for score in ("AI", "AG"):
                lime, *rivals = (self.by_training(theirs[m], mask[m], score, of) for m in on_paper)
                for m, rival in zip([*on_paper][1:], rivals, strict=True):
                    ahead[f"{score}, {name}, less {m}"] = lime - rival
        for score in ("AI", "AG"):
            lime = self.by_training(theirs["LIME"], "sign", score)
            for m in ("random", "energy"):
                rival = self.by_training(m, "sign", score)
                beside[f"{score}, mel, less {m} with the sign"] = lime - rival
        return ahead, beside


def clearly_less(by_clip: pd.DataFrame, over: str) -> pd.Series:
    """Which maps drop less than a control of equal area: methods, networks and grains, all of them
    asked together by Holm's rule, so that a whole table of chance shows one in twenty tries.

    Parameters
    ----------
    by_clip : DataFrame
        Of one mask; of `results_by_clip("interpretation")`.
    over : "AD over cells" or "AD over energy"

    Examples
    --------
    >>> from audioxai_lite.course.results import results_by_clip
    >>> rows = results_by_clip("interpretation").query("data == 'environment'")
    >>> rows = rows.query("mask == 'top 30 %, exact' and model == 'robust' and grain == 'bins'")
    >>> clearly_less(rows, "AD over cells")[("LIME, grid", "robust", "bins")].item()
    True
    """
    groups = by_clip.groupby(["method", "model", "grain"])
    gains = [rows.pivot(index="seed", columns="clip", values=over).to_numpy() for _, rows in groups]
    drawn = [statistics.drawn_means(gain, resamples=4000) for gain in gains]
    differs = statistics.differs_from_zero(np.stack(drawn, axis=1))
    return (groups[over].mean() < 0) & differs


def printed_winners() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The best mask of each printed table by the published rule, scaled in three ways.

    Returns
    -------
    winners : DataFrame
        A row a feature and method: the winner scaled by the extremes of all twenty tables, within
        the table, and without masks that cannot have done what they say; and the printed one.
    printed : DataFrame
        The printed winners without noise, by our names of masks.

    Examples
    --------
    >>> winners, printed = printed_winners()
    >>> (winners["over all 20 tables"] == winners["printed"]).all().item()
    True
    """
    rows = []
    wanted = {f"top {k} %{part}": 1 - k / 100 for k in (5, 30, 50) for part in ("", ", positive")}
    for (feature, method), table in posthoc_audio.published_tables().groupby(["feature", "method"]):
        table = table.droplevel([0, 1])
        sparse = pd.Series(wanted).reindex(table.index)  # what SPS should be
        suspect = (table["SPS"] < 0.9 * sparse) | (table["SPS"] < 0.05)
        over_all = ranking.best(table, posthoc_audio.LIMITS)
        without = ranking.best(table, posthoc_audio.LIMITS, suspect)
        rows.append([feature, method, over_all, ranking.best(table), without])
    columns = ["feature", "method", "over all 20 tables", "table by table", "without suspect masks"]
    winners = pd.DataFrame(rows, columns=columns)
    printed = pd.read_csv(posthoc_audio.REFERENCE / "posthoc_audio_best.csv")
    printed = printed.query("background == 'clean'")
    ours = {theirs: ours for ours, (theirs, _) in posthoc_audio.VARIANTS.items()}
    printed = printed.assign(mask=printed["mask"].map(ours))
    named = printed[["feature", "method", "mask"]].rename(columns={"mask": "printed"})
    return winners.merge(named), printed


def named_on_noise(data: str) -> dict[str, float]:
    """How often the robust networks name a clip's class when its mask is laid over white noise as
    loud: the stamp test of notebook 13, means over clips and trainings.

    Examples
    --------
    >>> named = named_on_noise("environment")
    >>> named["top 5 % of saliency"] > named["the truth"] > named["no mask"]
    True
    """
    values, truth = scored_clips(data)
    named: dict[str, list[float]] = {}
    for seed in SEEDS:
        network = load_classifier(data, "robust", seed).network
        target = network(values).argmax(dim=1)
        found = attribution.saliency(network, values, target, absolute=False)
        laid = {"top 5 % of saliency": masks.top_k(found, 0.05)}
        laid["loudest 5 %"] = masks.top_k(values, 0.05)
        laid["no mask"] = torch.ones_like(values)
        if truth is not None:
            laid["the truth"] = truth
        for name, mask in laid.items():
            share = stamped(network, mask, noise_like(values, 0), target)[0].mean().item()
            named.setdefault(name, []).append(share)
    return {name: float(np.mean(shares)) for name, shares in named.items()}


def fid_in_less_accuracy(data: str) -> Callable[[int], dict[str, float]]:
    """By how much Fid-In differs from the share that is right, on the same masked clips, for each
    of saliency's masks and for whole clips: a function of the training's number.

    Examples
    --------
    >>> list(fid_in_less_accuracy("environment")(0))[-1]
    'all ones'
    """
    return partial(_fid_in_less_accuracy, data)


def _fid_in_less_accuracy(data: str, seed: int) -> dict[str, float]:
    values, _ = scored_clips(data)
    label = torch.tensor([clip.target for clip in clips_of_each_class(data, 2)])
    model = load_classifier(data, "robust", seed=seed)
    named = model(values).argmax(dim=1)
    tried = posthoc_audio.all_variants(attribution.saliency(model, values, named, absolute=False))
    off = {}
    for name, mask in (tried | {"all ones": torch.ones_like(values)}).items():
        heard = model(masks.apply_mask(values, mask)[0]).argmax(dim=1)
        right = (heard == label).float().mean().item()
        off[name] = (heard == named).float().mean().item() - right
    return off
