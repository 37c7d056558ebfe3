"""What listeners have saved of the blind listening test: checked, and pooled over a class. Taught
in notebook 05.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest, t

from ..inputs import as_whole

KIND = "audioxai-lite listening test"
VERSION = 1
LARGEST = 1_000_000  # bytes; ten answers take two thousand
NEEDED = ("pair", "label", "explained", "chosen", "heard A", "heard B")

Interval = tuple[float, float]


@dataclass(frozen=True)
class Pooled:
    """The answers of a class. Shares lie between 0 and 1, intervals are of 95 %.

    Attributes
    ----------
    people, answers, right : int
    over_answers : (low, high)
        Exact, as if every answer were a toss of its own; people and clips repeat, so it is the
        narrower one.
    over_people : (low, high) or None
        Of the mean score of another class of people; None for one person.
    named_explanation, named_chance : int
        How often a sound was called by its clip's class.
    """

    people: int
    answers: int
    right: int
    over_answers: Interval
    over_people: Interval | None
    named_explanation: int
    named_chance: int

    def __str__(self) -> str:
        low, high = self.over_answers
        people = "one person" if self.people == 1 else f"{self.people} people"
        words = [
            f"{people}: {self.right} of {self.answers} answers right "
            f"({self.right / self.answers:.2f}; over answers {low:.2f} to {high:.2f}"
        ]
        if self.over_people:
            low, high = self.over_people
            words.append(f"; over people {low:.2f} to {high:.2f}")
        bears = "bears one half: undecided." if low <= 0.5 <= high else "does not bear one half."
        words.append(f"), which {bears}")
        for name, count in (("explanation", self.named_explanation), ("chance", self.named_chance)):
            low, high = exact_interval(count, self.answers)
            share = count / self.answers
            words.append(f" Kept by {name}: class named {share:.2f} ({low:.2f} to {high:.2f}).")
        return "".join(words)


def exact_interval(right: int, of: int) -> Interval:
    """The exact 95 % interval of a share, which takes no limit of many answers for granted.

    Source: Clopper and Pearson 1934. Notebook: 05, "A blind test".

    Examples
    --------
    >>> tuple(round(end, 2) for end in exact_interval(8, 10))  # one half is inside
    (0.44, 0.97)
    """
    right, of = (int(as_whole(each, "right answers and answers")) for each in (right, of))
    if not 0 <= right <= of or not of:
        raise ValueError(f"of {of} answers {right} cannot be right")
    found = binomtest(right, of).proportion_ci(method="exact")
    return float(found.low), float(found.high)


def pooled(files: Iterable[str | Path] | str | Path) -> Pooled:
    """The score of a class, from the files that its members have saved.

    Parameters
    ----------
    files : paths, or a folder
        Of a folder all files that end in .json. A person's file counts once, however often it is
        handed in.

    Raises
    ------
    ValueError
        If a file is damaged, is something else, belongs to another test than the first, or if a
        person's two files differ; the sentence names the file and the reason.

    Notebook: 05, "A blind test".

    Examples
    --------
    >>> import tempfile
    >>> answer = dict(zip(NEEDED, [1, "dog", "A", "A", "dog", "rain"]))
    >>> saved = {"kind": KIND, "version": 1, "test": "0" * 16, "person": "f" * 32, "pairs": 1}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     content = json.dumps(saved | {"answers": [answer]})
    ...     _ = Path(folder, "listening-ffffffff.json").write_text(content)
    ...     found = pooled(folder)
    >>> found.people, found.right, found.named_explanation, found.named_chance
    (1, 1, 1, 0)
    """
    paths = _paths(files)
    if not paths:
        raise ValueError("there is no file of answers to pool")
    people: dict[str, tuple[Path, dict[str, Any]]] = {}
    for path in paths:
        saved = _saved(path)
        first, known = people.setdefault(saved["person"], (path, saved))
        if known != saved:
            raise ValueError(f"{path.name} and {first.name} are of one person and differ: keep one")
        begun, other = next(iter(people.values()))
        if _key(saved) != _key(other):
            raise ValueError(f"{path.name} belongs to another test than {begun.name}")
    scores = [_counts(saved) for _, saved in people.values()]
    right, explanation, chance = (sum(column) for column in zip(*scores, strict=True))
    pairs = saved["pairs"]
    answers = pairs * len(people)
    shares = [score[0] / pairs for score in scores]
    over = exact_interval(right, answers), _over_people(shares)
    return Pooled(len(people), answers, right, *over, explanation, chance)


def _paths(files: Iterable[str | Path] | str | Path) -> list[Path]:
    if isinstance(files, str | Path):
        path = Path(files)
        return sorted(path.glob("*.json")) if path.is_dir() else [path]
    return [Path(file) for file in files]


def _saved(path: Path) -> dict[str, Any]:
    """What a listener has saved, if it is whole."""
    try:
        large, content = path.stat().st_size > LARGEST, path.read_bytes()[:LARGEST]
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read: {error.strerror}") from error
    if large:
        raise ValueError(f"{path.name} is too large for answers of the listening test")
    try:
        saved = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} is damaged, or something else: no whole JSON") from error
    if not isinstance(saved, dict) or saved.get("kind") != KIND:
        raise ValueError(f"{path.name} is something else than answers of the listening test")
    fault = _fault(saved)
    if fault:
        raise ValueError(f"{path.name} is damaged: {fault}")
    return saved


def _fault(saved: dict[str, Any]) -> str:
    """What is wrong with the content of a file, or nothing."""
    version, pairs, answers = (saved.get(name) for name in ("version", "pairs", "answers"))
    if type(version) is not int or version != VERSION:
        return f"its version is {version!r}, not {VERSION}"
    for name, letters in (("person", 32), ("test", 16)):
        if not re.fullmatch(f"[0-9a-f]{{{letters}}}", str(saved.get(name))):
            return f"its {name} is not made of {letters} hexadecimal digits"
    if type(pairs) is not int or not isinstance(answers, list) or not len(answers) == pairs > 0:
        return "it does not hold an answer to every pair"
    for number, answer in enumerate(answers, 1):
        if not isinstance(answer, dict) or set(answer) != set(NEEDED):
            return f"answer {number} does not say {', '.join(NEEDED)}"
        if type(answer["pair"]) is not int or answer["pair"] != number:
            return f"answer {number} is numbered {answer['pair']!r}"
        if answer["chosen"] not in ("A", "B") or answer["explained"] not in ("A", "B"):
            return f"answer {number} chooses neither A nor B"
        if not all(isinstance(answer[name], str) for name in ("label", "heard A", "heard B")):
            return f"answer {number} names what is no class"
    return ""


def _key(saved: dict[str, Any]) -> tuple:
    right = tuple((answer["label"], answer["explained"]) for answer in saved["answers"])
    return saved["test"], right


def _counts(saved: dict[str, Any]) -> tuple[int, int, int]:
    """Right answers, and how often the sound of the explanation, and of chance, was named."""
    right = explanation = chance = 0
    for answer in saved["answers"]:
        other = "B" if answer["explained"] == "A" else "A"
        right += answer["chosen"] == answer["explained"]
        explanation += answer[f"heard {answer['explained']}"] == answer["label"]
        chance += answer[f"heard {other}"] == answer["label"]
    return right, explanation, chance


def _over_people(shares: list[float]) -> Interval | None:
    """Student's interval of the mean score, within 0 and 1."""
    if len(shares) < 2:
        return None
    mean, error = np.mean(shares), np.std(shares, ddof=1) / len(shares) ** 0.5
    half = t.ppf(0.975, len(shares) - 1) * error
    return max(0.0, float(mean - half)), min(1.0, float(mean + half))
