"""Every public function of what was `audioxai_lite.claims`, called on fixed inputs."""

from audioxai_lite.course.claims import check_claim, ledger, load_claims, page


def call_load_claims(keep):
    keep(keep(load_claims())["posthoc-audio/deep-shap"]["notebook"])


def call_check_claim(keep):
    keep(check_claim("posthoc-audio/deep-shap", False, measured="another gradient"))


def call_ledger(keep):
    keep(next(row["verdict"] for row in keep(ledger()) if row["id"] == "posthoc-audio/deep-shap"))


def call_page(keep):
    keep(keep(page()).splitlines()[0])
