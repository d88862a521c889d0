"""Every page of signing in, the second step, the profile and the members, in the states that people see it in, and the
keys in every status.

And the API reference, which anyone sees.

The tests look at them with axe, `make screenshots` takes their pictures.
"""

from dev.scenes.keys import KEYS
from dev.scenes.people import PEOPLE
from dev.scenes.profile import PROFILE
from dev.scenes.reference import REFERENCE
from dev.scenes.sign_in import SIGN_IN
from dev.scenes.stage import Scene
from dev.scenes.two_step import TWO_STEP

SCENES: dict[str, Scene] = {**KEYS, **SIGN_IN, **TWO_STEP, **PROFILE, **PEOPLE, **REFERENCE}
