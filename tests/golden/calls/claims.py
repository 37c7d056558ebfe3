"""Every public function of what was `audioxai_lite.claims`, called on fixed inputs."""

from audioxai_lite.course.claims import check_claim


def call_check_claim(keep):
    keep(check_claim("posthoc-audio/deep-shap", False, {"off by": 0.7}, unit="share", line=0.01))
