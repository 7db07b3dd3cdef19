//! The command line from outside: what it prints, where, and how it ends.

mod answers;
mod audit;
mod diagnose;
mod doctor;
mod documents;
mod fuzz;
mod generate;
mod other_commands;
mod program;
mod recommend;
mod schema;
mod usage;
