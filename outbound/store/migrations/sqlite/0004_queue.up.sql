-- What the queue needs beyond the first: priorities that age, leases that were lost, errors and results that are kept,
-- cancelled jobs, paused queues, one leader for the schedule, and each tick once for ever.
-- The release before goes on working: what it does not write may be null, or has a default.

-- Whose turn is first: when it is due, and so much later for each step of its priority. Null: when it is due.
alter table jobs add column turn_at integer;
-- Steps behind the first; 1 is normal.
alter table jobs add column priority integer not null default 1;
-- Leases on it that ran out since it last made progress.
alter table jobs add column losses integer not null default 0;
-- Failed tries, oldest first: at, attempt, reason.
alter table jobs add column errors text not null default '[]';
-- What came of it, for a while.
alter table jobs add column result text;
-- Its newest try.
alter table jobs add column started_at integer;
-- Ended on a person's word; its state is done then.
alter table jobs add column cancelled_at integer;

create index jobs_turn on jobs (kind, coalesce(turn_at, due_at)) where state = 'pending';
create index jobs_next on jobs (kind, due_at) where state = 'pending';
create index jobs_lane_waiting on jobs (lane) where state = 'pending';
create index jobs_lease on jobs (kind, lease_until) where state = 'running';
create index jobs_created on jobs (created_at);
create index jobs_finished on jobs (finished_at) where finished_at is not null;
create index jobs_results on jobs (finished_at) where result is not null;

-- Queues that somebody paused; the name is the kind of their jobs.
create table paused_queues (
    name text primary key,
    paused_at integer not null,
    paused_by text not null
) strict, without rowid;

-- Who leads what, and until when. The term is new with every change of leaders.
create table leaders (
    name text primary key,
    holder text not null,
    term integer not null,
    until_at integer not null
) strict, without rowid;

-- Ticks that were taken: none is taken twice.
create table tick_runs (
    name text not null,
    tick_at integer not null,
    taken_at integer not null,
    primary key (name, tick_at)
) strict, without rowid;
create index tick_runs_taken on tick_runs (taken_at);
