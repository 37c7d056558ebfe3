"""The blind listening test: fair pairs, a page that works in a browser, intervals that are right,
and answers that are pooled or refused.
"""

import base64
import io
import json
import re
import shutil
import subprocess
from html import unescape

import pytest
import soundfile
import torch
from scipy.stats import binomtest
from support import CHROMIUM, script

from audioxai_lite import attribution, masks
from audioxai_lite.course.classifiers import load_classifier
from audioxai_lite.course.clips import MEL, explained_clips
from audioxai_lite.course.listening import (
    Pair,
    equally_loud,
    in_frame,
    listening_pairs,
    listening_test,
    network_answers,
)
from audioxai_lite.course.listening_answers import exact_interval, pooled
from audioxai_lite.models.cnn14 import Cnn14

NODE = shutil.which("node")


@pytest.fixture(scope="module")
def clips():
    return explained_clips("environment")


@pytest.fixture(scope="module")
def network():
    return load_classifier("environment", "robust", seed=0)


@pytest.fixture(scope="module")
def pairs(network, clips):
    return listening_pairs(network, clips, attribution.saliency, count=10, seed=0)


def kept(values):
    """Bins above the floor: what a mask of zeros and ones has kept."""
    return (values > -100).float()


def test_both_parts_are_as_large_as_coarse_and_as_loud(pairs):
    assert len(pairs) == 10
    for pair in pairs:
        first, second = (kept(values) for values in pair.values)
        assert first.sum() == second.sum() == round(0.05 * first.numel())
        for part in (first, second):  # whole cells, but for one that is kept in part
            cells = torch.nn.functional.avg_pool2d(
                part, (8, 16), ceil_mode=True, count_include_pad=False
            )
            assert ((cells > 0) & (cells < 1)).sum() <= 1
        powers = [sound.square().mean().sqrt().item() for sound in pair.sounds]
        assert powers[0] == pytest.approx(powers[1], rel=1e-4) and 0 < powers[0] <= 0.1001
        assert max(sound.abs().max().item() for sound in pair.sounds) <= 0.9001


def test_the_part_of_the_explanation_is_where_the_key_says(pairs, network):
    for pair in pairs:
        part = pair.values["AB".index(pair.explained)]
        other = pair.values[1 - "AB".index(pair.explained)]
        assert not torch.equal(part, other)
    answers = network_answers(network, pairs)
    assert (answers["explanation"] > answers["chance"]).mean() > 0.6
    assert answers["label"].tolist() == [pair.label for pair in pairs]


def test_the_explanation_keeps_the_cells_of_the_largest_mean(network, clips):
    (pair,) = listening_pairs(network, clips, attribution.saliency, count=1, seed=3)
    shown = pair.values["AB".index(pair.explained)]
    same = [
        clip
        for clip in clips.select(label=pair.label)
        if torch.allclose(MEL(clip.waveform).values * kept(shown), shown * kept(shown), atol=1e-3)
    ]
    (clip,) = same
    values = MEL(clip.waveform).values
    found = attribution.saliency(network, values, clip.target)
    assert torch.equal(kept(shown), masks.top_k(masks.pool_cells(found), 0.05))


def test_a_seed_gives_the_same_pairs_and_another_seed_others(network, clips, pairs):
    again = listening_pairs(network, clips, attribution.saliency, seed=0)
    other = listening_pairs(network, clips, attribution.saliency, seed=1)
    assert [(p.label, p.explained) for p in again] == [(p.label, p.explained) for p in pairs]
    assert listening_test(again) == listening_test(pairs) != listening_test(other)
    for drawn in (pairs, other):
        places = [pair.explained for pair in drawn]
        assert places.count("A") == places.count("B") == 5


def test_too_few_clips_are_told(network, clips):
    with pytest.raises(ValueError, match="names [0-8] of the clips by their class, not 9"):
        listening_pairs(network, clips.select(label="dog"), attribution.saliency, count=9)


