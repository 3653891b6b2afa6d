"""Counts 100,000 rankings of 10 options with pref_voting, once for each line "go", and says how many nanoseconds it took.

Standard input has the ballots first, a byte for each place. Imports, reading, and a first count that compiles are not timed.
"""

import sys
import time

from pref_voting.margin_based_methods import beat_path
from pref_voting.iterative_methods import instant_runoff
from pref_voting.profiles import Profile

BALLOTS, OPTIONS = 100_000, 10


def count(rankings):
    profile = Profile(rankings)
    return [int(w) for w in beat_path(profile)], [int(w) for w in instant_runoff(profile)]


raw = sys.stdin.buffer.read(BALLOTS * OPTIONS)
rankings = [list(raw[at : at + OPTIONS]) for at in range(0, len(raw), OPTIONS)]
count(rankings[:100])
for line in sys.stdin.buffer:
    begun = time.perf_counter_ns()
    schulze, runoff = count(rankings)
    print(time.perf_counter_ns() - begun, schulze, runoff, flush=True)
