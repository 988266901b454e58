"""Reads a simulated Notion with PyPI `notion-client`, and compares what came with what the simulator says it holds."""

import hashlib
import json
import logging
import sys
import urllib.request

from notion_client import APIResponseError, Client
from notion_client.helpers import collect_paginated_api, iterate_paginated_api

base, token, held_url = sys.argv[1:4]
faults = []
logging.disable(logging.ERROR)  # refusals are asked for below; the client would print each


def expect(name, right, seen):
    print(f"  {'ok ' if right else 'NOT'} {name}: {seen}")
    if not right:
        faults.append(name)


def refused(name, status, ask):
    try:
        ask()
        expect(name, False, "answered")
    except APIResponseError as error:
        expect(name, error.status == status, f"{error.status} {error.code}")


def canonical(value):
    if isinstance(value, list):
        return [canonical(item) for item in value]
    if not isinstance(value, dict):
        return value
    signed = "url" in value and "expiry_time" in value
    left_out = {"request_id"} | ({"url", "expiry_time"} if signed else set())
    return {name: canonical(item) for name, item in value.items() if name not in left_out}


def digest(told):
    lines = (json.dumps(canonical(one), sort_keys=True, separators=(",", ":"), ensure_ascii=False) for one in told)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


with urllib.request.urlopen(held_url) as answer:
    held = {line["id"]: line for line in map(json.loads, answer)}

notion = Client(auth=token, base_url=base, notion_version="2026-03-11")
me = notion.users.me()
expect("users/me", me["type"] == "bot", me["name"])
users = collect_paginated_api(notion.users.list, page_size=20)
expect("users, pages of 20", sum(user["type"] == "bot" for user in users) > 0, f"{len(users)} users")


def searched(kind):
    wanted = {"property": "object", "value": kind}
    newest = {"timestamp": "last_edited_time", "direction": "descending"}
    return collect_paginated_api(notion.search, filter=wanted, sort=newest, page_size=50)


pages, sources = searched("page"), searched("data_source")
found = {one["id"]: one for one in pages + sources}
same = all(found.get(number, {}).get("last_edited_time") == line["last_edited_time"] for number, line in held.items())
expect("search finds what is held", set(found) == set(held) and same, f"{len(pages)} pages, {len(sources)} data sources")
expect("digests of data sources", all(digest([one]) == held[one["id"]]["digest"] for one in sources), len(sources))


def blocks_below(parent):
    for block in iterate_paginated_api(notion.blocks.children.list, block_id=parent, page_size=30):
        yield block
        copied = (block.get("synced_block") or {}).get("synced_from")
        if block["has_children"] and block["type"] not in ("child_page", "child_database") and not copied:
            yield from blocks_below(block["id"])


def comments_on(number):
    return collect_paginated_api(notion.comments.list, block_id=number)


# Decisions are talked about; of everything else a few will do.
some = sorted(page["id"] for page in pages)[:: max(1, len(pages) // 8)][:8]
some += [page["id"] for page in pages if "Decided" in page["properties"]][:8]
wrong, blocks, comments = [], 0, 0
for number in some:
    below = list(blocks_below(number))
    said = comments_on(number)
    for block in below:
        if block["type"] != "child_page":
            said += comments_on(block["id"])
    if digest([notion.pages.retrieve(number), *below, *said]) != held[number]["digest"]:
        wrong.append(number)
    blocks, comments = blocks + len(below), comments + len(said)
expect("digests of pages", not wrong, f"{len(some)} pages, {blocks} blocks, {comments} comments {wrong or ''}")

rows = 0
for source in sources:
    for row in iterate_paginated_api(notion.data_sources.query, data_source_id=source["id"], page_size=25):
        rows += 1
        if row["parent"]["data_source_id"] != source["id"]:
            expect("rows", False, row["id"])
expect("rows of data sources", rows == sum(page["parent"]["type"] == "data_source_id" for page in pages), f"{rows} rows")

refused("a page that is not there", 404, lambda: notion.pages.retrieve("00000000-0000-4000-8000-00000000dead"))
refused("pages of 500", 400, lambda: notion.users.list(page_size=500))
refused("a dead cursor", 400, lambda: notion.users.list(start_cursor="nowhere"))
stranger = Client(auth="wrong", base_url=base, notion_version="2026-03-11")
refused("strangers", 401, stranger.users.me)

sys.exit(1 if faults else 0)
