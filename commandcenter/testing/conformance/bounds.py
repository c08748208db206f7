"""What a plugin may take: seconds by what is called, and memory."""

from dataclasses import dataclass
from functools import cached_property

from commandcenter.testing.conformance.samples import Sample, Samples


@dataclass(frozen=True)
class Bounds:
    """The limits of one plugin, and the huge city in which they are tried."""

    samples: Samples
    render_seconds: float = 2.0
    grade_seconds: float = 5.0
    describe_seconds: float = 20.0
    memory_mb: int = 512

    @cached_property
    def huge(self) -> Sample:
        """A city of over 60,000 cells."""
        return self.samples.huge()
