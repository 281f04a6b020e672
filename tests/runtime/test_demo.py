"""What `hotgate up --demo` prints is typed by people and given to tools as a word of its own."""

from hotgate.runtime import demo


def test_the_secret_needs_no_quotes_and_is_no_option() -> None:
    assert all(demo._secret().isalnum() for _ in range(100))
    assert len(demo._secret()) >= 16
