use super::*;
use crate::sys::child;

const CHOWN: u64 = 1 << 0;
/// Above the first word.
const PERFMON: u64 = 1 << 38;

#[test]
fn both_words_of_every_set_arrive() {
    assert!(child::passes(|| {
        let [_, permitted, _] = capget(0).unwrap();
        assert_eq!(
            permitted & (CHOWN | PERFMON),
            CHOWN | PERFMON,
            "needs a root with all capabilities"
        );
        capset(PERFMON, CHOWN | PERFMON, CHOWN).unwrap();
        assert_eq!(capget(0), Ok([PERFMON, CHOWN | PERFMON, CHOWN]));
        capset(0, 0, 0).unwrap();
        assert_eq!(capget(0), Ok([0; 3]));
        assert!(capset(CHOWN, CHOWN, 0).is_err());
    }));
}

#[test]
fn ids_and_groups_are_read_back() {
    assert!(child::passes(|| {
        set_groups(&[7, 4_294_967_294]).unwrap();
        assert_eq!(groups(), Ok(vec![7, 4_294_967_294]));
        set_group_ids(11, 12, 13).unwrap();
        set_user_ids(21, 22, 23).unwrap();
        assert_eq!((user_ids(), group_ids()), ([21, 22, 23], [11, 12, 13]));
        assert!(set_groups(&[]).is_err());
    }));
}

#[test]
fn process_attributes_are_read_back() {
    assert!(child::passes(|| {
        assert_eq!((no_new_privileges(), keep_capabilities()), (Ok(0), Ok(0)));
        set_keep_capabilities(1).unwrap();
        set_parent_death_signal(15).unwrap();
        set_securebits(0x2f).unwrap();
        set_no_new_privileges().unwrap();
        assert_eq!((no_new_privileges(), parent_death_signal()), (Ok(1), Ok(15)));
        assert_eq!(securebits(), Ok(0x2f));
        let (before, last) = bounding_set().unwrap();
        assert_eq!((before & 1, bounding_drop(0)), (1, Ok(0)));
        assert_eq!(bounding_set(), Ok((before & !1, last)));
        assert_eq!(ambient_set(last), Ok(0));
    }));
}
