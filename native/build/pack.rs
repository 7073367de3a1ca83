//! How chunks are packed: deflated behind a dictionary that all of them share, docs/decisions/0074-a-dictionary-for-chunks.md.

use std::collections::HashMap;
use std::num::NonZeroU64;

use lzma_rust2::{EncodeMode, LzmaOptions, LzmaReader, LzmaWriter, MfType};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use zopfli::{BlockType, DeflateEncoder, Options, Write};

const DICTIONARY: usize = 24 << 10;
/// The dictionary is made of pieces of this length, each worth the square roots of how many others have its words: what half of them have is hardly worth more than what a few have.
const PIECE: usize = 64;
const WORD: usize = 6;
/// More make the build slower and a chunk in a thousand bytes one shorter.
const TRIES: NonZeroU64 = NonZeroU64::new(3).unwrap();

/// What many chunks have in common, and most of them last: what is near is said in fewer bits.
pub fn dictionary(chunks: &[Vec<u8>]) -> Vec<u8> {
    let (words, others) = numbered(chunks);
    let mut worth: Vec<u32> = others.iter().map(|number| (number * 10_000).isqrt()).collect();
    let mut pieces = Vec::new();
    while pieces.len() * PIECE < DICTIONARY {
        let (gain, chunk, start) = best(&words, &worth);
        if gain == 0 {
            break;
        }
        pieces.push(&chunks[chunk][start..start + PIECE]);
        for &word in &words[chunk][start..=start + PIECE - WORD] {
            worth[word] = 0;
        }
    }
    pieces.reverse();
    pieces.concat()
}

/// The words of each chunk by number, and for each number how many other chunks have it.
fn numbered(chunks: &[Vec<u8>]) -> (Vec<Vec<usize>>, Vec<u32>) {
    let mut numbers = HashMap::new();
    let mut others: Vec<u32> = Vec::new();
    let mut last_in = Vec::new();
    let words = chunks.iter().enumerate().map(|(at, chunk)| {
        let number_of = |word| {
            let number = *numbers.entry(word).or_insert_with(|| {
                others.push(0);
                last_in.push(at);
                others.len() - 1
            });
            if last_in[number] != at {
                last_in[number] = at;
                others[number] += 1;
            }
            number
        };
        chunk.windows(WORD).map(number_of).collect()
    });
    (words.collect(), others)
}

/// What the best piece is worth, its chunk, and where it begins there.
fn best(words: &[Vec<usize>], worth: &[u32]) -> (u32, usize, usize) {
    const WORDS: usize = PIECE - WORD + 1;
    let mut best = (0, 0, 0);
    for (chunk, words) in words.iter().enumerate() {
        let mut sum = 0;
        for (at, &word) in words.iter().enumerate() {
            sum += worth[word];
            if at >= WORDS {
                sum -= worth[words[at - WORDS]];
            }
            if at + 1 >= WORDS && sum > best.0 {
                best = (sum, chunk, at + 1 - WORDS);
            }
        }
    }
    best
}

/// From here on LZMA saves a kilobyte and more, which is worth several times the time.
pub const LARGE: usize = 32 << 10;

/// Bits of what literals and positions are told by: bytecode has no columns.
pub const LC: u32 = 3;
pub const LP: u32 = 0;
pub const PB: u32 = 0;

/// How a chunk lies in the file.
pub enum Packed {
    Deflated(Vec<u8>),
    Lzma(Vec<u8>),
}

pub fn packed(dictionary: &[u8], chunk: &[u8]) -> Option<Packed> {
    match chunk.len() {
        LARGE.. => Some(Packed::Lzma(lzma(dictionary, chunk))),
        _ => pack(dictionary, chunk).map(Packed::Deflated),
    }
}

/// Raw, without a header: the length is known, and the rest is the same for all.
fn lzma(dictionary: &[u8], chunk: &[u8]) -> Vec<u8> {
    let options = LzmaOptions {
        dict_size: (dictionary.len() + chunk.len()).try_into().expect("a length"),
        lc: LC,
        lp: LP,
        pb: PB,
        mode: EncodeMode::Normal,
        nice_len: 273,
        mf: MfType::Bt4,
        depth_limit: 1000,
        preset_dict: Some(dictionary.to_vec()),
    };
    let mut writer = LzmaWriter::new_no_header(Vec::new(), &options, false).expect("options");
    std::io::Write::write_all(&mut writer, chunk).expect("memory");
    let packed = writer.finish().expect("memory");
    let mut reader = LzmaReader::new(
        &packed[..],
        chunk.len() as u64,
        LC,
        LP,
        PB,
        options.dict_size,
        Some(dictionary),
    )
    .expect("options");
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut reader, &mut unpacked).expect("what was written");
    assert_eq!(unpacked, chunk);
    packed
}

/// The encoder takes no dictionary, but what it has packed before: of that the end lies within a byte, or is its end, and it does not say
/// where: a byte is written when the next bit comes. Right is what unpacks to the chunk. Nothing does where the chunk is hardly any shorter, and so part of it as it is.
fn pack(dictionary: &[u8], chunk: &[u8]) -> Option<Vec<u8>> {
    let options = Options {
        iteration_count: TRIES,
        ..Options::default()
    };
    let mut encoder = DeflateEncoder::new(options, BlockType::Dynamic, Vec::new());
    encoder.write_all(dictionary).expect("memory");
    encoder.write_all(chunk).expect("memory");
    let before = encoder.get_ref().len();
    let packed = encoder.finish().expect("memory").split_off(before);
    (0..=8)
        .map(|bits| without(bits, &packed))
        .find(|each| unpack(dictionary, each, chunk.len()).is_some_and(|code| code == chunk))
}

fn without(bits: u32, bytes: &[u8]) -> Vec<u8> {
    let next = bytes.iter().skip(1).chain([&0]);
    let shifted = bytes
        .iter()
        .zip(next)
        .map(|(&low, &high)| u16::from_le_bytes([low, high]) >> bits);
    shifted.map(|both| both.to_le_bytes()[0]).collect()
}

/// As in native/src/engine/chunks.rs.
fn unpack(dictionary: &[u8], packed: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut code = dictionary.to_vec();
    code.resize(dictionary.len() + length, 0);
    let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, _, written) = decompress(
        &mut DecompressorOxide::new(),
        packed,
        &mut code,
        dictionary.len(),
        flags,
    );
    (status == TINFLStatus::Done && written == length).then(|| code.split_off(dictionary.len()))
}
