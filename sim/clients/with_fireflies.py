"""Reads a simulated Fireflies with PyPI `ffx-cli` and `fireflies-sdk`, compares what came with what the simulator holds,
and checks our own queries against the vendor's schema with PyPI `graphql-core`."""

import hashlib
import json
import pathlib
import sys
import urllib.error
import urllib.request

import ffx.api_client
import graphql
from fireflies_sdk.api import FirefliesAPI

base, token, held_url = sys.argv[1:4]
faults = []
here = pathlib.Path(__file__).resolve().parent


def expect(name, right, seen):
    print(f"  {'ok ' if right else 'NOT'} {name}: {seen}")
    if not right:
        faults.append(name)


def asked(query, key=token, **variables):
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{base}/graphql", body, headers)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def refused(ask):
    try:
        return f"answered {ask()}"
    except Exception as refusal:  # each client has its own kind
        return str(refusal)


def number(value):
    return "" if value is None else json.dumps(float(value))


with urllib.request.urlopen(held_url) as answer:
    held = [json.loads(line) for line in answer]
truth = {line["id"]: line for line in held}

# ffx-cli: gql over httpx; what it parses is what its own classes want.
ffx.api_client.FIREFLIES_API_URL = f"{base}/graphql"
client = ffx.api_client.FirefliesClient(token)
rows = []
while True:
    page = client.list_transcripts(limit=50, skip=len(rows))
    rows += page
    if len(page) < 50:
        break
expect("ffx: all pages, newest first", [row.id for row in rows] == [line["id"] for line in held], f"{len(rows)} transcripts")
expect("ffx: titles", all(row.title == truth[row.id]["title"] for row in rows), "as they are held")
said = [client.get_transcript_with_sentences(line["id"]) for line in held[:: max(1, len(held) // 25)]]
expect("ffx: sentences", all(len(one.sentences) == truth[one.id]["sentences"] for one in said), f"of {len(said)} transcripts")
expect("ffx: times", all(one.sentences[-1].timestamp for one in said if one.sentences), "can be read")
expect("ffx: action items", sum(len(one.action_items) for one in said) > 0, sum(len(one.action_items) for one in said))
expect("ffx: speakers", any(speaker.word_count for one in said for speaker in one.speakers), "with their words")
found = client.search_transcripts("weekly", limit=10)
expect("ffx: keyword", found and all("weekly" in row.title.lower() for row in found), f"{len(found)} transcripts")
window = client.list_transcripts(limit=50, from_date="2100-01-01T00:00:00Z")
expect("ffx: nothing in the future", window == [], len(window))
missing = refused(lambda: client.get_transcript("01NONE"))
expect("ffx: a missing transcript", "object_not_found" in missing, missing[:60])
greedy = refused(lambda: client.list_transcripts(limit=51))
expect("ffx: too large a page", "invalid_arguments" in greedy, greedy[:60])
stranger = refused(lambda: ffx.api_client.FirefliesClient("wrong").list_transcripts())
expect("ffx: a wrong key", "auth_failed" in stranger or "401" in stranger or "expired" in stranger, stranger[:60])

# fireflies-sdk: requests and plain dictionaries.
sdk = FirefliesAPI(token)
sdk.api_url = f"{base}/graphql"
few = sdk.list_transcripts(limit=20)
expect("sdk: list", [(row["id"], row["date"]) for row in few] == [(line["id"], line["date"]) for line in held[:20]], f"{len(few)} transcripts")
one = next(line for line in held if line["sentences"])
text = sdk.get_transcript_text(one["id"])
expect("sdk: text", len(text["sentences"]) == one["sentences"], f"{one['sentences']} sentences")
_, tidy = asked("{ transcripts { id participants sentences { index } } }")
tidy = next(row for row in tidy["data"]["transcripts"] if row["sentences"] and None not in row["participants"])
expect("sdk: participants", len(sdk.get_participants(tidy["id"])) > 1, sdk.get_participants(tidy["id"])[:3])
forbidden = refused(lambda: sdk.delete_transcript(one["id"]))
expect("sdk: nothing is deleted", "GRAPHQL_VALIDATION_FAILED" in forbidden, "its mutation is older than the schema")

# The schema: ours, as a public repository has it, must be the one that is served, and our queries must fit it.
schema = graphql.build_schema((here / "../src/fireflies/schema.graphql").read_text())
queries = (here / "../tests/sim/fireflies/queries.graphql").read_text()
errors = graphql.validate(schema, graphql.parse(queries))
expect("our queries fit the vendor's schema", not errors, errors or "all of them")
status, served = asked(graphql.get_introspection_query())
served = graphql.build_client_schema(served["data"])
ours, theirs = (
    {(kind.name, field) for kind in each.type_map.values() if hasattr(kind, "fields") and kind.name[:2] != "__" for field in kind.fields}
    for each in (schema, served)
)
expect("the schema that is served is the vendor's", ours == theirs, f"{len(theirs)} fields")
# Where a directive may stand is the engine's own matter.
changes = [change.description for change in graphql.utilities.find_breaking_changes(schema, served)]
changes = [change for change in changes if " from @" not in change]
expect("and breaks nothing of it", not changes, changes[:3] or "nothing")

# The digests, made anew from what a query of ours gives.
for line in held[:: max(1, len(held) // 25)]:
    _, whole = asked(
        "query($id: String!) { transcript(id: $id) { title privacy summary { overview action_items }"
        " sentences { speaker_name text start_time end_time } } }", id=line["id"])
    whole = whole["data"]["transcript"]
    lines = [whole["title"] or "", whole["privacy"] or ""]
    for sentence in whole["sentences"] or []:
        words = [sentence["speaker_name"] or "", sentence["text"] or ""]
        lines.append("\t".join(words + [number(sentence["start_time"]), number(sentence["end_time"])]))
    lines += [(whole["summary"] or {}).get(name) or "" for name in ("overview", "action_items")]
    if hashlib.sha256("\n".join(lines).encode()).hexdigest() != line["digest"]:
        expect(f"digest of {line['id']}", False, line["title"])
status, wrong = asked("{ transcripts { id summry { gist } } }")
code = wrong["errors"][0]["extensions"]["code"]
expect("a wrong field fails the whole query", (status, code) == (400, "GRAPHQL_VALIDATION_FAILED"), f"{status} {code}")

sys.exit(1 if faults else 0)
