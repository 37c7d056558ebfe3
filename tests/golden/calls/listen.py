"""Every public function of what was `audioxai_lite.listen`, called on fixed inputs."""

import torch

from audioxai_lite.display.players import compare, players_html


def call_compare(keep):
    keep(compare({"noise": torch.randn(1, 16000)}, 16000, pictures=False))


def call_players_html(keep):
    keep(keep(players_html({"noise": torch.randn(1, 16000)}, 16000)).count("<audio"))
