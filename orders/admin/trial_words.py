"""What a trial of settings means in money, and where the orders are listed that would change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from orders.admin import marks
from orders.admin.addresses import page
from orders.admin.need import ORDERS, in_words
from orders.insight.what_if import Change, Trial


@dataclass(frozen=True)
class Effect:
    """One sentence, and the order list with just the orders that it counts."""

    sentence: str
    url: str


def effects(trial: Trial) -> list[Effect]:
    return list(_effects(trial))


def _effects(trial: Trial) -> Iterator[Effect]:
    def money(amounts: Iterable[Decimal | None]) -> str:
        return str(marks.money(sum((amount for amount in amounts if amount), Decimal(0)), trial.currency))

    if moved := trial.other_total:
        before, after = money(one.before for one in moved), money(one.after for one in moved)
        yield Effect(f"The total of {in_words(len(moved))} would change, from {before} to {after}.", listed(moved))
    if stopped := trial.stopped:
        said = f"{in_words(len(stopped))} of {money(one.before for one in stopped)} in all would no longer go."
        yield Effect(said, listed(stopped))
    if started := trial.started:
        held = "is held now" if len(started) == 1 else "are held now"
        said = f"{in_words(len(started))} of {money(one.after for one in started)} in all {held} and would go."
        yield Effect(said, listed(started))
    same = [one for one in trial.changes if one not in {*moved, *stopped, *started}]
    if same:
        yield Effect(f"{in_words(len(same))} would keep {'its' if len(same) == 1 else 'their'} total.", listed(same))


def listed(changes: Sequence[Change]) -> str:
    return page(ORDERS, filters=f"id__in={','.join(str(one.order_pk) for one in changes)}")
