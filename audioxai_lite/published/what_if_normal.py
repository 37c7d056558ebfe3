"""The losses of *Reimagining Anomalies: What If Anomalies Were Normal?* (2402.14469), as
`counterfactuals` weighs them. Taught in notebook 08.
"""

from ..counterfactuals import Weights

LOSSES = Weights(pair=0, cycle=1, realism=0.3, concept=1)
CONCEPTS = 2
