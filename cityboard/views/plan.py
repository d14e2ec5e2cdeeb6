"""The plan from promise to money to outcome: visions, areas, tasks, pledges, projects, findings."""

import dataclasses
from collections import Counter
from typing import Any, ClassVar, Literal

import param

from cityboard.cancel import Cancel
from cityboard.catalog import Indicator, Language
from cityboard.promises import PLEDGES, PROJECTS, Promise, findings, pledges, projects, promise
from cityboard.selection import Selection
from cityboard.store import Answer
from cityboard.views.status import in_order
from cityboard.views.tile import when_words
from cityboard.views.told import ToldView
from cityboard.words import (
    PROVENANCES,
    day_words,
    number_words,
    unit_words,
    value_words,
)

Kind = Literal["vision", "area", "task"]
KINDS: tuple[Kind, ...] = ("vision", "area", "task")


@dataclasses.dataclass(frozen=True)
class PlanResult:
    """Promises in order of the register, projects, findings, and the one promise opened."""

    promises: tuple[Promise, ...]
    register: Answer
    projects: Answer
    findings: Answer
    opened: Promise | None


class PlanView(ToldView):
    """The plan as a tree, each pledge in one line."""

    template: ClassVar = "plan"
    grows: ClassVar = True
    asks_again: ClassVar = ["vision", "pledge"]

    vision = param.String(default="", doc="Only this vision; empty is all.")
    pledge = param.String(default="", doc="The pledge told in full; empty is none.")

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        return (super().question(selection), self.vision, self.pledge)

    def ask(self, selection: Selection, cancel: Cancel) -> PlanResult:  # noqa: ARG002
        """Return every pledge with its money and outcome, the projects and the findings."""
        store = self.screen.store
        register = pledges(store)
        told = tuple(promise(store, name) for name in register.frame["pledge_id"])
        opened = promise(store, self.pledge) if self.pledge else None
        return PlanResult(told, register, projects(store), findings(store), opened)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answers shown."""
        if self.result is None:
            return ()
        return (self.result.register, self.result.projects, self.result.findings)

    def words(self, result: PlanResult) -> dict[str, Any]:
        """Return what the template needs."""
        screen, plan = self.screen, self.screen.catalog.plan
        language, store = screen.language, screen.store
        labels = store.dataset(PLEDGES).column("status_code").labels or {}
        states = Counter(each.status for each in result.promises)
        kinds = store.dataset(PROJECTS).column("kind_code").labels or {}
        of_kind = Counter(result.projects.frame["kind_code"])
        visions = [n for n in (plan.nodes if plan else ()) if n.kind == "vision"]
        return {
            "plan": plan,
            "totals": [len(plan.below(None, kind)) for kind in KINDS] if plan else [0, 0, 0],
            "visions": [n for n in visions if self.vision in {"", n.id}],
            "filters": [
                (self._address(vision), title, vision == self.vision)
                for vision, title in [
                    ("", screen.say("전체", "All")),
                    *((n.id, screen.words(n.title)) for n in visions),
                ]
            ],
            "below": lambda node, kind: plan.below(node.id, kind) if plan else [],
            "indicators": self._by_task(),
            "promises": {
                task: [each for each in result.promises if each.path and each.path[-1].id == task]
                for task in {each.path[-1].id for each in result.promises if each.path}
            },
            "opened": result.opened,
            "states": [(screen.words(labels[code]), states[code]) for code in labels],
            "count": len(result.promises),
            "status": lambda each: screen.words(labels[each.status]),
            "milestone_status": lambda each: screen.words(labels[each.milestone_status]),
            "kinds": [(screen.words(kinds[code]), of_kind[code], code) for code in kinds],
            "projects": len(result.projects.frame),
            "findings": self._findings(result.findings),
            "mark": PROVENANCES[result.register.provenance],
            "won": lambda won: won_words(won, screen.language),
            "day": lambda day: day_words(day, language),
            "stage": lambda code: value_words(
                code, "stage_code", store.dataset("milestones"), language
            ),
            "outcome": self._outcome,
            "pledge_address": lambda each: self._address(self.vision, pledge=each.id),
            "late": lambda step, each: each.told_on is not None and step.is_late(each.told_on),
        }

    def _by_task(self) -> dict[str, list[Indicator]]:
        found: dict[str, list[Indicator]] = {}
        for indicator in in_order(self.screen):
            if indicator.task:
                found.setdefault(indicator.task, []).append(indicator)
        return found

    def _outcome(self, each: Promise) -> str:
        """Return the outcome in words: the indicator's newest value and its period."""
        seen, language = each.outcome, self.screen.language
        if seen is None or seen.value is None or each.indicator is None:
            return "–"
        number = number_words(seen.value, language, decimals=each.indicator.decimals)
        unit = unit_words(each.indicator.unit, language)
        mark = PROVENANCES[seen.answer.provenance][0]
        return f"{mark} {number} {unit} ({when_words(seen, self.screen)})"

    def _findings(self, answer: Answer) -> list[dict[str, str]]:
        language, dataset = self.screen.language, self.screen.store.dataset("audit_findings")
        title = f"title_{language}"
        rows = []
        for row in answer.frame.sort_values("opened_date", ascending=False).to_dict("records"):
            told = {
                name: value_words(row[name], name, dataset, language)
                for name in ("subject_code", "severity_code", "state_code")
            }
            rows.append(
                {
                    **told,
                    "project": str(row[title]),
                    "opened": day_words(row["opened_date"], language),
                    "reply": str(row[f"reply_{language}"] or "–"),
                }
            )
        return rows

    def _address(self, vision: str, *, pledge: str = "") -> str:
        parts = [f"vision={vision}"] if vision else []
        parts += [f"pledge={pledge}"] if pledge else []
        return "plan?" + "&".join([*parts, self.screen.keep]) + ("#pledge" if pledge else "")


def won_words(won: float, language: Language) -> str:
    """Return won in hundred million (Korean) or billion (English)."""
    if language == "ko":
        return f"{won / 1e8:,.0f}억 원"
    return f"₩{won / 1e9:,.1f} bn"
