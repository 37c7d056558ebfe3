"""A part of a study, computed anew, beside the record: which numbers differ?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy

RELATIVE, ABSOLUTE = 0.02, 2e-3  # what another processor may change of a number
TURNED = 0.02  # of the scores of masks, those where a class or a bin near its limit may turn


@dataclass(frozen=True)
class Sample:
    """A part of a study, computed now, beside the record.

    Attributes
    ----------
    what : str
        In words.
    found, stored : DataFrame
        Rows of the same keys in the same order; the columns are numbers.
    drawn : sequence of str
        Columns that rest on random draws seeded by the bits of a mask. One bit that turns draws
        others, so of these the means are compared.
    turned : float, default 0
        The share of all other numbers that may differ, since a class turns near its limit.
    """

    what: str
    found: pd.DataFrame
    stored: pd.DataFrame
    drawn: Sequence[str] = ()
    turned: float = 0.0

    def compared(self) -> pd.DataFrame:
        """Every number: its keys, "column", "found", "stored", and "near", whether the two differ
        by no more than another processor explains.
        """
        exact = [name for name in self.found if name not in self.drawn]
        found, stored = (
            table[exact].melt(var_name="column", value_name="found", ignore_index=False)
            for table in (self.found, self.stored)
        )
        rows = found.assign(stored=stored["found"]).reset_index()
        one, other = rows["found"].to_numpy(float), rows["stored"].to_numpy(float)
        return rows.assign(near=np.isclose(one, other, RELATIVE, ABSOLUTE, equal_nan=True))

    def compared_means(self) -> pd.DataFrame:
        """The same of the means of what is drawn, within the 99.9 % interval of Student's t.

        The masks of one map share draws where their areas are equal, and count once; of a single
        map nothing can be said.
        """
        rows = []
        maps = [name for name in self.found.index.names if name != "mask"]
        for column in self.drawn:
            one, other = self.found[column], self.stored[column]
            apart = (one - other).groupby(level=maps).mean().dropna()
            error = max(float(scipy.stats.t.ppf(0.9995, len(apart) - 1) * apart.sem()), ABSOLUTE)
            means = one.mean(), other.mean()
            near = bool(one.isna().equals(other.isna())) and not abs(means[0] - means[1]) > error
            rows.append({"column": f"mean of {column}", "found": means[0], "stored": means[1]})
            rows[-1]["near"] = near
        return pd.DataFrame(rows, columns=["column", "found", "stored", "near"])


def of_methods(sample: Sample, names: Sequence[str]) -> Sample:
    """What a sample holds of some methods, or of some checks: what others break is not the claim's
    that rests on these. Rows of no method stay; a sample that tells no methods apart stays whole.

    Raises
    ------
    ValueError
        If the sample holds nothing of them.

    Examples
    --------
    >>> rows = pd.MultiIndex.from_product([["LIME", "none"], [3]], names=["method", "clip"])
    >>> table = pd.DataFrame({"AD": [10.0, 20.0]}, index=rows)
    >>> of_methods(Sample("a clip", table, table), ["LIME"]).found["AD"].tolist()
    [10.0, 20.0]
    """
    levels = [level for level in ("method", "check") if level in sample.found.index.names]
    if not levels:
        return sample
    methods = sample.found.index.get_level_values(levels[0])
    if not methods.isin(names).any():
        raise ValueError(f"the sample ({sample.what}) holds nothing of {', '.join(names)}")
    chosen = methods.isin([*names, "none"])
    return replace(sample, found=sample.found[chosen], stored=sample.stored[chosen])


def differing(sample: Sample) -> pd.DataFrame:
    """The numbers of a sample that contradict the record; none where it agrees.

    Of the scores of masks single numbers may: where a class or a bin lies near its limit it turns
    on another processor. Means of what is drawn are counted always.

    Returns
    -------
    DataFrame
        The keys, column, found, stored.

    Examples
    --------
    >>> table = pd.DataFrame({"AD": [10.0, 20.0]}, index=pd.Index([3, 11], name="clip"))
    >>> differing(Sample("two clips", table + 1, table)).to_dict("list")
    {'clip': [3, 11], 'column': ['AD', 'AD'], 'found': [11.0, 21.0], 'stored': [10.0, 20.0]}
    >>> differing(Sample("two clips", table, table)).empty
    True
    """
    numbers, means = sample.compared(), sample.compared_means()
    parts = [means[~means["near"]]] if len(means) else []
    if (~numbers["near"]).mean() > sample.turned:
        parts.insert(0, numbers[~numbers["near"]])
    rows = pd.concat(parts) if parts else numbers[:0]
    return rows.drop(columns="near").reset_index(drop=True)


def aligned(
    what: str,
    found: pd.DataFrame,
    stored: pd.DataFrame,
    keys: list[str],
    columns: Sequence[str],
    drawn: Sequence[str] = (),
    turned: float = 0.0,
) -> Sample:
    """What was found, beside the rows of the record that have the same keys.

    Raises
    ------
    ValueError
        If the record lacks one: another version of the study made it.

    Examples
    --------
    >>> stored = pd.DataFrame({"clip": [1, 2], "AD": [10.0, 20.0]})
    >>> aligned("one clip", stored[:1], stored, ["clip"], ["AD"]).stored.to_dict()
    {'AD': {1: 10.0}}
    """
    found, stored = (table.set_index(keys).sort_index() for table in (found, stored))
    lacking = found.index.difference(stored.index)
    if len(lacking) or not len(found):
        raise ValueError(f"the record has no row for {', '.join(map(str, lacking[:1]))}")
    chosen = [*columns, *drawn]
    return Sample(what, found[chosen], stored.loc[found.index, chosen], drawn, turned)
