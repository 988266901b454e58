-- Undoes what the queue needs beyond the first. Priorities, histories of failed tries and results are lost, and queues
-- that are paused go on; jobs and what they are for stay. Jobs of kinds that the release before does not know go.
delete from jobs where kind = 'ping';
drop table tick_runs;
drop table leaders;
drop table paused_queues;
drop index jobs_results;
drop index jobs_finished;
drop index jobs_created;
drop index jobs_lease;
drop index jobs_lane_waiting;
drop index jobs_next;
drop index jobs_turn;
alter table jobs drop column cancelled_at;
alter table jobs drop column started_at;
alter table jobs drop column result;
alter table jobs drop column errors;
alter table jobs drop column losses;
alter table jobs drop column priority;
alter table jobs drop column turn_at;
