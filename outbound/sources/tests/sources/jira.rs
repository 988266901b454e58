//! Jira: a scripted vendor for what goes wrong, the simulated one for how it should be.

mod adf;
mod census;
mod changes;
mod differs;
mod histories;
mod items;
mod limits;
mod paging;
mod promise;
mod real_data;
mod records;
mod simulated;
mod sizes;
mod spent;
mod survey;
mod troubles;
mod world;
