//! The functions of `src/sys/native.ts`, one file per topic, under the kernel's names. Marshalling only.

mod copy;
mod credentials;
mod files;
mod landlock;
mod loops;
mod mounts;
mod process;
#[cfg(not(test))]
pub mod program;
mod sockets;
mod tree;

use crate::border::{Function, Topics};

pub struct Host;

impl Topics for Host {
    const TOPICS: &'static [&'static [Function]] = &[
        credentials::READS,
        credentials::ACTS,
        files::READS,
        files::CONTENTS,
        files::NAMES,
        files::OWNERS,
        landlock::READS,
        landlock::ACTS,
        mounts::ACTS,
        loops::ACTS,
        process::READS,
        process::ACTS,
        process::CHILDREN,
        sockets::ACTS,
        sockets::DESCRIPTORS,
        tree::LOOPS,
        copy::READS,
        copy::ACTS,
    ];
}

#[cfg(test)]
mod tests;
