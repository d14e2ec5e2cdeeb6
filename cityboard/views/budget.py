"""The budget's execution against its plan: by bureau, by programme, month by month."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

import param

from cityboard.cancel import Cancel
from cityboard.promises import BUDGET, budget
from cityboard.selection import Members, Selection
from cityboard.store import Answer
from cityboard.views.plan import won_words
from cityboard.views.told import ToldView
from cityboard.words import PROVENANCES, period_words, value_words


@dataclasses.dataclass(frozen=True)
class BudgetResult:
    """The city's budget, by bureau, and by programme and month of the bureau chosen (or all)."""

    city: Answer
    bureaus: Answer
    programmes: Answer
    months: Answer


class BudgetView(ToldView):
    """Who executes the budget as planned, and who is behind; the lowest rate first."""

    template: ClassVar = "budget"
    grows: ClassVar = True
    asks_again: ClassVar = ["bureau"]

    bureau = param.String(default="", doc="Only this bureau's programmes and months; empty is all.")

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        return (super().question(selection), self.bureau)

    def ask(self, selection: Selection, cancel: Cancel) -> BudgetResult:  # noqa: ARG002
        """Return the execution."""
        store = self.screen.store
        where = (Members("bureau_id", (self.bureau,)),) if self.bureau else ()
        return BudgetResult(
            budget(store, by=()),
            budget(store),
            budget(store, by=("bureau_id", "programme_id"), where=where),
            budget(store, by=("month",), where=where),
        )

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answers shown."""
        return (self.result.city, self.result.bureaus) if self.result else ()

    def words(self, result: BudgetResult) -> dict[str, Any]:
        """Return what the template needs."""
        screen, language = self.screen, self.screen.language
        bureaus = [self._row(row) for row in result.bureaus.frame.to_dict("records")]
        return {
            "mark": PROVENANCES[result.city.provenance],
            "city": self._row(result.city.frame.iloc[0].to_dict()),
            "bureaus": bureaus,
            "behind": [each for each in bureaus if each["is_behind"]],
            "over": [each for each in bureaus if each["is_over"]],
            "programmes": [self._row(row) for row in result.programmes.frame.to_dict("records")],
            "months": [
                {**self._row(row), "name": period_words(row["month"], "month", language)}
                for row in result.months.frame.to_dict("records")
            ],
            "chosen": self._name("bureau_id", self.bureau) if self.bureau else "",
            "everything": f"budget?{screen.keep}",
        }

    def _row(self, row: Mapping[Any, Any]) -> dict[str, Any]:
        rate, language = float(row["execution_rate"]), self.screen.language
        told = {
            "planned": won_words(row["planned"], language),
            "executed": won_words(row["executed"], language),
            "rate": f"{rate:.1f}%",
            "width": f"{min(rate, 100):.1f}",
            "is_behind": bool(row["is_behind"]),
            "is_over": bool(row["is_over_plan"]),
        }
        for column in ("bureau_id", "programme_id"):
            if column in row:
                told[column] = self._name(column, row[column])
        if "bureau_id" in row:
            told["href"] = f"budget?bureau={row['bureau_id']}&{self.screen.keep}#programmes"
        return told

    def _name(self, column: str, code: str) -> str:
        return value_words(code, column, self.screen.store.dataset(BUDGET), self.screen.language)
