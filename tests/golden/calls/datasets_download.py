"""Every public function of what was `audioxai_lite.datasets.download`, called on fixed inputs."""

from audioxai_lite.datasets.download import available_datasets, data_folder, download, folder
from audioxai_lite.datasets.sources import esc_table


def call_data_folder(keep):
    keep(keep(data_folder()) / "esc10" == folder("esc10"))


def call_folder(keep):
    keep(sorted(path.name for path in keep(folder("esc10")).iterdir()))


def call_download(keep):
    keep(download("machine"))


def call_available(keep):
    keep(keep(available_datasets()).set_index("name").loc["esc10", "licence"])


def call_esc_table(keep):
    keep(keep(esc_table(["1-100032-A-0.wav"])).loc[0, "category"])
