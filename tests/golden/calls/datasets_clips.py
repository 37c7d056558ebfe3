"""Every public function of what was `audioxai_lite.datasets.clips`, called on fixed inputs."""


def call_Clip_truth(keep):
    from audioxai_lite.datasets import machine
    from audioxai_lite.sound.spectrogram import LogMel

    keep(keep(machine.load(normal=0, anomalous=1)[0].truth(LogMel())).unique().tolist())


def call_Dataset_select(keep):
    from audioxai_lite.datasets import environment

    keep(len(keep(environment.load().select(fold=[1, 2], label="rain"))))
