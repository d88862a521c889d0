"""Hashes passwords with the parameters that OWASP asks for with Argon2id, as for keys.

Django's default takes 100 MiB and eight threads for each guess, so that a few guesses a second starve all else. The
threads for pages bound how many run at once; beyond that, people read that the site is busy.
"""

from django.contrib.auth.hashers import Argon2PasswordHasher

from oncekeys.keys.hashing import MINIMUM_COST


class PasswordHasher(Argon2PasswordHasher):
    memory_cost = MINIMUM_COST.memory_kib
    time_cost = MINIMUM_COST.passes
    parallelism = MINIMUM_COST.lanes
