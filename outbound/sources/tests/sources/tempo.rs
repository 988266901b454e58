//! The Tempo connector, against the simulated Tempo over HTTP and against one that answers as a test says.

mod census;
mod changes;
mod company;
mod history;
mod items;
mod plans;
mod real_data;
mod records;
mod scripted;
mod shifts;
mod troubles;
