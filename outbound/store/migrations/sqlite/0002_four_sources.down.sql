-- Undoes what four sources need. Changes, gaps and censuses are lost, and documents of kinds that the earlier release
-- cannot read; the raw records stay, and a backfill makes documents of them again.
delete from worklogs;
delete from passages where document_id in (select id from documents where kind not in ('issue', 'comment'));
delete from document_versions where document_id in (select id from documents where kind not in ('issue', 'comment'));
delete from documents where kind not in ('issue', 'comment');
-- It knows four parts that people have.
update documents
set people = (select json_group_array(json(value))
              from json_each(documents.people)
              where value ->> 'part' in ('assignee', 'reporter', 'creator', 'commenter'));
update document_versions
set people = (select json_group_array(json(value))
              from json_each(document_versions.people)
              where value ->> 'part' in ('assignee', 'reporter', 'creator', 'commenter'));
delete from jobs
where kind = 'run_backfill'
  and payload ->> 'backfill' in (select id from backfills where kind <> 'backfill');
drop table budgets;
drop table ticks;
drop index jobs_lane;
alter table jobs drop column lane;
alter table sources drop column ledger;
alter table sources drop column unseen;
drop table census_differences;
drop table census_found;
drop table census_listed;
drop index backfills_over;
drop index backfills_source;
drop index backfills_active;
delete from checkpoints where backfill_id in (select id from backfills where kind <> 'backfill');
delete from backfill_seen where backfill_id in (select id from backfills where kind <> 'backfill');
delete from backfills where kind <> 'backfill';
alter table backfills drop column accepts_losses;
alter table backfills drop column item;
alter table backfills drop column kind;
drop table open_records;
drop table gaps;
drop table changes;
drop table accounts;
drop table worklogs;
drop index documents_compared;
alter table raw_records drop column version;
alter table document_versions drop column details;
alter table document_versions drop column links;
alter table documents drop column details;
alter table documents drop column links;
alter table documents drop column tombstone_at;
alter table documents drop column occurred_at;
