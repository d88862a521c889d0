"""Our app in the shop's project, over HTTP: beside required sign-in, other authenticators and CORS."""

import pytest

pytestmark = pytest.mark.xdist_group("shop")

DOORS = {
    "decorator": "/orders",
    "async decorator": "/orders/async",
    "class": "/orders/class",
    "middleware": "/guarded/orders",
    "Django REST framework": "/drf/orders",
    "Django REST framework, tokens first": "/drf/orders/tokens-first",
    "Django Ninja": "/ninja/orders",
    "async Django Ninja": "/ninja/orders/async",
    "test endpoint": "/api/v1/test",
    "forward-auth": "/api/v1/verify",
}
BESIDE_TOKENS = [
    "Django REST framework",
    "Django REST framework, tokens first",
    "Django Ninja",
    "async Django Ninja",
]
PREFLIGHT = {
    "Origin": "https://app.shop.example",
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "api-key",
}
# Beside other authenticators, a missing credential may be theirs: the framework says it, as it always did.
NOT_AUTHENTICATED = {"detail": "Authentication credentials were not provided."}
TOKEN = "eyJhbGciOiJI.e30.c2lnbg"  # of an identity-aware proxy, which nothing here can read


@pytest.fixture(scope="module", params=["wsgi", "asgi"])
def site(request, shop):
    with shop.server(request.param) as client:
        yield client


@pytest.fixture(scope="module")
def token(shop):
    """A JSON Web Token of the shop."""
    return shop.manage("shell", "--no-imports", "-c", PRINT_TOKEN).strip()


PRINT_TOKEN = "from rest_framework_simplejwt.tokens import AccessToken; t = AccessToken(); t['user_id'] = 7; print(t)"


def test_nothing_is_wrong_with_the_project(shop):
    shop.manage_all(("check", "--fail-level", "WARNING"), ("makemigrations", "--check", "--dry-run"))


@pytest.mark.parametrize("door", DOORS)
def test_required_sign_in_lets_a_key_through(site, keys, door):
    assert site.get(DOORS[door], headers={"API-Key": keys.acme}).is_success


@pytest.mark.parametrize("door", DOORS)
def test_without_a_key_the_answer_is_no_redirect(site, door):
    answer = site.get(DOORS[door])

    assert answer.status_code == 401
    assert answer.json() == NOT_AUTHENTICATED if "REST" in door else answer.json()["code"] == "missing_key"
    assert "Bearer" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/v1/key/rotate"), ("DELETE", "/api/v1/key")])
def test_required_sign_in_stays_out_of_what_a_key_does_itself(site, method, path):
    assert site.request(method, path).json()["code"] == "missing_key"


def test_description_of_the_api_is_open(site):
    assert site.get("/api/openapi.json").json()["openapi"]


@pytest.mark.parametrize("path", ["/page", "/ninja/orders/open", "/ninja/docs"])
def test_other_pages_still_require_sign_in(site, keys, path):
    answer = site.get(path, headers={"API-Key": keys.acme})

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/login/?next={path}")


@pytest.mark.parametrize("door", BESIDE_TOKENS)
def test_someone_elses_token_is_left_to_the_next_authenticator(site, token, door):
    presented = TOKEN if "Ninja" in door else token

    assert site.get(DOORS[door], headers={"Authorization": f"Bearer {presented}"}).json() == {"account": "by token"}


@pytest.mark.parametrize("door", ["Django Ninja", "async Django Ninja"])
def test_token_that_no_authenticator_knows_is_a_missing_key(site, door):
    answer = site.get(DOORS[door], headers={"Authorization": "Bearer eyJhbGciOiJI.e30.other"})

    assert (answer.status_code, answer.json()["code"]) == (401, "missing_key")


@pytest.mark.parametrize("door", BESIDE_TOKENS)
def test_mistyped_key_is_told_so_beside_other_authenticators(site, keys, door):
    assert site.get(DOORS[door], headers={"API-Key": keys.acme[:-1]}).json()["code"] == "malformed_key"


