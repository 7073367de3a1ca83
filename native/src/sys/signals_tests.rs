use super::*;
use crate::sys::child;

#[test]
fn masks_have_all_64_signals() {
    assert!(child::passes(|| {
        // 9 and 19 cannot be blocked; 32 and 33 are the ones glibc hides.
        let unblockable: u64 = (1 << 8) | (1 << 18);
        set_mask(u64::MAX).unwrap();
        assert_eq!(set_mask(0), Ok(!unblockable));
        assert_eq!(set_mask(0), Ok(0));
    }));
}

#[test]
fn dispositions_are_told_apart() {
    assert!(child::passes(|| {
        assert_eq!(disposition(libc::SIGPIPE), Ok(1), "the test's own runtime ignores it");
        set_default(libc::SIGPIPE).unwrap();
        assert_eq!(disposition(libc::SIGPIPE), Ok(0));
        assert!(disposition(65).is_err());
    }));
}
