"""The site as `make run` and docs/operators.md serve it, beside the plain door of a project without pages."""

from contextlib import ExitStack
from functools import partial

from benchmarks import measure, servers
from benchmarks.figures import Figure
from benchmarks.workplace import Workplace

TITLE = "The site as it is deployed"


def run(workplace: Workplace) -> list[Figure]:
    project, site = workplace.thousand, workplace.site
    with ExitStack() as stack:
        plain, deployed = servers.together(
            stack, servers.running(project.url, servers.GATEWAY), servers.running(site.url, servers.DEPLOYED)
        )
        results = measure.in_turn(
            {
                "plain door": partial(measure.under_load, plain, "/plain", project.headers),
                "/api/v1/test": partial(measure.under_load, deployed, "/api/v1/test", site.headers),
            },
            workplace.effort,
        )
    return [
        *measure.figures(results),
        Figure("site/plain", measure.ratio(results["/api/v1/test"], results["plain door"]), at_least=0.9),
    ]
