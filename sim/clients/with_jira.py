"""Reads a simulated Jira with PyPI `jira`, and compares what came with what the simulator says it holds."""

import json
import sys
import urllib.request

from jira import JIRA, JIRAError

base, email, token, held_url = sys.argv[1:5]
faults = []


def expect(name, right, seen):
    print(f"  {'ok ' if right else 'NOT'} {name}: {seen}")
    if not right:
        faults.append(name)


with urllib.request.urlopen(held_url) as answer:
    held = {line["id"]: line for line in map(json.loads, answer)}

client = JIRA(server=base, basic_auth=(email, token), options={"rest_api_version": "3"}, max_retries=0)
info = client.server_info()
expect("serverInfo", info["deploymentType"] == "Cloud", info["baseUrl"])
myself = client.myself()
expect("myself", bool(myself["accountId"] and myself["timeZone"]), f"{myself['displayName']}, {myself['timeZone']}")

projects = {project.key for project in client.projects()}
expected = {line["key"].rsplit("-", 1)[0] for line in held.values()}
expect("projects", projects >= expected, f"{len(projects)} seen, {len(expected)} with issues")
expect("fields", any(field["id"] == "summary" for field in client.fields()), "summary is one of them")

jql = "created >= 0 ORDER BY updated ASC, key ASC"
count = client.approximate_issue_count(jql)
expect("approximate-count", count == len(held), count)
issues = client.enhanced_search_issues(jql, maxResults=0, fields="summary,updated,comment,status")
seen = {issue.id: (issue.key, issue.fields.updated) for issue in issues}
truth = {line["id"]: (line["key"], line["updated"]) for line in held.values()}
expect("search/jql, all pages", seen == truth and len(issues) == len(truth), f"{len(issues)} issues")

talkative = [issue for issue in issues if hasattr(issue.fields, "comment")]  # some real records have none
talkative = sorted(talkative, key=lambda issue: -len(issue.fields.comment.comments))[:25]
comments = 0
for issue in talkative:
    listed = [comment.id for comment in client.comments(issue.key)]
    embedded = [comment.id for comment in issue.fields.comment.comments]
    comments += len(listed)
    if listed[: len(embedded)] != embedded:
        expect(f"comments of {issue.key}", False, f"{len(listed)} listed, {len(embedded)} embedded")
expect("comments", comments > 0, f"{comments} of {len(talkative)} issues")

histories = 0
for issue in talkative[:10]:
    changelog = client.issue(issue.key, expand="changelog").changelog
    histories += len(changelog.histories)
    last = [item for history in changelog.histories for item in history.items if item.field == "status"]
    if last and last[0].toString != issue.fields.status.name:
        expect(f"changelog of {issue.key}", False, f"ends at {last[0].toString}, is {issue.fields.status.name}")
expect("changelog", True, f"{histories} histories of {len(talkative[:10])} issues")

for name, ask, status in [
    ("unbounded search is refused", lambda: client.enhanced_search_issues("ORDER BY created"), 400),
    ("a missing issue", lambda: client.issue("NOPE-1"), 404),
]:
    try:
        ask()
        expect(name, False, "answered")
    except JIRAError as error:
        expect(name, error.status_code == status, f"{error.status_code} {error.text}")

sys.exit(1 if faults else 0)
