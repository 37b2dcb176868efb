"""What the sample application keeps of those who are signed in is bounded."""

from idp.demo.application.sign_ins import CAPACITY, SignIn, SignIns


def build_sign_in(**claims: str) -> SignIn:
    """Return a sign-in with these claims."""
    return SignIn("token", {"sub": "1", **claims}, {}, "openid")


def test_sign_in_is_found_until_it_is_taken() -> None:
    """Taking forgets."""
    sign_ins = SignIns()
    key = sign_ins.add(build_sign_in())
    assert sign_ins.find(key) is not None
    assert sign_ins.take(key) is not None
    assert sign_ins.find(key) is None
    assert sign_ins.take(None) is None


def test_oldest_sign_in_gives_way() -> None:
    """Memory does not grow with the number of visitors."""
    sign_ins = SignIns()
    keys = [sign_ins.add(build_sign_in()) for _ in range(CAPACITY + 1)]
    assert sign_ins.find(keys[0]) is None
    assert sign_ins.find(keys[1]) is not None


def test_name_is_the_best_there_is() -> None:
    """A name, else the username, else the subject."""
    assert build_sign_in(name="Alice Example", preferred_username="alice").name == "Alice Example"
    assert build_sign_in(preferred_username="alice").name == "alice"
    assert build_sign_in().name == "1"
