"""The site's own settings hash keys and passwords at the promised cost. Other tests hash both cheaply."""


def test_a_key_is_hashed_at_the_promised_cost(crm):
    assert crm.api_key.secret_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_is_hashed_with_argon2id(ada):
    ada.set_password("correct horse battery staple")

    assert ada.password.startswith("argon2$argon2id$")
