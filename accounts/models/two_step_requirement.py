"""That everyone in an account must sign in with a second step. The account's keys are not concerned."""

from django.db import models


class TwoStepRequirement(models.Model):
    """Its row says that it is required; without one it is not."""

    account = models.OneToOneField(
        "oncekeys.Account", on_delete=models.CASCADE, primary_key=True, related_name="two_step_requirement"
    )

    def __str__(self) -> str:
        return f"Two-step sign-in in {self.account}"
