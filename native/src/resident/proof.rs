//! What the init keeps of the workload's privilege: nothing, or KILL.

use rustix::io::Errno;

use super::settings::Settings;
use crate::sys::{Result, credentials};

/// Of the workload's sets only KILL may stay, where that can become another user, whom nobody else could signal. The kernel is asked what has
/// become of it; EPERM where it says otherwise.
pub fn give_up(settings: &Settings<'_>) -> Result<()> {
    let [_, permitted, _] = credentials::capget(0)?;
    let kept = permitted & settings.kept;
    // What is not inheritable any more is not ambient either. capabilities(7)
    credentials::capset(kept, kept, 0)?;
    credentials::set_no_new_privileges()?;
    let is_done = credentials::capget(0)? == [kept, kept, 0] && credentials::no_new_privileges()? == 1;
    if is_done { Ok(()) } else { Err(Errno::PERM) }
}
