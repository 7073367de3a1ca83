//! What the engine's libraries have and no chunk uses, so that this program is without it. The linker takes these functions for those:
//! build.rs tells it where the name alone does not. scripts/bundle.mjs refuses chunks that ask for any of it.
#![allow(unsafe_code)]

use core::ffi::{c_int, c_void};

/// Whatever the arguments, which none of them looks at.
macro_rules! without_mathematics {
    ($($name:ident)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name() -> f64 {
            panic!("a function of mathematics that this program is without")
        }
    )*};
}

without_mathematics! {
    acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh
}

/// What the engine takes for a name that it does not know: such a regular expression is a SyntaxError.
const UNKNOWN: c_int = -2;

/// Whatever the arguments, as above.
macro_rules! without_properties {
    ($($name:ident)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name() -> c_int {
            UNKNOWN
        }
    )*};
}

without_properties! {
    __wrap_unicode_script __wrap_unicode_general_category __wrap_unicode_prop __wrap_unicode_sequence_prop
}

type Reallocate = unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> *mut c_void;

/// `localeCompare` asks for this: text is compared as it is written.
///
/// # Safety
/// `text` has `length` numbers, and `reallocate` is as realloc(3) with `memory` in front.
#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_unicode_normalize(
    normalized: *mut *mut u32,
    text: *const u32,
    length: c_int,
    _form: c_int,
    memory: *mut c_void,
    reallocate: Reallocate,
) -> c_int {
    // SAFETY: the caller's; the engine takes the new block over.
    unsafe {
        let size = length as usize * size_of::<u32>();
        let block = reallocate(memory, core::ptr::null_mut(), size.max(1)).cast::<u32>();
        if block.is_null() {
            return -1;
        }
        block.copy_from_nonoverlapping(text, length as usize);
        normalized.write(block);
    }
    length
}
