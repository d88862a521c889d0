import pytest


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def test_home_leads_to_the_organisation(client, ada):
    client.force_login(ada)

    assert "<h1>Acme</h1>" in client.get("/", follow=True).content.decode()
    ada.refresh_from_db()
    assert ada.last_seen


def test_other_organisations_are_not_found(client, ada):
    client.force_login(ada)

    assert client.get("/o/umbrella/").status_code == 404