def test_equally_loud_leaves_silence_alone():
    silent, sound = torch.zeros(1, 100), torch.ones(1, 100)
    a, b = equally_loud(silent, sound)
    assert a.abs().max() == 0 and b.abs().max() == pytest.approx(0.1)


def small_pairs(labels="dog", explained="AB"):
    tone = torch.sin(torch.arange(4000) / 5)[None]
    values = (torch.zeros(1, 1, 64, 26),) * 2
    return [
        Pair(labels, place, (tone, 0.5 * tone), values, 16_000, ("dog", "<rain>"), 0.05)
        for place in explained
    ]


def test_a_page_needs_nothing_and_hides_the_key(pairs):
    page = listening_test(pairs)
    assert len(page) < 5_000_000
    assert not re.search(r"https?:|fetch\(|XMLHttp|sendBeacon|WebSocket|<link[^>]*css", page)
    assert "data:audio" not in page  # which the site makes files of
    assert "prefers-color-scheme: dark" in page and "prefers-reduced-motion" in page
    content = json.loads(re.search(r'type="application/json">(.*?)</script>', page)[1])
    assert "label" not in json.dumps(content) and '"A"' not in json.dumps(content)
    key = json.loads(base64.b64decode(content["key"][::-1]))
    assert [(row["label"], row["explained"]) for row in key] == [
        (pair.label, pair.explained) for pair in pairs
    ]
    for pair, sounds in zip(pairs, content["sounds"], strict=True):
        for sound, coded in zip(pair.sounds, sounds, strict=True):
            read, rate = soundfile.read(io.BytesIO(base64.b64decode(coded)), dtype="float32")
            assert rate == pair.sample_rate
            assert (torch.from_numpy(read) - sound[0]).abs().max() < 1e-4


def test_a_page_needs_a_pair():
    with pytest.raises(ValueError, match="at least one pair"):
        listening_test([])


def test_names_cannot_break_the_page():
    page = listening_test(small_pairs("<rain>"))
    assert "<rain>" not in page and page.count("</script>") == 3


def test_a_frame_holds_the_page_unchanged():
    page = listening_test(small_pairs())
    html = in_frame(page).data
    assert not html.startswith("<iframe")  # IPython would warn
    assert unescape(re.search(r'srcdoc="([^"]*)"', html)[1]) == page


def test_a_stored_notebook_holds_a_line_in_its_place():
    execute = script("execute")
    html = in_frame(listening_test(small_pairs())).data
    stored = execute.TEST.sub(execute.TEST_PLACEHOLDER, f"<p>a</p>{html}<p>b</p>")
    assert stored == f"<p>a</p>{execute.TEST_PLACEHOLDER}<p>b</p>"


def test_a_network_that_knows_one_class_names_it_everywhere():
    network = Cnn14(1).eval()
    values = (torch.zeros(1, 1, 64, 251),) * 2
    pair = Pair("dog", "B", (torch.ones(1, 10),) * 2, values, 16_000, ("dog",), 0.05)
    row = network_answers(network, [pair]).iloc[0]
    assert row["explanation"] == row["chance"] == 1 and row["names chance"] == "dog"


