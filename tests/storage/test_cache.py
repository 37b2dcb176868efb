"""What is remembered for a moment, and what is not."""

from idp.storage.cache import MomentaryCache


def test_a_value_is_loaded_once_in_a_moment() -> None:
    """A hot row is read once a second."""
    loaded: list[str] = []
    cache = MomentaryCache[str, str | None](lambda key: loaded.append(key) or key.upper())
    assert [cache.get("a"), cache.get("a"), cache.peek("a")] == ["A", "A", "A"]
    assert loaded == ["a"]


def test_a_value_is_loaded_again_after_its_moment() -> None:
    """Nothing is older than the lifetime."""
    loaded: list[str] = []
    cache = MomentaryCache[str, str | None](lambda key: loaded.append(key) or key, lifetime=0.0)
    assert [cache.get("a"), cache.get("a"), cache.peek("a")] == ["a", "a", None]
    assert loaded == ["a", "a"]


def test_what_is_not_there_takes_no_room() -> None:
    """Strangers choose the names of what does not exist, and could fill the memory with long ones."""
    cache = MomentaryCache[str, str | None](lambda _key: None)
    for number in range(10):
        assert cache.get(f"{'a' * 1000}{number}") is None
    assert not cache._entries
