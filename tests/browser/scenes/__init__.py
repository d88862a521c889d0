"""Every page of signing in, the second step, the profile and the members, in the states that people see it in.

The tests look at them with axe, `make screenshots` takes their pictures.
"""

from tests.browser.scenes.people import PEOPLE
from tests.browser.scenes.profile import PROFILE
from tests.browser.scenes.sign_in import SIGN_IN
from tests.browser.scenes.stage import Scene
from tests.browser.scenes.two_step import TWO_STEP

SCENES: dict[str, Scene] = {**SIGN_IN, **TWO_STEP, **PROFILE, **PEOPLE}