@pytest.mark.parametrize("door", [door for door in DOORS if "tokens first" not in door])
def test_key_beside_someone_elses_token_is_let_in(site, keys, door):
    refused = [
        theirs
        for theirs in (f"Bearer {TOKEN}", "Bearer opaque", "Basic dXNlcjpwYXNz", "Basic dXNlcjo=", "Signature x")
        if not site.get(DOORS[door], headers={"API-Key": keys.acme, "Authorization": theirs}).is_success
    ]

    assert refused == []


@pytest.mark.parametrize("door", DOORS)
def test_two_keys_are_ambiguous(site, keys, door):
    also = f"Token {keys.umbrella}" if "tokens first" in door else f"Bearer {keys.umbrella}"
    for beside in ({"Authorization": also}, {"X-API-Key": keys.umbrella}):
        answer = site.get(DOORS[door], headers={"API-Key": keys.acme, **beside})

        assert (answer.status_code, answer.json()["code"]) == (400, "ambiguous_credentials")


OPAQUE = {"Authorization": "Bearer opaque"}


def test_bearer_token_of_any_form_is_taken_for_a_key(site):
    assert site.get("/ninja/orders", headers=OPAQUE).json()["code"] == "malformed_key"


def test_bearer_token_of_another_form_is_no_key_where_bearer_is_shared(shop, keys):
    with shop.server(BEARER_IS_SHARED="true") as sharing:
        assert sharing.get("/ninja/orders", headers=OPAQUE).json() == {"account": "by token"}
        assert sharing.get("/orders", headers=OPAQUE).json()["code"] == "missing_key"
        assert sharing.get("/orders", headers={"Authorization": f"Bearer {keys.acme}"}).json() == {"account": "acme"}


@pytest.mark.parametrize("door", DOORS)
def test_preflight_reaches_the_cors_middleware(site, door):
    answer = site.options(DOORS[door], headers=PREFLIGHT)

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == PREFLIGHT["Origin"]
    assert "api-key" in answer.headers["Access-Control-Allow-Headers"]


def test_preflight_passes_the_middleware_door(shop):
    with shop.server(CORS="behind the doors") as site:
        answer = site.options("/guarded/orders", headers=PREFLIGHT)

    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, PREFLIGHT["Origin"])


@pytest.fixture(scope="module", params=["wsgi", pytest.param("asgi", marks=pytest.mark.full)])
def site_without_cors(request, shop):
    with shop.server(request.param, CORS="none") as client:
        yield client


@pytest.mark.parametrize("path", ["/orders", "/orders/async", "/drf/orders", "/drf/orders/tokens-first"])
def test_preflight_runs_nothing_behind_a_door(site_without_cors, path):
    answer = site_without_cors.options(path, headers=PREFLIGHT)

    assert (answer.status_code, answer.content) == (204, b"")


def test_preflight_reaches_the_options_of_a_class(site_without_cors):
    answer = site_without_cors.options("/orders/own-cors", headers=PREFLIGHT)

    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("missing", ["Origin", "Access-Control-Request-Method"])
@pytest.mark.parametrize(
    "path",
    ["/orders", "/orders/async", "/orders/own-cors", "/guarded/orders", "/drf/orders", "/drf/orders/tokens-first"],
)
def test_other_options_request_needs_a_key(site_without_cors, keys, path, missing):
    asked = {name: value for name, value in PREFLIGHT.items() if name != missing}

    refused = site_without_cors.options(path, headers=asked).json()

    assert refused == NOT_AUTHENTICATED if path.startswith("/drf/") else refused["code"] == "missing_key"
    assert site_without_cors.options(path, headers={**asked, "API-Key": keys.acme}).is_success


@pytest.fixture(scope="module")
def importers(shop):
    """Two more keys of one account."""
    return shop.manage_all(*(("create_api_key", "acme", f"Importer {number}") for number in (1, 2)))


def test_each_key_of_an_account_has_its_own_budget(site, importers):
    first, second = importers

    statuses = [site.get("/drf/throttled", headers={"API-Key": first}).status_code for _ in range(4)]

    assert statuses == [200, 200, 200, 429]
    assert site.get("/drf/throttled", headers={"API-Key": second}).status_code == 200
