"""The members page: inviting, changing roles, removing; and what an invitation's link opens."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.utils import timezone
from post_office.models import Email

from accounts.models import Invitation, Membership, Role, User
from dev.mail_server import mail_server
from oncekeys.models import Account, ApiKey
from oncekeys.services import api_keys, rotation
from oncekeys.services.by import By
from oncekeys.testing import committed
from tests.pages import HTMX, KEYS, MEMBERS, PASSWORD, words

pytestmark = pytest.mark.django_db

INVITE = f"{MEMBERS}invite/"


@pytest.fixture
def invited(acme, ada, signed_in):
    """Return the path of the link in an invitation from ada."""

    def send(email: str = "new@acme.example", role: str = "admin") -> str:
        with committed():
            signed_in(ada).post(INVITE, {"email": email, "role": role})
        return re.findall(r"http://127\.0\.0\.1(/invitations/\S+/)", str(mail.outbox[-1].body))[0]

    return send


def role_of(user: User) -> str | None:
    return Membership.objects.filter(user=user, account__slug="acme").values_list("role", flat=True).first()


def url(user: User, what: str) -> str:
    return f"{MEMBERS}{Membership.objects.get(user=user, account__slug='acme').pk}/{what}/"


def test_a_colleague_is_invited_and_stands_in_the_list(ada, signed_in):
    response = signed_in(ada).post(INVITE, {"email": "New@acme.example", "role": "admin"}, follow=True)

    assert "An invitation was sent to new@acme.example" in response.text
    assert "invited by Ada Lovelace" in response.text
    assert Invitation.objects.get().role == Role.ADMIN


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"email": "not an address", "role": "admin"}, "Enter a valid email address"),
        ({"email": "", "role": "admin"}, "This field is required"),
        ({"email": "ada@acme.example", "role": "admin"}, "is already a member of Acme"),
        ({"email": "new@acme.example", "role": "king"}, "Select a valid choice"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_wrong_is_said_and_what_was_typed_stays(ada, signed_in, form, sentence, headers):
    response = signed_in(ada).post(INVITE, form, headers=headers)

    assert response.status_code == 422
    assert sentence in response.text
    assert form["email"] in response.text
    assert not Invitation.objects.exists()


def test_two_things_wrong_are_told_together(ada, signed_in):
    page = signed_in(ada).post(INVITE, {"email": "Ada@acme.example", "role": "king"}).text

    assert "is already a member of Acme" in page
    assert "Select a valid choice" in page


def test_an_admin_is_offered_no_owner(grace, signed_in):
    page = signed_in(grace).get(INVITE)

    assert 'value="admin"' in page.text
    assert 'value="owner"' not in page.text


def test_a_new_person_sets_a_password_and_is_in(invited):
    path, newcomer = invited(), Client()
    assert "Join Acme" in newcomer.get(path).text

    response = newcomer.post(path, {"name": "Katherine Johnson", "password": PASSWORD}, follow=True)

    assert "Welcome to Acme" in response.text
    assert role_of(User.objects.get(email="new@acme.example")) == "admin"


def test_a_weak_password_is_refused_with_a_sentence(invited):
    response = Client().post(invited(), {"name": "Katherine", "password": "short"})

    assert response.status_code == 422
    assert "too short" in response.text
    assert 'value="Katherine"' in response.text
    assert not User.objects.filter(email="new@acme.example").exists()


def test_a_person_with_a_password_signs_in_first(invited, eve):
    eve.set_password(PASSWORD)
    eve.save()
    path = invited(eve.email)

    page = Client().get(path)

    assert f"/login/?next={path}" in page.text
    assert "password" not in page.text.lower()


def test_a_signed_in_person_accepts_with_one_button(invited, eve, signed_in):
    path, client = invited(eve.email), signed_in(eve)
    assert "Accept invitation" in client.get(path).text
    assert role_of(eve) is None

    assert "Welcome to Acme" in client.post(path, follow=True).text
    assert role_of(eve) == "admin"


def test_another_person_reads_who_was_invited(invited, bob, signed_in):
    path = invited()

    assert "is for <strong>new@acme.example</strong>" in signed_in(bob).get(path).text
    assert signed_in(bob).post(path).status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_ended_says_so(db, method):
    response = getattr(Client(), method)("/invitations/never-was/")

    assert response.status_code == 410
    assert "This link no longer works" in response.text


def test_an_invitation_is_sent_again_and_withdrawn(invited, ada, signed_in):
    old = invited()
    pending = f"{MEMBERS}invitations/{Invitation.objects.get().pk}"

    assert "was sent to new@acme.example" in signed_in(ada).post(f"{pending}/resend/", follow=True).text
    assert Client().get(old).status_code == 410

    assert "was revoked" in signed_in(ada).post(f"{pending}/withdraw/", follow=True).text
    assert not Invitation.objects.pending().exists()


@pytest.mark.parametrize("button", ["resend", "withdraw"])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("accepted_at", "new@acme.example has already accepted the invitation."),
        ("withdrawn_at", "The invitation for new@acme.example has already been revoked."),
    ],
)
def test_a_button_of_an_invitation_that_is_over_says_what_became_of_it(
    invited, ada, signed_in, button, change, sentence
):
    invited()
    Invitation.objects.update(**{change: timezone.now()})

    answer = signed_in(ada).post(f"{MEMBERS}invitations/{Invitation.objects.get().pk}/{button}/", follow=True)

    assert (answer.redirect_chain, sentence in words(answer)) == ([(MEMBERS, 302)], True)


@pytest.mark.parametrize("change", ["removed", "demoted", "switched off"])
def test_an_invitation_says_that_it_ended_with_its_sender(ada, grace, signed_in, change):
    signed_in(grace).post(INVITE, {"email": "new@acme.example", "role": "admin"})
    before = signed_in(ada).get(MEMBERS).text

    if change == "removed":
        Membership.objects.filter(user=grace).delete()
    elif change == "demoted":
        Membership.objects.filter(user=grace).update(role=Role.MEMBER)
    else:
        User.objects.filter(pk=grace.pk).update(is_active=False)

    assert "The link has expired" not in before
    assert "The link has expired" in signed_in(ada).get(MEMBERS).text


def test_a_changed_role_holds_from_the_next_request(ada, grace, signed_in):
    client = signed_in(grace)
    assert client.get(MEMBERS).status_code == 200

    signed_in(ada).post(url(grace, "role"), {"role": "member"})

    assert client.get(MEMBERS).status_code == 403


def test_a_removed_member_is_out_with_the_next_request(ada, grace, signed_in):
    client = signed_in(grace)

    response = signed_in(ada).post(url(grace, "remove"), follow=True)

    assert "Grace Hopper was removed" in response.text
    assert client.get(MEMBERS).status_code == 404


@pytest.mark.parametrize("what", ["invite", "resend", "withdraw"])
def test_an_admin_removed_while_their_request_waits_finds_nothing(invited, grace, signed_in, monkeypatch, what):
    invited()
    pending = f"{MEMBERS}invitations/{Invitation.objects.get().pk}"
    paths = {"invite": INVITE, "resend": f"{pending}/resend/", "withdraw": f"{pending}/withdraw/"}
    monkeypatch.setattr(Account, "lock", lambda account: Membership.objects.filter(user=grace).delete())

    answer = signed_in(grace).post(paths[what], {"email": "other@acme.example", "role": "member"})

    assert answer.status_code == 404
    assert Invitation.objects.pending().get().email == "new@acme.example"


def test_the_last_owner_is_told_what_to_do_first(ada, signed_in):
    response = signed_in(ada).post(url(ada, "remove"), follow=True)

    assert "Acme needs at least one owner" in response.text
    assert role_of(ada) == "owner"


def test_an_admin_is_offered_no_change_of_an_owner_and_refused_one(ada, grace, signed_in):
    client = signed_in(grace)

    assert url(ada, "role") not in client.get(MEMBERS).text
    assert "Only an owner can" in client.post(url(ada, "remove"), follow=True).text
    assert role_of(ada) == "owner"


def test_the_activity_tells_of_people_too(ada, bob, signed_in):
    client = signed_in(ada)
    client.post(INVITE, {"email": "new@acme.example", "role": "admin"})
    client.post(url(bob, "role"), {"role": "admin"})

    page = client.get("/accounts/acme/settings/activity/").text

    assert "new@acme.example · Admin" in page
    assert "Member → Admin" in page


def test_invitations_to_one_mailbox_are_limited(ada, signed_in):
    client = signed_in(ada)
    for _ in range(5):
        assert client.post(INVITE, {"email": "new@acme.example", "role": "admin"}).status_code == 302

    response = client.post(INVITE, {"email": "new@acme.example", "role": "admin"})

    assert response.status_code == 422
    assert "Too many emails were requested" in response.text


def test_another_accounts_invitations_do_not_use_up_the_limit(ada, eve, signed_in):
    form, stranger = {"email": "new@acme.example", "role": "member"}, signed_in(eve)
    for _ in range(6):
        stranger.post(INVITE.replace("acme", "umbrella"), form)

    assert signed_in(ada).post(INVITE, form).status_code == 302


def test_one_person_invites_only_so_many_an_hour(ada, grace, signed_in):
    browser, one_more = signed_in(ada), {"email": "one.more@acme.example", "role": "member"}
    for number in range(30):
        browser.post(INVITE, {"email": f"new{number}@acme.example", "role": "member"})

    assert browser.post(INVITE, one_more).status_code == 422
    assert signed_in(grace).post(INVITE, one_more).status_code == 302


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "dialog"])
@pytest.mark.parametrize("what", ["role", "remove"])
def test_giving_up_your_role_leads_to_an_open_page(ada, grace, signed_in, what, headers):
    answer = signed_in(grace).post(url(grace, what), {"role": "member"}, headers=headers)

    assert (answer.headers.get("HX-Redirect") or answer.headers.get("Location")) == "/"


@pytest.mark.parametrize("what", ["remove", "role"])
def test_removing_a_member_lists_the_keys_they_know(acme, ada, grace, signed_in, what):
    made = api_keys.create(account=acme, by=By(grace), name="Made").api_key
    first = api_keys.create(account=acme, by=By(ada), name="Turned").api_key
    turned = rotation.rotate(api_key=first, by=By(grace), grace=timedelta()).api_key
    used = timezone.now() - timedelta(hours=3)
    ApiKey.objects.filter(pk=made.pk).update(last_used_at=used)
    api_keys.create(account=acme, by=By(ada), name="Of Ada")
    ended = api_keys.create(account=acme, by=By(grace), name="Ended", expires=timedelta(days=1)).api_key
    ApiKey.objects.filter(pk=ended.pk).update(expires_at=used)

    page = signed_in(ada).get(url(grace, what)).text

    for key in (made, turned):
        assert key.public_id in page
        assert f"{KEYS}keys/{key.key_id}/rotate/" in page
    assert "3 hours ago" in page
    assert "Not used yet" in page
    assert "Of Ada" not in page
    assert "Ended" not in page


def test_after_a_removal_a_link_leads_to_the_keys_that_were_shown_to_them(acme, ada, grace, signed_in):
    api_keys.create(account=acme, by=By(grace), name="Made")
    api_keys.create(account=acme, by=By(ada), name="Of Ada")
    browser = signed_in(ada)

    removed = browser.post(url(grace, "remove"), follow=True)

    (link,) = re.findall(rf'href="({KEYS}\?by=\d+)"', removed.text)
    listed = browser.get(link).text
    assert ("Made" in listed, "Of Ada" in listed) == (True, False)


def test_a_name_that_is_html_stays_text_in_the_sentence_of_a_removal(acme, ada, grace, signed_in):
    User.objects.filter(pk=grace.pk).update(name="<b>Grace</b>")
    api_keys.create(account=acme, by=By(grace), name="Made")

    removed = signed_in(ada).post(url(grace, "remove"), follow=True)

    assert "&lt;b&gt;Grace&lt;/b&gt; was removed" in removed.text


def shown_link(response) -> str:
    return re.findall(r"http://127\.0\.0\.1(/invitations/\S+/)<", response.text)[0]


NEW = {"email": "new@acme.example", "role": "admin"}


def resend(browser, **kwargs):
    return browser.post(f"{MEMBERS}invitations/{Invitation.objects.get().pk}/resend/", **kwargs)


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (None, "the mail server can’t be reached"),
        ({"greets_after": 600}, "the mail server can’t be reached"),
        ({"refuses": ("new@acme.example",)}, "the mail server doesn’t accept this email address"),
    ],
    ids=["away", "silent", "refuses"],
)
def test_the_list_says_why_an_invitation_was_not_sent(ada, signed_in, send_waiting, settings, server, reason):
    settings.EMAIL_TIMEOUT = 2
    browser = signed_in(ada)
    browser.post(INVITE, NEW)
    with mail_server(**server or {}) as mails_:
        send_waiting(mails_ if server else None)

    page = browser.get(MEMBERS).text
    assert f"Email not sent: {reason}" in page
    assert "Resend" in page


def test_a_sent_invitation_is_no_longer_listed_as_unsent(ada, signed_in, send_waiting):
    browser = signed_in(ada)
    browser.post(INVITE, NEW)
    send_waiting()

    with mail_server() as server:
        send_waiting(server)

    assert len(server.received) == 1
    assert "Email not sent" not in browser.get(MEMBERS).text


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "dialog"])
def test_resending_what_did_not_get_there_shows_the_link(ada, signed_in, send_waiting, headers):
    browser = signed_in(ada)
    browser.post(INVITE, NEW)
    send_waiting()

    response = resend(browser, headers=headers)

    assert response.status_code == 200
    assert "couldn’t send the email to new@acme.example: the mail server can’t be reached" in response.text
    assert shown_link(response)


def test_while_emails_are_delayed_an_invitation_shows_its_link(ada, signed_in, send_waiting):
    browser = signed_in(ada)
    browser.post(INVITE, {**NEW, "email": "earlier@acme.example"})
    Email.objects.update(created=timezone.now() - timedelta(minutes=3))

    response = browser.post(INVITE, NEW)

    assert "couldn’t send the email to new@acme.example" in response.text
    assert shown_link(response)


@pytest.fixture
def shown(ada, signed_in, send_waiting):
    """A browser of Ada's, and the answer that shows her the link of an invitation that did not get there."""
    browser = signed_in(ada)
    browser.post(INVITE, NEW)
    send_waiting()
    return browser, resend(browser)


