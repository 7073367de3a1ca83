//! Takes what only a compiler asks for out of bytecode: docs/decisions/0056-size-of-the-file.md. The format is that of `JS_WriteObject` and
//! `JS_ReadObject` in quickjs.c. What is not known here ends the build, and so does what is left over.

/// Not looked at: "escape hatch", as `JS_ReadObjectAtoms` calls it.
const NO_CHECKSUM: [u8; 4] = [0xff; 4];
const NO_NAME: u8 = 0;

/// The same without names and scopes of local variables, and of those that a function has from another one.
pub fn nameless(code: &[u8]) -> Vec<u8> {
    let mut copy = Copy {
        rest: code,
        done: Vec::with_capacity(code.len()),
    };
    copy.bytes(1);
    copy.skip(4);
    copy.done.extend(NO_CHECKSUM);
    for _ in 0..copy.number() {
        copy.atom();
    }
    copy.value();
    assert!(copy.rest.is_empty(), "bytecode of another format");
    copy.done
}

struct Copy<'a> {
    rest: &'a [u8],
    done: Vec<u8>,
}

impl<'a> Copy<'a> {
    fn skip(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        taken
    }

    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let taken = self.skip(count);
        self.done.extend(taken);
        taken
    }

    fn byte(&mut self) -> u8 {
        self.bytes(1)[0]
    }

    /// LEB128: what it says, and how it is written.
    fn skip_number(&mut self) -> (usize, &'a [u8]) {
        let length = 1 + self.rest.iter().position(|byte| byte & 0x80 == 0).expect("a number");
        let written = self.skip(length);
        let value = written
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
        (value, written)
    }

    fn number(&mut self) -> usize {
        let (value, written) = self.skip_number();
        self.done.extend(written);
        value
    }

    fn numbers<const COUNT: usize>(&mut self) -> [usize; COUNT] {
        std::array::from_fn(|_| self.number())
    }

    fn atom(&mut self) {
        match self.byte() {
            0xc0.. => _ = self.number(),
            0x80.. => {}
            _ => self.string(),
        }
    }

    fn string(&mut self) {
        let length = self.number();
        let width = 1 + (length & 1);
        self.bytes((length >> 1) * width);
    }

    fn value(&mut self) {
        match self.byte() {
            // null, undefined, false, true
            1..=4 => {}
            // an integer
            5 => _ = self.number(),
            6 => _ = self.bytes(8),
            7 => self.string(),
            tag @ (9 | 11) => {
                let is_template = tag == 11;
                for _ in 0..self.number() + usize::from(is_template) {
                    self.value();
                }
            }
            // a large integer
            10 => {
                let length = self.number();
                self.bytes(length);
            }
            12 => self.function(),
            13 => self.module(),
            // a regular expression
            17 => (0..2).for_each(|_| self.string()),
            tag => panic!("bytecode with a value of kind {tag}"),
        }
    }

    fn module(&mut self) {
        self.number();
        for _ in 0..self.number() {
            self.number();
        }
        for _ in 0..self.number() {
            let is_local = self.byte() == 0;
            let [_, _] = self.numbers();
            if !is_local {
                self.number();
            }
        }
        for _ in 0..self.number() {
            self.number();
        }
        for _ in 0..self.number() {
            let [_, _, _] = self.numbers();
        }
        self.byte();
        self.value();
    }

    fn function(&mut self) {
        const HAS_DEBUG: u8 = 1 << 3;
        let has_debug = self.bytes(2)[1] & HAS_DEBUG != 0;
        self.byte();
        let [_, _, _, _, _, captured, outer, constants, length] = self.numbers();
        self.locals(captured > 0);
        for _ in 0..outer {
            self.outer_variable();
        }
        for _ in 0..constants {
            self.value();
        }
        self.bytes(length);
        if has_debug {
            let [_, _, _, lines] = self.numbers();
            self.bytes(lines);
            let source = self.number();
            self.bytes(source);
        }
    }

    /// Asked for when a function takes one of them along, so that they are left out where none does.
    fn locals(&mut self, is_any_captured: bool) {
        const CAPTURED: u8 = 1 << 6;
        const NO_SCOPE: [u8; 2] = [0, 1];
        let (count, written) = self.skip_number();
        self.done.extend(if is_any_captured { written } else { &[0] });
        for _ in 0..count {
            for _name_and_scope in 0..3 {
                self.skip_number();
            }
            let captured = self.skip(1)[0] & CAPTURED;
            if is_any_captured {
                self.done.push(NO_NAME);
                self.done.extend(NO_SCOPE);
                self.done.push(captured);
            }
            if captured != 0 {
                self.number();
            }
        }
    }

    /// Only what is global is found by its name.
    fn outer_variable(&mut self) {
        const KIND: usize = 7;
        const OF_FUNCTIONS: usize = 2;
        let [(_, name), (_, index), (flags, written)] = std::array::from_fn(|_| self.skip_number());
        if flags & KIND <= OF_FUNCTIONS {
            self.done.push(NO_NAME);
            self.done.extend(index);
            self.done.extend((flags & KIND).to_le_bytes().first());
        } else {
            self.done.extend(name);
            self.done.extend(index);
            self.done.extend(written);
        }
    }
}
