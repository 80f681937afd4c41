"""How long the tests search for counterexamples."""

from hypothesis import settings


def tries(count):
    """Search this many random examples, or as much fewer as the profile is briefer than usual."""
    return settings(max_examples=max(count * settings().max_examples // 100, 5))


def is_brief():
    """Tell whether another run, on another Python, has looked at length."""
    return settings.get_current_profile_name() == "brief"