def test_the_link_of_an_unsent_invitation_is_shown_once(shown):
    browser, response = shown

    link = shown_link(response)
    assert "no-store" in response.headers["Cache-Control"]
    assert link not in browser.get(MEMBERS).text + browser.get(INVITE).text + str(dict(browser.session))
    newcomer = Client().post(link, {"name": "Katherine Johnson", "password": PASSWORD}, follow=True)
    assert "Welcome to Acme" in newcomer.text


def test_resending_replaces_the_link_that_was_shown(shown, send_waiting):
    browser, response = shown
    old = shown_link(response)
    with mail_server() as server:
        send_waiting(server)

    response = resend(browser, follow=True)

    assert "was sent to new@acme.example" in response.text
    assert "Email not sent" not in response.text
    assert Client().get(old).status_code == 410


def test_the_first_mailed_reset_takes_over_from_a_shown_link(shown, settings):
    colleague = Client()
    colleague.post(shown_link(shown[1]), {"name": "Not them", "password": PASSWORD})
    user = User.objects.get(email="new@acme.example")
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    with committed():
        Client().post("/password/reset/", {"email": user.email})
    reset = re.findall(r"http://127\.0\.0\.1(/password/reset/key/\S+)", str(mail.outbox[-1].body))[0]
    owner = Client()
    form = owner.get(reset, follow=True)
    owner.post(form.request["PATH_INFO"], {"password1": PASSWORD + "!", "password2": PASSWORD + "!"})

    assert not Authenticator.objects.filter(user=user).exists()
    assert colleague.get("/profile/").status_code == 302
    assert User.objects.get(pk=user.pk).email_is_proved


def test_without_a_mail_server_an_email_is_one_line(ada, signed_in, settings, capsys):
    settings.EMAIL_BACKEND = "config.console_mail.EmailBackend"

    signed_in(ada).post(INVITE, {"email": "new@acme.example", "role": "admin"})

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Email to new@acme.example: Ada Lovelace invited you to join Acme · http")
    assert "/invitations/" in line


@pytest.mark.parametrize("what", ["role", "remove"])
def test_page_about_a_member_leads_back_to_the_members(ada, bob, signed_in, what):
    page = signed_in(ada).get(url(bob, what)).text

    trail = page[page.index('aria-label="Breadcrumb"') : page.index("</nav>", page.index('aria-label="Breadcrumb"'))]
    assert f'href="{MEMBERS}"' in trail
    assert KEYS not in trail
