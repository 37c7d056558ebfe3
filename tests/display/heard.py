"""Sounds for tests, and what a page of players holds."""

import base64
import io
from html.parser import HTMLParser

import soundfile
import torch

RATE = 16_000


def tone(frequency=440.0, seconds=1.0, rate=RATE, level=0.5):
    time = torch.arange(round(seconds * rate), dtype=torch.float64) / rate
    return (level * torch.sin(2 * torch.pi * frequency * time)).float()[None]


def hiss(seconds=1.0, rate=RATE, level=0.1):
    return level * torch.randn(1, round(seconds * rate), generator=torch.Generator().manual_seed(0))


class Players(HTMLParser):
    """What a page of players holds: captions, the labels of the players, and their sound as
    (samples, rate).
    """

    def __init__(self, page):
        super().__init__()
        self.captions, self.labels, self.sounds, self.tags = [], [], [], set()
        self.in_caption = False
        self.feed(page)
        self.close()
        assert len(self.captions) == len(self.labels) == len(self.sounds)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.add(tag)
        self.in_caption = tag == "figcaption"
        if self.in_caption:
            self.captions.append("")
        elif tag == "audio":
            assert "controls" in attributes
            self.labels.append(attributes["aria-label"])
        elif tag == "source":
            kind, _, data = attributes["src"].partition(";base64,")
            assert kind == "data:audio/wav"
            self.sounds.append(
                soundfile.read(io.BytesIO(base64.b64decode(data, validate=True)), dtype="float32")
            )

    def handle_endtag(self, tag):
        self.in_caption = False

    def handle_data(self, data):
        if self.in_caption:
            self.captions[-1] += data
