//! Calls of a process whose C library and heap are another's: in registers alone, without errno.

use core::arch::asm;
use core::ffi::c_char;

use rustix::fd::RawFd;
use rustix::io::Errno;

use super::Result;

/// Runs on the stack that it was given, and gets its work and the child's number.
pub type Parent = extern "C" fn(*mut libc::c_void, i32) -> !;

/// A child that goes on here, on this stack. The parent goes on at `parent`, and touches nothing of the stack any more.
pub fn apart(flags: i32, stack: *mut u128, parent: Parent, work: *mut libc::c_void) -> Result<()> {
    let mut result: isize;
    // SAFETY: the child finds every register and its stack as they were, which the parent has left before it writes anything. No address
    // is given to the kernel. `stack` is the end of memory that is the parent's alone, and nothing comes back from there.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        asm!(
            "syscall",
            "test rax, rax",
            "jle 2f",
            "mov rsp, r12",
            "xor ebp, ebp",
            "mov rdi, r13",
            "mov esi, eax",
            "call r14",
            "2:",
            inlateout("rax") libc::SYS_clone as isize => result,
            in("rdi") flags as isize,
            in("rsi") 0,
            in("rdx") 0,
            in("r10") 0,
            in("r8") 0,
            in("r12") stack,
            in("r13") work,
            in("r14") parent,
            lateout("rcx") _,
            lateout("r11") _,
        );
        #[cfg(target_arch = "aarch64")]
        asm!(
            "svc 0",
            "cmp x0, 0",
            "b.le 2f",
            "mov sp, x10",
            "mov x29, xzr",
            "mov x1, x0",
            "mov x0, x11",
            "blr x12",
            "2:",
            in("x8") libc::SYS_clone,
            inlateout("x0") flags as isize => result,
            in("x1") 0,
            in("x2") 0,
            in("x3") 0,
            in("x4") 0,
            in("x10") stack,
            in("x11") work,
            in("x12") parent,
        );
    }
    outcome(result).map(|_| ())
}

pub fn write(fd: RawFd, text: &[u8]) -> Result<isize> {
    call(
        libc::SYS_write,
        [fd as usize, text.as_ptr().expose_provenance(), text.len(), 0, 0],
    )
}

pub fn duplicate_inherited(from: RawFd, to: RawFd) -> Result<isize> {
    call(libc::SYS_dup3, [from as usize, to as usize, 0, 0, 0])
}

/// A filter from here on, without a way to more by an exec. prctl(2), seccomp(2)
pub fn filter(program: &libc::sock_fprog) -> Result<()> {
    call(libc::SYS_prctl, [libc::PR_SET_NO_NEW_PRIVS as usize, 1, 0, 0, 0])?;
    let whole = (&raw const *program).expose_provenance();
    call(
        libc::SYS_seccomp,
        [libc::SECCOMP_SET_MODE_FILTER as usize, 0, whole, 0, 0],
    )
    .map(|_| ())
}

/// What a descriptor is open on, by a path that is empty. Comes back only with the reason why not.
pub fn execute(fd: RawFd, path: usize, argv: *const *const c_char, envp: *const *const c_char) -> Errno {
    let flags = libc::AT_EMPTY_PATH as usize;
    let given = [
        fd as usize,
        path,
        argv.expose_provenance(),
        envp.expose_provenance(),
        flags,
    ];
    call(libc::SYS_execveat, given).err().unwrap_or(Errno::IO)
}

pub fn wait(pid: i32) -> Result<isize> {
    call(libc::SYS_wait4, [pid as usize, 0, 0, 0, 0])
}

pub fn exit(status: i32) -> ! {
    loop {
        let _ = call(libc::SYS_exit_group, [status as usize, 0, 0, 0, 0]);
    }
}

/// The kernel writes nowhere: each of those above gives it at most what it reads.
fn call(number: libc::c_long, [first, second, third, fourth, fifth]: [usize; 5]) -> Result<isize> {
    let mut result: isize;
    // SAFETY: as above; a call changes no register but that of its result and those that are named.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") first,
            in("rsi") second,
            in("rdx") third,
            in("r10") fourth,
            in("r8") fifth,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
        #[cfg(target_arch = "aarch64")]
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") first => result,
            in("x1") second,
            in("x2") third,
            in("x3") fourth,
            in("x4") fifth,
            options(nostack),
        );
    }
    outcome(result)
}

fn outcome(result: isize) -> Result<isize> {
    if result < 0 {
        Err(Errno::from_raw_os_error(-result as i32))
    } else {
        Ok(result)
    }
}
