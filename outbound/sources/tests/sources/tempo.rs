//! The Tempo connector, against the simulated Tempo over HTTP and against one that answers as a test says.

mod company;
mod history;
