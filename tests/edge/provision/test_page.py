"""The lines of docs/fleet.md that make twenty station files of one table, as a shell reads them."""

import os
import re
import subprocess
import sys
from pathlib import Path

from edge.config import load_station_config

_FENCE = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_table_becomes_station_files(project_root: Path, tmp_path: Path) -> None:
    """Each has its own codes and place; the rest is the template's. A table of a PC will do."""
    page = (project_root / "docs" / "fleet.md").read_text()
    section = page.partition("\n### What is needed\n")[2].partition("\n### ")[0]
    blocks = _FENCE.findall(section)
    (table,) = [block for block in blocks if block.startswith("network,station")]
    lines = [block for block in blocks if "template.toml" in block]
    (tmp_path / "stations.csv").write_bytes(table.replace("\n", "\r\n").encode())
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    for block in lines:
        subprocess.run(
            ["bash", "-e", "-c", block], cwd=tmp_path, env={**os.environ, "PATH": path}, check=True
        )

    assert 2 == len(lines)
    made = [load_station_config(tmp_path / f"KARA{number}.toml") for number in (1, 2)]
    assert [("XX", "KARA1", 46.9512, 7.4431, 552.0), ("XX", "KARA2", 46.98034, 7.51207, 548.0)] == [
        (
            config.station.network,
            config.station.station,
            config.station.latitude,
            config.station.longitude,
            config.station.elevation_m,
        )
        for config in made
    ]
    assert {"adxl355"} == {config.source.type for config in made}