@pytest.mark.skipif(NODE is None, reason="there is no node")
def test_the_page_computes_the_exact_interval():
    page = listening_test(small_pairs())
    arithmetic = re.search(r'<script id="arithmetic">(.*?)</script>', page, re.DOTALL)[1]
    cases = [(right, of) for of in (1, 2, 7, 10, 40) for right in range(of + 1)]
    program = (
        arithmetic
        + f"""
    const cases = {json.dumps(cases)};
    console.log(JSON.stringify(cases.map(([right, of]) => {{
      const ends = exactInterval(right, of);
      return [...ends, meaning(...ends)];
    }})));"""
    )
    run = subprocess.run([NODE, "-"], input=program, capture_output=True, text=True, check=True)
    for (right, of), (low, high, words) in zip(cases, json.loads(run.stdout), strict=True):
        expected = binomtest(right, of).proportion_ci(method="exact")
        assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-9), (right, of)
        assert (low, high) == pytest.approx(exact_interval(right, of), abs=1e-9)
        undecided = expected.low <= 0.5 <= expected.high
        assert ("contains one half" in words) == undecided


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
@pytest.mark.parametrize("framed", [False, True])
def test_a_listener_takes_the_test_with_the_keyboard(tmp_path, framed):
    playwright = pytest.importorskip("playwright.sync_api")
    page = listening_test(small_pairs(explained="ABA"))
    file = tmp_path / "test.html"
    file.write_text(in_frame(page).data if framed else page, encoding="utf-8")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 390, "height": 900}, color_scheme="dark")
        faults, asked = [], []
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(file.as_uri())
        shown = tab.frames[-1] if framed else tab
        shown.focus("#start")
        tab.keyboard.press("Enter")
        assert shown.evaluate("document.activeElement.textContent") == "Pair 1 of 3"
        seconds = shown.evaluate(
            "Promise.all([...document.querySelectorAll('audio')].map(player => player.duration ||"
            " new Promise(done => player.onloadedmetadata = () => done(player.duration))))"
        )
        assert seconds == pytest.approx([0.25, 0.25], abs=0.01)
        shown.click("button[type=submit]")
        assert "Choose A or B first" in shown.inner_text(".fault")
        assert shown.is_hidden("#second")
        for heard in (("dog", "dog"), ("<rain>", "dog"), ("nothing I could name", "<rain>")):
            shown.focus("input[value=A]")
            tab.keyboard.press("Space")
            shown.click("button[type=submit]")
            assert "Say what you hear in both" in shown.inner_text(".fault")
            assert "of 3 right" not in shown.inner_text("body")
            for place, name in zip("AB", heard, strict=True):
                shown.select_option(f"select[name='heard {place}']", name)
            shown.focus("button[type=submit]")
            tab.keyboard.press("Enter")
        low, high = (f"{100 * end:.0f}" for end in exact_interval(2, 3))
        assert shown.inner_text("#share") == f"67\u00a0% ({low} to {high}\u00a0%)"
        assert "2 of 3 right" in shown.inner_text("body")
        assert "contains one half" in shown.inner_text("#meaning")
        assert shown.inner_text("#by-explanation").startswith("67\u00a0%")
        assert shown.inner_text("#by-chance").startswith("33\u00a0%")
        assert shown.evaluate("document.documentElement.scrollWidth") <= 390
        with tab.expect_download() as download:
            shown.click("#save")
        name = download.value.suggested_filename
        assert re.fullmatch(r"listening-[0-9a-f]{8}\.json", name)
        download.value.save_as(tmp_path / name)
        assert faults == []
        assert all(url.startswith(("file:", "data:", "about:", "blob:")) for url in asked)
        browser.close()
    found = pooled(tmp_path / name)
    assert (found.people, found.right, found.answers) == (1, 2, 3)
    assert (found.named_explanation, found.named_chance) == (2, 1)


def saved(person="a", right=8, explained="ABABABABAB", **others):
    answers = [
        {
            "pair": number,
            "label": "dog",
            "explained": place,
            "chosen": place if number <= right else "BA"["AB".index(place)],
            "heard A": "dog" if place == "A" else "nothing I could name",
            "heard B": "dog",
        }
        for number, place in enumerate(explained, 1)
    ]
    start = {"kind": "audioxai-lite listening test", "version": 1, "test": "0" * 16}
    return start | {"person": person * 32, "pairs": len(explained), "answers": answers} | others


def written(folder, *contents):
    for number, content in enumerate(contents):
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / f"{number}.json").write_text(text, encoding="utf-8")
    return folder


