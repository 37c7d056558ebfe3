"""Every public function of what was `audioxai_lite.doctor`, called on fixed inputs."""

from audioxai_lite.course.doctor import Check, report


def call_report(keep):
    keep(
        print(
            keep(
                report(
                    [Check("2 GB of free disk space", False, "0.3 GB are free", "Free some space")]
                )
            )
        )
    )
