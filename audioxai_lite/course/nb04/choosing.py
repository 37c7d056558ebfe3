"""The chart of notebook 04 that leads from questions to a method, and to what to check next."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Every question, and where its answers lead: to another question or to a method.
QUESTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "access": ("What can you\nget from it?", {"gradients": "sum", "outputs\nonly": "parts"}),
    "sum": ("Must the numbers\nadd up?", {"yes": "baseline", "no": "time"}),
    "baseline": (
        "What does “nothing”\nmean to it?",
        {
            "no telling": "LRP",
            "silence": "integrated gradients",
            "other clips,\nevery layer in view": "Deep SHAP",
            "other clips,\na layer hidden": "GradientSHAP",
        },
    ),
    "time": (
        "How fine in time,\nand how dear?",
        {
            "about a second": "Grad-CAM",
            "a frame,\none gradient": "saliency",
            "a frame,\ndozens of them": "SmoothGrad",
        },
    ),
    "parts": (
        "How many parts,\nand does it\nbear holes?",
        {
            "eight parts or fewer": "Shapley values",
            "many parts; it bears holes": "occlusion",
            "many parts; it does not:\npaint them with their means": "LIME",
        },
    ),
}
# Of each method: what a clip costs, and what to check next.
CHOICES: dict[str, tuple[str, str]] = {
    "LRP": ("one pass back, a rule a layer", "does everything arrive?\n(4.2)"),
    "integrated gradients": ("50 to 200 gradients", "is the sum off?\nMore steps (4.2)"),
    "Deep SHAP": ("25 to 100 clips to compare", "is the sum off? A layer\nwas not seen (4.2)"),
    "GradientSHAP": ("25 to 100 gradients", "its sum is right only\non average (3.5)"),
    "Grad-CAM": ("one gradient, at one layer", "do the axes fit?\n(4.5)"),
    "saliency": ("one gradient", "read its sizes, not\nits signs (4.3)"),
    "SmoothGrad": ("25 gradients", "do two draws agree?\n(3.4)"),
    "Shapley values": ("256 sounds for 8 parts", "do your parts hold one\nsound each? (3.8)"),
    "occlusion": ("about 500 sounds", "is the evidence there\ntwice? (3.8)"),
    "LIME": ("1,000 sounds", "do its weights predict,\nnear and far? (4.2)"),
}
PLACES = {"access": 0.5, "sum": 2.9, "parts": 2.9, "baseline": 4.95, "time": 4.95}
HALF = 0.72  # of a question's width
METHODS_AT, CHECKS_AT = 7.3, 9.35
CHOSEN, REST = "black", "#AAAAAA"


def way_to(method: str) -> list[str]:
    """The questions that lead to a method of the chart, the first one first.

    Raises
    ------
    ValueError
        If the chart has no such method.

    Examples
    --------
    >>> way_to("saliency")
    ['access', 'sum', 'time']
    """
    if method not in CHOICES:
        raise ValueError(f"the chart knows {', '.join(CHOICES)}, not {method!r}")
    way: list[str] = []
    while way[:1] != ["access"]:
        sought = way[0] if way else method
        before = (name for name, (_, ends) in QUESTIONS.items() if sought in ends.values())
        way.insert(0, next(before))
    return way


def decision_chart(method: str | None = None) -> Figure:
    """Questions from left to right, methods at their ends, each with what it costs and what to
    check next.

    Parameters
    ----------
    method : str, optional
        The way to it is drawn darker.

    Examples
    --------
    >>> words = [text.get_text() for text in decision_chart("LRP").axes[0].texts]
    >>> "occlusion" in words, "one gradient" in words
    (True, True)
    """
    marked = {*way_to(method), method} if method else set()
    heights = _heights()
    fig, ax = plt.subplots(figsize=(10, 6.6))
    for name, (question, ways) in QUESTIONS.items():
        for answer, end in ways.items():
            _branch(ax, name, end, heights, answer, name in marked and end in marked)
        _box(ax, PLACES[name], heights[name], question, name in marked)
    for name, (costs, check) in CHOICES.items():
        bold = {"weight": "bold" if name in marked or not marked else "normal"}
        ax.text(METHODS_AT, heights[name] + 0.17, name, fontsize=10.5, va="center", **bold)
        ax.text(METHODS_AT, heights[name] - 0.2, costs, fontsize=8.5, va="center")
        ax.text(CHECKS_AT, heights[name], check, fontsize=9, va="center")
    for x, title in ((METHODS_AT, "a method, and its cost"), (CHECKS_AT, "check next")):
        ax.text(x, 0.85, title, fontsize=9.5, style="italic", va="center")
    then = "And whatever the method: is the answer right? Does the map find more than the energy"
    then += " (4.3)? Does it change with the network (4.4)?"
    ax.text(5.5, -9.9, then, fontsize=9.5, ha="center", va="center")
    ax.set(xlim=(-0.1, 11.2), ylim=(-10.2, 1.1))
    ax.set_axis_off()
    return fig


def _heights() -> dict[str, float]:
    """Methods one below the other; a question in the middle of its answers."""
    heights = {name: -float(row) for row, name in enumerate(CHOICES)}
    for name in reversed(QUESTIONS):
        ends = [heights[end] for end in QUESTIONS[name][1].values()]
        heights[name] = (min(ends) + max(ends)) / 2
    return heights


def _branch(
    ax: Axes, start: str, end: str, heights: dict[str, float], answer: str, chosen: bool
) -> None:
    """A line from a question to what an answer leads to, with the answer on it."""
    left = PLACES[start] + HALF
    right = PLACES.get(end, METHODS_AT - 0.08)
    bend, level = left + 0.1, heights[end]
    line = {"color": CHOSEN if chosen else REST, "linewidth": 2.2 if chosen else 1.1}
    order = 1 if chosen else 0
    across = [PLACES[start], bend, bend, right]
    ax.plot(across, [heights[start]] * 2 + [level] * 2, zorder=order, **line)
    up, how = (0.0, "center") if "\n" in answer else (0.06, "bottom")
    ax.text(bend + 0.06, level + up, answer, fontsize=8.5, va=how, linespacing=1.6)


def _box(ax: Axes, x: float, y: float, question: str, marked: bool) -> None:
    """A question in its frame."""
    edge = {"edgecolor": CHOSEN if marked else REST, "linewidth": 2.2 if marked else 1.1}
    frame = {"boxstyle": "round,pad=0.45", "facecolor": "white", **edge}
    ax.text(x, y, question, fontsize=9, ha="center", va="center", bbox=frame, zorder=3)
