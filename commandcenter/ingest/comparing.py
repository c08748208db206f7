"""What intake compares reports by, as the settings and the city say."""

from collections.abc import Mapping, Sequence

from commandcenter.domain.cells import Level, Tree
from commandcenter.domain.likeness import Likeness, Thresholds
from commandcenter.domain.matters import Matter
from commandcenter.settings import Settings


def likeness(
    settings: Settings, tree: Tree, levels: Sequence[Level], matters: Mapping[str, Matter]
) -> Likeness | None:
    """Return what compares the city's reports; None where both thresholds are switched off."""
    if settings.duplicates_merge >= 1 and settings.duplicates_likely >= 1:
        return None
    own = (code.strip() for code in settings.duplicates_own.split(","))
    thresholds = Thresholds(
        settings.duplicates_merge,
        settings.duplicates_likely,
        settings.duplicates_days,
        frozenset(code for code in own if code),
    )
    lowest = max(depth for depth, level in enumerate(levels) if level.coordinates)
    return Likeness(thresholds, tree, matters, lowest)
