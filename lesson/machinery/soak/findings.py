"""What a soak found: figures, and the promises that are broken, which decide its exit status."""

from __future__ import annotations

from dataclasses import dataclass, field

from lesson.machinery.bench.results import Figure, Results


@dataclass
class Findings(Results):
    """Figures with what was wanted of them. A promise is one that must be so on any machine."""

    seed: int = 0  # by which the faults are drawn
    broken: list[str] = field(default_factory=list)

    def want(self, name: str, value: float, unit: str, below: float) -> None:
        """Keep a figure that the machine decides too."""
        self.add(Figure(name, value, unit, below))

    def promise(self, name: str, value: float, unit: str, below: float) -> None:
        """Keep a figure, and whether the promise is kept."""
        self.add(Figure(name, value, unit, below))
        if not value < below:
            self.breaks(f"{name}: {value:g} {unit}, promised is less than {below:g}")

    def breaks(self, sentence: str) -> None:
        """Keep what is wrong."""
        self.broken.append(sentence)
