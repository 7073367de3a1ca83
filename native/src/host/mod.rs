//! The border: the functions of `src/sys/native.ts`, one file per topic. Marshalling only.

mod arguments;
mod credentials;
mod files;
mod mounts;
mod process;
mod sockets;
mod tree;

pub use arguments::{Answer, Arguments, Refusal};

use crate::engine::functions::Function;

pub static TOPICS: [&[Function]; 13] = [
    credentials::READS,
    credentials::ACTS,
    files::READS,
    files::CONTENTS,
    files::NAMES,
    files::OWNERS,
    mounts::ACTS,
    process::READS,
    process::ACTS,
    process::CHILDREN,
    sockets::ACTS,
    sockets::DESCRIPTORS,
    tree::LOOPS,
];

#[cfg(test)]
mod tests;
