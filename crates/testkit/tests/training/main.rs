//! Networks and trainings: against references, central differences and PyTorch; threads, resuming, checks.

mod accuracy;
mod check;
mod checkpoint;
mod custom;
mod descend;
mod ending;
mod engine;
mod graphs;
mod groups;
mod losses;
mod mixing;
mod torch;
mod verify;
mod weighing;
