//! A child that goes on while its parent becomes another program. Both have the engine's memory until then: nothing is copied, nobody waits, and
//! the huge page in which that memory lies stays whole. The parent touches nothing of it but what it was left, on a stack of its own. clone(2)

use alloc::boxed::Box;
use alloc::ffi::CString;
use alloc::vec::Vec;
use core::ptr;

use rustix::fd::RawFd;
use rustix::io::Errno;

use super::Result;
use super::bare;
use super::digits::{self, Space};
use super::init_filter;
use super::pid_variable::PidVariable;
use super::process::Given;

/// What the parent becomes, all of it laid out before.
pub struct Becoming {
    pub program: RawFd,
    pub argv: Vec<CString>,
    pub environment: Vec<CString>,
    /// The place in the environment of the variable that holds the child's pid.
    pub pid_at: Option<usize>,
    /// Gets the child's pid and the text.
    pub told: RawFd,
    pub text: Vec<u8>,
    /// Two descriptors, and the numbers that they get.
    pub settings: (RawFd, RawFd),
    pub ready: (RawFd, RawFd),
    /// One more, unless it is below 0.
    pub list: (RawFd, RawFd),
    /// 0 for no filter, 1 where the kernel takes one, 2 for not without.
    pub filter: i32,
}

/// The empty text, where nothing is after an exec; and the filter that knows it.
struct Walled {
    path: usize,
    filter: Vec<libc::sock_filter>,
}

impl Walled {
    fn new() -> Result<Self> {
        const SIZE: usize = 4096;
        // SAFETY: a mapping of its own, wherever there is room, that nobody writes to.
        let page = unsafe {
            libc::mmap(
                ptr::null_mut(),
                SIZE,
                libc::PROT_READ,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if page == libc::MAP_FAILED {
            return Err(Errno::NOMEM);
        }
        let path = page.expose_provenance();
        Ok(Self {
            path,
            filter: init_filter::of_becoming(path),
        })
    }
}

/// Of 16 bytes.
const STACK: usize = 512;
const FAILED: i32 = 125;

/// Comes back in the child, or where there is none. The C library has the parent's number for that of the child, which nobody asks it for; of
/// what it knows of threads an exec sets one lock to 0, as it is with one thread. set_tid_address(2)
pub fn part(becoming: Becoming) -> Result<()> {
    // Never freed: the child does not know how far the parent is.
    let becoming: &'static Becoming = Box::leak(Box::new(becoming));
    let given = Given::new(&becoming.argv, &becoming.environment);
    let work = Box::into_raw(Box::new((becoming, given, Walled::new()?)));
    let stack = Vec::leak(vec![0_u128; STACK]).as_mut_ptr_range().end;
    let mut result = bare::apart(libc::CLONE_VM | libc::SIGCHLD, stack, become_it, work.cast());
    if result == Err(Errno::INVAL) {
        // Who emulates a kernel may know nothing between a thread and a process of its own.
        result = bare::apart(libc::SIGCHLD, stack, become_it, work.cast());
    }
    result
}

/// The parent, which knows neither the C library nor the heap any more: they are the child's.
extern "C" fn become_it(work: *mut libc::c_void, child: i32) -> ! {
    // SAFETY: what `part` left here for nobody else.
    let (becoming, given, walled) = unsafe { &mut *work.cast::<(&Becoming, Given<'_>, Walled)>() };
    let refusal = becoming.execute(given, child, walled);
    let mut space = Space::default();
    let _ = bare::write(becoming.ready.0, digits::of(-refusal.raw_os_error(), &mut space));
    // It tells why, and has done nothing.
    while bare::wait(child) == Err(Errno::INTR) {}
    bare::exit(FAILED)
}

impl Becoming {
    fn execute(&self, given: &mut Given<'_>, child: i32, walled: &Walled) -> Errno {
        let variable = PidVariable::of(child);
        let mut space = Space::default();
        let pid = digits::of(child, &mut space);
        for text in [pid, &self.text] {
            if let Err(errno) = bare::write(self.told, text) {
                return errno;
            }
        }
        for (from, to) in [self.settings, self.ready, self.list] {
            if from < 0 {
                continue;
            }
            if let Err(errno) = bare::duplicate_inherited(from, to) {
                return errno;
            }
        }
        if let Some(place) = self.pid_at {
            given.set_variable(place, variable.as_ptr());
        }
        let (argv, envp) = given.arrays();
        let filter = libc::sock_fprog {
            len: walled.filter.len() as u16,
            filter: walled.filter.as_ptr().cast_mut(),
        };
        // From the exec on the workload's user may trace it.
        let loaded = if self.filter == 0 {
            Ok(())
        } else {
            bare::filter(&filter)
        };
        match loaded {
            Err(Errno::INVAL | Errno::NOSYS | Errno::PERM | Errno::ACCESS) if self.filter == 1 => {}
            Err(errno) => return errno,
            Ok(()) => {}
        }
        bare::execute(self.program, walled.path, argv, envp)
    }
}
