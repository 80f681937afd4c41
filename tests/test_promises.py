"""The page of promises and the tests agree: each promise there is held by the tests it names."""

from tests.conftest import HELD
from tests.promises import PAGE, listed


def test_page(request):
    """What is marked stands on the page, and what the page names is marked.

    `CI=true python -m tests.promises --write` puts it there. A run of some files sees theirs only.
    """
    files, held = request.config.stash[HELD]
    page = {(sentence, test) for sentence, test in listed(PAGE.read_text(encoding="utf-8"))}
    assert held - page == set()
    assert {(s, test) for s, test in page if test.partition("::")[0] in files} - held == set()
