"""Figures of notebook 12."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ...detection.directions import mean_resultant_length, unit
from ...display import charts, style
from ...evaluation.statistics import mean_interval


def on_the_sphere(ax: Axes, healthy: np.ndarray, faulty: np.ndarray, title: str) -> None:
    """Directions of features along their two main axes, every eighth healthy window and all faulty
    ones, with the circle that holds all unit vectors.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> features = np.random.default_rng(0).normal(size=(50, 6))
    >>> on_the_sphere(ax, features, features[:5], "random")
    >>> len(ax.collections)
    2
    """
    directions = unit(healthy.astype(float))
    from sklearn.decomposition import PCA

    axes = PCA(2).fit(directions).components_
    shown = {"normal": directions[::8], "anomalous": unit(faulty.astype(float))}
    for name, features in shown.items():
        ax.scatter(*(features @ axes.T).T, s=4, alpha=0.4, color=style.COLOURS[name], label=name)
    turn = np.linspace(0, 2 * np.pi, 200)
    ax.plot(np.cos(turn), np.sin(turn), color="black", linewidth=0.5)
    ax.set(title=f"{title}: R = {mean_resultant_length(healthy):.2f}", aspect="equal")
    ax.set(xlabel="first main axis", ylabel="second main axis")


def areas(rows: pd.DataFrame, names: dict[str, dict]) -> pd.DataFrame:
    """Areas under the ROC curve with intervals, a row a way to make features.

    Parameters
    ----------
    rows : DataFrame
        Of a study of features, all trainings.
    names : dict of name to what its columns hold

    Examples
    --------
    >>> columns = {"area": [0.9], "area low": [0.8], "area high": [1.0], "scorer": ["angular"]}
    >>> areas(pd.DataFrame(columns), {"mine": {"scorer": "angular"}}).loc["mine", "auc low"]
    np.float64(0.8)
    """
    found = {}
    for name, wanted in names.items():
        chosen = rows
        for column, value in wanted.items():
            chosen = chosen[chosen[column] == value]
        row = chosen.iloc[0]
        found[name] = {f"auc{end}": row[f"area{end}"] for end in ("", " low", " high")}
    return pd.DataFrame(found).T


def area_dots(ax: Axes, tables: dict[str, pd.DataFrame], colours: dict[str, str]) -> None:
    """`areas` of several ways side by side, a colour each, with chance.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> table = pd.DataFrame({"auc": [0.9], "auc low": [0.8], "auc high": [1.0]}, index=["a"])
    >>> area_dots(ax, {"mine": table}, {"mine": "black"})
    >>> ax.get_xlabel()
    'area under the ROC curve, with 95 % interval'
    """
    charts.dots(ax, pd.concat(tables, axis=1), colours)
    ax.axvline(0.5, color="black", linestyle=":", linewidth=1)


def means(values: dict[str, np.ndarray]) -> pd.DataFrame:
    """Means over clips with intervals, as `charts.dots` draws them.

    Examples
    --------
    >>> means({"a": np.array([1.0, 3.0])}).loc["a", "mean"]
    np.float64(2.0)
    """
    found = {name: mean_interval(each[None]) for name, each in values.items()}
    return pd.DataFrame(found, index=["mean", "mean low", "mean high"]).T
