"""The scenario of a day: incidents, complaints, beds and police cars, simulated from a seed.

No open data tell single calls to 119, complaints, free beds or patrols. The scenario makes them up
for `DAY`, of which the air and the persons in each neighbourhood are recorded, at real places;
`docs/scenario-of-a-day.md` tells what is assumed. Run it when a word list, a register or an
assumption changes:

    python -m data_sources.scenario_day --city catalogs/seoul
"""

from pathlib import Path
from typing import Annotated

import typer

from data_sources.scenario import Generate, write_tables
from data_sources.scenario_complaints import complaint_steps
from data_sources.scenario_incidents import incident_steps
from data_sources.scenario_units import hospital_beds, police_units

DAY_SEED = 20190305
# In this order: a table is made of those before it.
DAY_TABLES: dict[str, Generate] = {
    "incident_steps": incident_steps,
    "complaint_steps": complaint_steps,
    "hospital_beds": hospital_beds,
    "police_units": police_units,
}


def main(
    city: Annotated[Path, typer.Option(help="Folder of the catalogue.")] = Path("catalogs/seoul"),
) -> None:
    """Write the tables of the scenario of a day."""
    write_tables(city, DAY_TABLES, seed=DAY_SEED)


if __name__ == "__main__":
    typer.run(main)
