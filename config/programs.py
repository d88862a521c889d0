"""Names the paths for programs: they get no pages, and none of what pages need."""

API = "/api/"


def is_api(path: str) -> bool:
    """Below `/api/`. That address itself is for people."""
    return path.startswith(API) and path != API
