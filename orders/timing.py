"""How long things may take; `project.checks` asserts that the order of these times holds."""

from __future__ import annotations

from datetime import timedelta

CLAIM = timedelta(seconds=180)
"""A claim outlives Celery's hard limit (90 s), so a claim that ended means nobody is working any more."""

LEAST_LEFT_TO_SEND = timedelta(seconds=50)
"""No creating call starts with less of the claim left: the HTTP deadline of 40 s and a margin."""

NUDGE = timedelta(seconds=45)
"""A message that was published and not acted on by then is taken for lost: a wiped Redis is made good in a minute."""

LOOKING_FIRST = timedelta(seconds=10)
"""Between choosing an order and publishing its message both vendors are asked; should that take longer, it is
chosen twice, and its claim sorts it out."""

LOOK_CLAIM = timedelta(seconds=60)
"""A round of look-ups sends nothing: should two of them ever overlap, the only harm is a question asked twice."""

SENDING_LONGEST = timedelta(seconds=60)
"""Celery's soft limit: a claim older than that is no longer work in flight, whether or not it has ended."""

FETCH_CLAIM = timedelta(seconds=45)
"""Longer than one call, and renewed at each page: a killed worker stops fetching for no longer than this. Two fetches
at once would only read twice; the cursor moves for the one that holds the claim."""

FETCH_WORK = timedelta(seconds=40)
"""One fetch task ends at the first page boundary after this and nudges itself."""

FETCH_OVERLAP = timedelta(minutes=10)
"""Each window reaches back this far: rows that moved while paging, and clocks that differ."""

LONGEST_WINDOW = timedelta(days=1)
"""An outage of days is caught up in windows no longer than this."""

MOST_CLAIMS = 8
"""Claims that ended without any outcome before a person has to look."""

IN_FLIGHT_PER_STORE = 20

LONGEST_BACKOFF = timedelta(minutes=5)
FIRST_BACKOFF = timedelta(seconds=5)

ODD_FAILURES = 2
"""Failures in a row that may be chance: only the next one makes a whole store rest."""

NOT_YET = timedelta(seconds=2)
"""When an order that met an odd failure is due again."""

LINK_FRESH = timedelta(hours=1)
"""How long a linked variant is trusted to exist without asking Shopify again."""

LINK_SEARCH_AGAIN = timedelta(minutes=10)
"""How often items without a link that hold up orders are looked for again by themselves."""

LOOK_FRESH = timedelta(minutes=10)
"""How old the look for an order in Shopify may be when it is created: while it stood still, another app may have been
faster."""

SCAN_FRESH = timedelta(minutes=5)
"""How often, at most, a store is read through for what other apps made; with `LOOK_FRESH` the look for an order is
ten minutes old at most when it is created."""

SCAN_WORK = timedelta(seconds=30)
"""One turn of reading ends at the first page after this; the next goes on from there."""

SCAN_WHILE_SYNCING = timedelta(seconds=5)
"""The same within the sync of one order, which has other things to do in its time."""

SCAN_CLAIM = timedelta(seconds=45)
"""Longer than one call, and renewed at each page. Two readers at once would only read twice."""

TIKTOK_WORD_FRESH = timedelta(minutes=10)
"""How old TikTok's last word on an order may be when its Shopify order is created."""

LOOKS_AT = (1 / 30, 1 / 10, 1 / 3, 2 / 3, 1.0)
"""When an unknown create is looked for, as parts of the settle window (900 s: 30, 90, 300, 600, 900)."""

NEGATIVES_NEEDED = 3

LOOKS_PER_STORE = 50
LOOKS_WHILE_FAILING = 2
"""How many unknown outcomes of a store are looked for at once, and how many while it failed again and again."""

DELIVERIES_IN_FLIGHT_PER_STORE = 10
"""Fewer than creates: telling of deliveries must not take the budget from new orders."""

LATEST_CALL = timedelta(seconds=15)
"""How long into its claim a delivery starts another call: with the HTTP deadline it ends before the soft limit."""

ROUTING_LOOK = timedelta(seconds=10)
STANDING_LOOK = timedelta(minutes=10)
LONGEST_STANDING_LOOK = timedelta(hours=6)
"""What stands still for a reason in Shopify is looked at again after a quarter of the time it stands, between these."""

OPEN_ORDER_READ = timedelta(hours=24)
"""A synced order that is not delivered is read again from TikTok when nothing was heard of it for so long."""

OPEN_FOR_LONGEST = timedelta(days=120)
"""Orders known for longer are left to TikTok's own news."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""What Shopify made at most so long before our attempt, by its clock, may be that attempt's."""
