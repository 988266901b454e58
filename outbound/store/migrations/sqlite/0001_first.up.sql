-- The first schema. Times are microseconds since 1970 in UTC; lists and maps are JSON; ids of runs and jobs are UUIDs.
-- Columns of unbounded text stand last, so that reading the others does not walk through them.

-- Whose database this is: migrations refuse one that belongs to something else.
create table instance (
    one integer primary key check (one = 1),
    application text not null,
    instance_id text not null,
    created_at integer not null
) strict;

-- Counts writes. Indexes remember the last number they have seen.
create table feed (
    one integer primary key check (one = 1),
    last integer not null
) strict;
insert into feed (one, last) values (1, 0);

create table documents (
    id integer primary key,
    source text not null,
    kind text not null,
    external_id text not null,
    record_id text not null,
    key text not null,
    url text not null,
    project_key text,
    project_name text,
    state text,
    state_category text,
    audience text not null,
    created_at integer not null,
    updated_at integer not null,
    content_hash text not null,
    fetched_at integer not null,
    revision integer not null,
    tombstone text,
    indexed_at integer,
    indexed_model text,
    labels text not null,
    people text not null,
    title text not null,
    body text not null,
    comments text not null,
    unique (source, external_id)
) strict;
create unique index documents_revision on documents (revision);
create index documents_record on documents (source, record_id);
-- Counts, by who may see what, are answered from this index alone.
create index documents_held on documents (audience, source, indexed_model) where tombstone is null;
create index documents_to_index on documents (indexed_model, updated_at) where tombstone is null;

-- What documents were before they changed. Append only.
create table document_versions (
    id integer primary key,
    document_id integer not null references documents (id),
    valid_from integer not null,
    recorded_at integer not null,
    content_hash text not null,
    key text not null,
    project_key text,
    state text,
    state_category text,
    audience text not null,
    labels text not null,
    people text not null,
    title text not null,
    body text not null,
    comments text not null
) strict;
create index document_versions_document on document_versions (document_id, valid_from);

-- What the sources sent, to the byte; LZ4 with the length in front.
create table raw_records (
    id integer primary key,
    source text not null,
    external_id text not null,
    digest text not null,
    fetched_at integer not null,
    body blob not null,
    unique (source, external_id)
) strict;

-- Records that could not be read, with their reasons; raw_records has their bytes.
create table quarantine (
    source text not null,
    external_id text not null,
    reason text not null,
    first_seen_at integer not null,
    last_seen_at integer not null,
    primary key (source, external_id)
) strict, without rowid;

create table backfills (
    id text primary key,
    source text not null,
    from_at integer not null,
    to_at integer not null,
    days integer,
    project text,
    state text not null check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
    progress text not null,
    warnings text not null,
    error text,
    requested_by text not null,
    created_at integer not null,
    started_at integer,
    finished_at integer
) strict;
create index backfills_created on backfills (created_at);

create table checkpoints (
    backfill_id text primary key references backfills (id),
    cursor text not null
) strict, without rowid;

-- Which records a running backfill has met; emptied at its end.
create table backfill_seen (
    backfill_id text not null references backfills (id),
    external_id text not null,
    primary key (backfill_id, external_id)
) strict, without rowid;

create table sources (
    source text primary key,
    confirmed_from integer,
    confirmed_until integer,
    last_success_at integer,
    last_error text,
    last_error_at integer
) strict, without rowid;

create table jobs (
    id text primary key,
    kind text not null,
    key text not null,
    payload text not null,
    state text not null check (state in ('pending', 'running', 'done', 'failed')),
    due_at integer not null,
    attempts integer not null default 0,
    lease_token text,
    lease_until integer,
    worker text,
    request_id text,
    error text,
    created_at integer not null,
    finished_at integer
) strict;
create unique index jobs_waiting on jobs (key) where state = 'pending';
create unique index jobs_running on jobs (key) where state = 'running';
create index jobs_due on jobs (state, due_at);

create table workers (
    name text primary key,
    seen_at integer not null
) strict, without rowid;

-- Vectors, one a piece of a document: whole numbers from -127 to 127, a byte each, times scale.
create table passages (
    document_id integer not null references documents (id),
    piece text not null,
    model text not null,
    text_hash text not null,
    scale real not null,
    revision integer not null,
    numbers blob not null,
    primary key (document_id, piece)
) strict, without rowid;
create unique index passages_revision on passages (revision);
