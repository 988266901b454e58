-- Undoes the first schema, in the order of its references. Destroys everything that was stored.
drop table passages;
drop table workers;
drop table jobs;
drop table sources;
drop table backfill_seen;
drop table checkpoints;
drop table backfills;
drop table quarantine;
drop table raw_records;
drop table document_versions;
drop table documents;
drop table feed;
drop table instance;
