use core::sync::atomic::Ordering;

use super::*;
use crate::sys::child;

#[test]
fn a_number_is_one_and_the_same_in_parent_and_child() {
    let shared = Shared::new().unwrap();
    assert!(shared.iter().all(|each| each.load(Ordering::Relaxed) == 0));
    shared[1].store(40, Ordering::Relaxed);
    assert!(child::passes(|| assert_eq!(
        shared[1].fetch_add(2, Ordering::Relaxed),
        40
    )));
    assert_eq!(shared[1].load(Ordering::Relaxed), 42);
}
