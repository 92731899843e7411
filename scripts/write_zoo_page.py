"""Write docs/zoo.md from the networks and their measurements.

python scripts/write_zoo_page.py
"""

from pathlib import Path

from training.zoo_conversions import read_conversions
from training.zoo_page import zoo_page
from training.zoo_table import zoo_table


def main() -> None:
    """Write the page."""
    path = Path(__file__).resolve().parents[1] / "docs" / "zoo.md"
    path.write_text(zoo_page(zoo_table(), read_conversions()), encoding="utf-8")


if __name__ == "__main__":
    main()
