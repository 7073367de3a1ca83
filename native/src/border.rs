//! What a function of the host looks like to the engine: its arguments, its answer, its number in a table.

mod arguments;
mod functions;
mod values;

pub use arguments::{Answer, Arguments, Converted, Refusal, c_string, id, int, list, optional_id, texts};
pub use functions::{Function, Topics, install};
pub use values::{Bits, Bytes, Crosses, Unsigned};
