"""The one thing looked for: an answer that says we broke.

Schemathesis calls every error of a field a server error. Ours say by their code whose fault they are.

What it invents knows nobody, so half of its ids are those of the demo, and each request comes from an address of its own: behind
ids nobody has, and beyond the limits of one address, little of the program would be reached.
"""

import ipaddress
import itertools
import json
import os
import urllib.request

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

URL = os.environ["HEARTH_URL"]
TOKEN = os.environ["HEARTH_TOKEN"]
STAFF_TOKEN = os.environ["HEARTH_STAFF_TOKEN"]

QUERY = """{
  perks(first: 5) { nodes { id } }
  me { id sessions { id }
    household { id grants(first: 2) { nodes { id } } assetAccount { statement(first: 3) { nodes { id } } } } }
}"""


STAFF_QUERY = """{
  staffMembers(first: 3) { nodes { id } }
  communities(first: 3) { nodes { id leaderIds } }
  approvals(first: 3) { nodes { id } }
  webhooks(first: 3) { nodes { id } }
}"""


def ids_in(answer):
    if isinstance(answer, dict):
        if isinstance(answer.get("id"), str):
            yield answer["id"]
        answer = list(answer.values())
    if isinstance(answer, list):
        for part in answer:
            yield from ids_in(part)


def ids_of(query, token):
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{URL}/graphql", json.dumps({"query": query}).encode(), headers)
    with urllib.request.urlopen(request) as response:
        answer = json.load(response)
    assert "errors" not in answer, answer["errors"]
    return set(ids_in(answer["data"]))


KNOWN = sorted(ids_of(QUERY, TOKEN) | ids_of(STAFF_QUERY, STAFF_TOKEN))
# A count, and not by chance: while examples are made the same chance comes again and again.
CALLS = itertools.count()
ids = st.one_of(st.sampled_from(KNOWN), st.text(max_size=40).filter(lambda text: text.isprintable()))
schemathesis.graphql.scalar("ID", ids.map(nodes.String))
schemathesis.graphql.scalar("BigInt", st.integers().map(str).map(nodes.String))
schemathesis.graphql.scalar("DateTime", st.datetimes().map(lambda it: f"{it.isoformat()}Z").map(nodes.String))
schemathesis.graphql.scalar("LocalDate", st.dates().map(str).map(nodes.String))


@schemathesis.hook
def before_call(context, case, kwargs):
    case.headers["X-Forwarded-For"] = str(ipaddress.ip_address("198.18.0.0") + next(CALLS))


@schemathesis.check
def no_fault(ctx, response, case):
    assert response.status_code < 500, f"status {response.status_code}"
    codes = [error["extensions"]["code"] for error in response.json().get("errors", [])]
    assert "INTERNAL" not in codes, f"a fault: {codes}"
