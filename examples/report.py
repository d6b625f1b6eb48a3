r"""Ask several questions and write the answers into one page of Markdown.

Prints:

    # Last week

    ## Visitors by country

    | country | count(\*) |
    | --- | ---: |
    | United States | 106 |
    | Brazil | 52 |
    | Canada | 49 |

    ## Goals

    | matchingConversionGoals | count(\*) |
    | --- | ---: |
    | Sign-up | 129 |
    | Payment | 94 |
    | Booking | 79 |
"""

from pathlib import Path

import usql

QUESTIONS = {
    "Visitors by country": "SELECT country, COUNT(*) FROM usersession GROUP BY country LIMIT 3",
    "Goals": (
        "SELECT matchingConversionGoals, COUNT(*) FROM usersession "
        "WHERE matchingConversionGoals IS NOT NULL GROUP BY matchingConversionGoals"
    ),
}

sessions = usql.sample(sessions=500, seed=1)
parts = ["# Last week"]
for title, query in QUESTIONS.items():
    sessions.query(query).write("answer.md")
    parts += ["", f"## {title}", "", Path("answer.md").read_text(encoding="utf-8").rstrip()]
Path("report.md").write_text("\n".join(parts) + "\n", encoding="utf-8")
print(Path("report.md").read_text(encoding="utf-8"))
