"""Which mask is best? A published rule, what it rewards, and a view without a rule. Taught in
notebook 06.

Tables have a row a mask and a column a metric, named as in `DIRECTIONS`.
"""

import numpy as np
import pandas as pd

# Metric -> (whether higher is better, lowest, highest; None: ln of the number of bins). After the
# tables of Pak & Teryokhina 2025.
DIRECTIONS: dict[str, tuple[bool, float, float | None]] = {
    "FF": (True, -1.0, 1.0),
    "AI": (True, 0.0, 100.0),
    "AD": (False, 0.0, 100.0),
    "AG": (True, 0.0, 100.0),
    "Fid-In": (True, 0.0, 1.0),
    "SPS": (True, 0.0, 1.0),
    "COMP": (False, 0.0, None),
}


def overall(table: pd.DataFrame, limits: dict[str, tuple[float, float]] | None = None) -> pd.Series:
    """One number a mask: the geometric mean of its seven scores, each scaled to [0, 1] and turned
    so that 1 is best.

    A mask that is worst in one metric gets 0, however good the rest. And whoever sets the limits
    decides: scaled with those of another collection of tables, another mask may win. A metric that
    is equal for all masks decides nothing: it counts as 1.

    Parameters
    ----------
    table : DataFrame
        Masks by metrics; all seven metrics.
    limits : dict of metric to (lowest, highest), optional
        By default those of this table, as the paper's text says. `posthoc_audio.LIMITS` are what
        the published winners were picked with.

    Returns
    -------
    Series
        In [0, 1], higher is better. NaN where a score is NaN.

    Raises
    ------
    ValueError
        If a metric is missing.

    Source: Pak & Teryokhina 2025, IV.A. Notebook: 06.

    Examples
    --------
    >>> three = {"a": [9, 90, 10, 9, 0.9, 0.9, 1], "b": [5, 50, 50, 5, 0.5, 0.5, 2]}
    >>> three["worst in AD"] = [9, 90, 90, 9, 0.9, 0.9, 1]
    >>> table = pd.DataFrame(three, index=list(DIRECTIONS)).T
    >>> overall(table).to_dict()
    {'a': 1.0, 'b': 0.0, 'worst in AD': 0.0}
    """
    missing = [name for name in DIRECTIONS if name not in table]
    if missing:
        raise ValueError(f"the table lacks {', '.join(missing)}")
    shares = []
    for name, (higher_is_better, _, _) in DIRECTIONS.items():
        low, high = (limits or {}).get(name, (table[name].min(), table[name].max()))
        if high > low:
            share = ((table[name] - low) / (high - low)).clip(0, 1)
            shares.append(share if higher_is_better else 1 - share)
        else:
            shares.append(table[name] * 0 + 1)
    return pd.concat(shares, axis=1).prod(axis=1, skipna=False) ** (1 / len(DIRECTIONS))


def best(
    table: pd.DataFrame,
    limits: dict[str, tuple[float, float]] | None = None,
    degenerate: pd.Series | None = None,
) -> str:
    """The name of the mask with the largest `overall`, where wanted without degenerate ones.

    Parameters
    ----------
    table, limits
        See `overall`.
    degenerate : Series of bool, by mask, optional
        Masks to leave out: those that are constant on most clips, say. They are left out before
        scaling, too.

    Raises
    ------
    ValueError
        If nothing is left to rank.

    Notebook: 06.

    Examples
    --------
    >>> two = {"a": [9, 90, 10, 9, 0.9, 0.9, 1], "b": [5, 50, 50, 5, 0.5, 0.5, 2]}
    >>> table = pd.DataFrame(two, index=list(DIRECTIONS)).T
    >>> best(table), best(table, degenerate=pd.Series({"a": True}))
    ('a', 'b')
    """
    if degenerate is not None:
        table = table[~degenerate.reindex(table.index, fill_value=False)]
    scores = overall(table, limits).dropna() if len(table) else pd.Series(dtype=float)
    if scores.empty:
        raise ValueError("there is nothing to rank: every mask is degenerate or lacks a score")
    return scores.idxmax()


def pareto(table: pd.DataFrame) -> pd.Series:
    """Which rows no other beats: none keeps the answer as often with as small an area and does
    better in either.

    Parameters
    ----------
    table : DataFrame
        Of its columns "Fid-In" (more is better) and "area" (less is better).

    Returns
    -------
    Series of bool, by row

    Notebook: 06.

    Examples
    --------
    >>> table = pd.DataFrame({"Fid-In": [1.0, 0.9, 0.8], "area": [0.5, 0.2, 0.4]})
    >>> pareto(table).tolist()
    [True, True, False]
    """
    gains, costs = table["Fid-In"].to_numpy(), table["area"].to_numpy()
    as_good = (gains[:, None] >= gains) & (costs[:, None] <= costs)
    better = as_good & ((gains[:, None] > gains) | (costs[:, None] < costs))
    return pd.Series(~better.any(axis=0) & np.isfinite(gains) & np.isfinite(costs), table.index)
