"""Reads a simulated Tempo with PyPI `tempo-api-python-client`, and compares what came with what the simulator holds."""

import hashlib
import json
import logging
import sys
import urllib.error
import urllib.request

from tempoapiclient import client_v4

base, token, held_url = sys.argv[1:4]
faults = []
logging.disable(logging.ERROR)  # refusals are asked for below; the client would print each
EVER = ("2000-01-01", "2100-01-01")


def expect(name, right, seen):
    print(f"  {'ok ' if right else 'NOT'} {name}: {seen}")
    if not right:
        faults.append(name)


def raw(path, credentials):
    request = urllib.request.Request(f"{base}/4/{path}", headers={"Authorization": credentials})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers["content-type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["content-type"], error.read()


with urllib.request.urlopen(held_url) as answer:
    held = {line["id"]: line for line in map(json.loads, answer)}

client = client_v4.Tempo(auth_token=token, base_url=f"{base}/4", limit=1000)
worklogs = client.get_worklogs(*EVER)
seen = {log["tempoWorklogId"]: (log["issue"]["id"], log["startDate"], log["timeSpentSeconds"]) for log in worklogs}
truth = {number: (line["issue"], line["startDate"], line["timeSpentSeconds"]) for number, line in held.items()}
expect("worklogs, all pages", seen == truth and len(worklogs) == len(truth), f"{len(worklogs)} worklogs")

some = sorted(held)[:: max(1, len(held) // 20)]
bodies = {number: raw(f"worklogs/{number}", f"Bearer {token}")[2] for number in some}
same = all(hashlib.sha256(body).hexdigest() == held[number]["sha256"] for number, body in bodies.items())
expect("digests of single worklogs", same, f"{len(some)} compared")

small = client_v4.Tempo(auth_token=token, base_url=f"{base}/4", limit=7)
days = sorted(line["startDate"] for line in held.values())
first, last = days[len(days) // 3], days[len(days) // 3 + min(60, len(days) // 2)]
window = small.get_worklogs(first, last)
expected = sum(first <= day <= last for day in days)
expect("a window, seven at a time", len(window) == expected, f"{len(window)} from {first} to {last}")

one = held[some[len(some) // 2]]
for name, member, found in [
    ("of a user", "author", client.get_worklogs(*EVER, accountId=one["author"])),
    ("of an issue", "issue", client.get_worklogs(*EVER, issueId=one["issue"])),
]:
    expected = sum(line[member] == one[member] for line in held.values())
    expect(f"worklogs {name}", len(found) == expected, f"{len(found)} worklogs")
updates = sorted(line["updatedAt"] for line in held.values())
since = updates[-min(20, len(updates))]
page = client.search_worklogs(*EVER, updatedFrom=since)
expected = sum(update >= since for update in updates)
expect("worklogs/search by updatedFrom", len(page["results"]) == expected, f"{expected} since {since}")

teams = client.get_teams()
expect("teams", all(team["id"] and team["name"] for team in teams), f"{len(teams)} teams")
for team in teams[:3]:
    members = client.get_team_members(team["id"])
    memberships = client.get_team_memberships(team["id"])
    of_team = client.get_worklogs(*EVER, teamId=team["id"])
    right = bool(members) and len(memberships) >= len(members)
    expect(f"team {team['name']}", right, f"{len(members)} members, {len(of_team)} worklogs")
accounts = client.get_accounts()
expect("accounts", all(account["status"] != "ARCHIVED" for account in accounts), f"{len(accounts)} accounts")
expect("customers", True, f"{len(client.get_customers())} customers")
expect("work attributes", True, [attribute["key"] for attribute in client.get_work_attributes()])
schedule = client.get_user_schedule("2026-11-16", "2026-11-22")
expect("user schedule", len(schedule) == 7, f"{len(schedule)} days")
expect("workload schemes", True, f"{len(client.get_workload_schemes())} schemes")

for name, ask in [
    ("a missing worklog", lambda: client.get_worklogs(*EVER, worklogId=1)),
    ("a missing issue", lambda: client.get_worklogs(*EVER, issueId=1)),
]:
    try:
        ask()
        expect(name, False, "answered")
    except SystemExit as refusal:
        expect(name, True, refusal.code)
# Not with the client: it keeps the first token that it posted with for every other instance too.
status, kind, _ = raw("worklogs", "Bearer wrong")
expect("strangers get HTML", status == 401 and kind.startswith("text/html"), f"{status} {kind}")

sys.exit(1 if faults else 0)
