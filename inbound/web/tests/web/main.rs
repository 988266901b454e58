//! The routes, over fakes of the ports. Whole requests over real adapters are tested by the door.

mod answer;
mod app;
mod backfills;
mod browser;
mod documents;
mod fake_index;
mod fake_source;
mod fake_store;
mod guards;
mod health;
mod kinds;
mod pages;
mod sample;
mod search;
mod serving;
mod shapes;
mod sources;
mod spec;