def test_a_class_is_pooled(tmp_path):
    folder = written(tmp_path, saved("a", 8), saved("b", 10), saved("c", 6), saved("b", 10))
    found = pooled(folder)
    assert (found.people, found.answers, found.right) == (3, 30, 24)
    assert (found.named_explanation, found.named_chance) == (30, 15)
    assert found.over_answers == exact_interval(24, 30)
    half = 4.302653 * 0.2 / 3**0.5  # Student's, two degrees of freedom
    assert found.over_people == pytest.approx((0.8 - half, 1.0), abs=1e-6)
    assert str(found).startswith(
        "3 people: 24 of 30 answers right (0.80; over answers 0.61 to 0.92; "
        "over people 0.30 to 1.00), which bears one half: undecided."
    )
    assert pooled(sorted(folder.iterdir())) == found


def test_one_person_has_no_interval_over_people(tmp_path):
    found = pooled(written(tmp_path, saved(right=10)))
    assert found.over_people is None
    assert "one person: 10 of 10" in str(found) and "does not bear one half" in str(found)


def without(name):
    content = saved()
    del content["answers"][3][name]
    return content


def changed(name, value):
    content = saved()
    content["answers"][3][name] = value
    return content


BROKEN = [
    ("", "damaged, or something else"),
    ("[" * 100_000, "damaged, or something else"),
    ("1" * 5_000, "damaged, or something else"),
    (json.dumps(saved())[:-40], "damaged, or something else"),
    (" " * 1_000_001, "too large"),
    ([1, 2], "something else than answers"),
    ({"kind": "a shopping list"}, "something else than answers"),
    (saved(version=2), "its version is 2, not 1"),
    (saved(version=True), "its version is True, not 1"),
    (saved(person="\N{SUPERSCRIPT TWO}"), "its person is not made of 32"),
    (saved(test="00"), "its test is not made of 16"),
    (saved(pairs=11), "an answer to every pair"),
    (saved(pairs="10"), "an answer to every pair"),
    (saved(answers={}), "an answer to every pair"),
    (saved(answers=[], pairs=0), "an answer to every pair"),
    (saved(answers=[1] * 10), "answer 1 does not say"),
    (without("chosen"), "answer 4 does not say"),
    (changed("chosen", "C"), "answer 4 chooses neither"),
    (changed("chosen", ["A"]), "answer 4 chooses neither"),
    (changed("pair", 3), "answer 4 is numbered 3"),
    (changed("label", None), "answer 4 names what is no class"),
]


@pytest.mark.parametrize(("content", "reason"), BROKEN, ids=range(len(BROKEN)))
def test_damaged_and_foreign_files_are_refused_by_name(tmp_path, content, reason):
    folder = written(tmp_path, saved("b"), content)
    with pytest.raises(ValueError, match=rf"^1\.json .*{re.escape(reason)}"):
        pooled(folder)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "photo.json").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(ValueError, match=r"^photo\.json is damaged"):
        pooled(tmp_path)


def test_missing_files_and_empty_folders_are_told(tmp_path):
    with pytest.raises(ValueError, match=r"^gone\.json cannot be read: No such file"):
        pooled(tmp_path / "gone.json")
    with pytest.raises(ValueError, match="no file of answers"):
        pooled(tmp_path)


def test_other_tests_and_two_minds_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"^1\.json belongs to another test than 0\.json"):
        pooled(written(tmp_path, saved("a"), saved("b", test="1" * 16)))
    with pytest.raises(ValueError, match=r"^1\.json belongs to another test"):
        pooled(written(tmp_path, saved("a"), saved("b", explained="BABABABABA")))
    with pytest.raises(ValueError, match=r"^1\.json and 0\.json are of one person and differ"):
        pooled(written(tmp_path, saved("a", 8), saved("a", 9)))


@pytest.mark.parametrize(("right", "of"), [(1, 0), (-1, 3), (4, 3)])
def test_impossible_counts_are_refused(right, of):
    with pytest.raises(ValueError, match="cannot be right"):
        exact_interval(right, of)
