"""The pages of the site's people, and where those of the keys are among them."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.views import account, email_change, home, invitations, members, person_activity, profile
from oncekeys.urls import activity_pages, integrations_pages

people: list[URLPattern | URLResolver] = [
    path("", members.index, name="members"),
    path("invite/", invitations.new, name="invitation_new"),
    path("invitations/<int:pk>/resend/", invitations.resend, name="invitation_resend"),
    path("invitations/<int:pk>/withdraw/", invitations.withdraw, name="invitation_withdraw"),
    path("<int:pk>/role/", members.change_role, name="member_role"),
    path("<int:pk>/remove/", members.remove, name="member_remove"),
]

keys: list[URLPattern | URLResolver] = [
    path("integrations/", include(integrations_pages)),
    path("activity/", include(activity_pages)),
]

settings: list[URLPattern | URLResolver] = [
    path("", account.edit, name="account_settings"),
    path("security/", account.secure, name="account_security"),
    path("members/", include(people)),
    path("", include((keys, "oncekeys"))),
]

urlpatterns = [
    path("", home.start, name="start"),
    path("profile/", profile.edit, name="profile"),
    path("profile/person/", profile.introduce, name="profile_person"),
    path("profile/activity/", person_activity.index, name="profile_activity"),
    path("profile/email/", email_change.change, name="email_change"),
    path("profile/email/resend/", email_change.resend, name="email_resend"),
    path("profile/email/withdraw/", email_change.withdraw, name="email_withdraw"),
    path("profile/email/confirm/<str:token>/", email_change.confirm, name="email_confirm"),
    path("accounts/<slug:slug>/", home.index, name="account_home"),
    path("accounts/<slug:slug>/settings/", include(settings)),
    path("invitations/<str:token>/", invitations.accept, name="invitation"),
]
