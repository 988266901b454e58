-- What four sources need: worklogs with their sums, changes in the source's own time, tombstones with their time, gaps,
-- records that are not finished, censuses, what runs on its own, and one budget for each credential.

alter table documents add column occurred_at integer;
alter table documents add column tombstone_at integer;
alter table documents add column links text not null default '[]';
alter table documents add column details text;
alter table document_versions add column links text not null default '[]';
alter table document_versions add column details text;
alter table raw_records add column version text;

-- What a source's history is compared by.
create index documents_compared on documents (source, coalesce(occurred_at, updated_at), record_id)
    where tombstone is null;

-- Time spent, beside the document that tells of it. The day is the worker's own.
create table worklogs (
    document_id integer primary key references documents (id),
    issue_id text not null,
    author text not null,
    day text not null,
    seconds integer not null,
    billable_seconds integer
) strict;
create index worklogs_issue on worklogs (issue_id);
create index worklogs_day on worklogs (day);

-- The names of Atlassian accounts, as documents told them last: Tempo knows ids only.
create table accounts (
    account_id text primary key,
    name text not null
) strict, without rowid;

-- Changes of a record's fields, in the source's own time.
create table changes (
    source text not null,
    record_id text not null,
    change_id text not null,
    field text not null,
    at integer not null,
    author text,
    author_name text,
    from_value text,
    to_value text,
    primary key (source, record_id, change_id, field)
) strict, without rowid;

-- What of its records Daybook does not hold.
create table gaps (
    source text not null,
    external_id text not null,
    what text not null,
    first_seen_at integer not null,
    primary key (source, external_id, what)
) strict, without rowid;

-- Records that their source had not finished.
create table open_records (
    source text not null,
    external_id text not null,
    reason text not null,
    since integer not null,
    until integer not null,
    primary key (source, external_id)
) strict, without rowid;

alter table backfills add column kind text not null default 'backfill' check (kind in ('backfill', 'sync', 'census'));
alter table backfills add column item text;
alter table backfills add column accepts_losses integer not null default 0;
create index backfills_active on backfills (source, created_at) where state in ('queued', 'running');
create index backfills_source on backfills (source);
-- What runs on its own makes many rows; those that are over are forgotten in time.
create index backfills_over on backfills (finished_at) where kind <> 'backfill' and finished_at is not null;

-- What a running census has listed; emptied at its end.
create table census_listed (
    backfill_id text not null references backfills (id),
    external_id text not null,
    project text,
    day text,
    version text,
    primary key (backfill_id, external_id)
) strict, without rowid;

-- How a running census compares, as it found it before it changed anything; emptied at its end.
create table census_found (
    backfill_id text primary key references backfills (id),
    lines text not null,
    unseen_projects text not null
) strict, without rowid;
create table census_differences (
    backfill_id text not null references backfills (id),
    side text not null check (side in ('missing', 'surplus', 'stale')),
    external_id text not null,
    project text,
    key text,
    day text,
    primary key (backfill_id, side, external_id)
) strict, without rowid;

alter table sources add column unseen text not null default '[]';
alter table sources add column ledger text;

-- One job of a lane runs at a time.
alter table jobs add column lane text;
create index jobs_lane on jobs (lane) where state = 'running';

-- When what runs on its own is next due.
create table ticks (
    name text primary key,
    due_at integer not null
) strict, without rowid;

-- How fast each credential may ask, over all processes: up to when each of its rates is spoken for, and until when the
-- vendor wants quiet.
create table budgets (
    credential text primary key,
    spoken_for text not null,
    opens_at integer not null
) strict, without rowid;
