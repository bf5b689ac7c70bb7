//! scrypt (RFC 7914) with the parameters of IOS: N = 16,384, r = 1, p = 1.

use super::pbkdf2;

/// The cost, N: so many blocks are in memory, two megabytes.
const COST: usize = 16_384;

/// Words in a block: 128 bytes, since r is 1.
const WORDS: usize = 32;

type Block = [u32; WORDS];

/// The hash of a password.
pub(super) fn scrypt(password: &[u8], salt: &[u8]) -> [u8; 32] {
    let mut block: Block = [0; WORDS];
    let parts = (1..).zip(block.chunks_exact_mut(8));
    for (number, words) in parts {
        let bytes = pbkdf2(password, salt, 1, number);
        for (word, four) in words.iter_mut().zip(bytes.chunks_exact(4)) {
            *word = four.iter().rev().fold(0, |all, byte| all << 8 | u32::from(*byte));
        }
    }
    let mixed = mix_in_memory(block);
    let bytes: Vec<u8> = mixed.iter().flat_map(|word| word.to_le_bytes()).collect();
    pbkdf2(password, &bytes, 1, 1)
}

/// scryptROMix.
fn mix_in_memory(mut block: Block) -> Block {
    let mut memory = Vec::with_capacity(COST);
    for _ in 0..COST {
        memory.push(block);
        block = mix(&block);
    }
    for _ in 0..COST {
        // The number that a block is: its last 64 bytes, of which the first ones count.
        let place = usize::try_from(block.get(16).copied().unwrap_or(0)).unwrap_or(0) % COST;
        if let Some(other) = memory.get(place) {
            block.iter_mut().zip(other).for_each(|(own, other)| *own ^= other);
        }
        block = mix(&block);
    }
    block
}

/// scryptBlockMix of two halves.
fn mix(block: &Block) -> Block {
    let mut mixed = [0; WORDS];
    let (first, second) = block.split_at(16);
    let mut last: [u32; 16] = second.try_into().unwrap_or_default();
    for (half, out) in [first, second].into_iter().zip(mixed.chunks_exact_mut(16)) {
        last.iter_mut().zip(half).for_each(|(own, other)| *own ^= other);
        salsa(&mut last);
        out.copy_from_slice(&last);
    }
    mixed
}

/// The four words of each step of Salsa20: columns, then rows.
const STEPS: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [5, 9, 13, 1],
    [10, 14, 2, 6],
    [15, 3, 7, 11],
    [0, 1, 2, 3],
    [5, 6, 7, 4],
    [10, 11, 8, 9],
    [15, 12, 13, 14],
];

/// The core of Salsa20/8.
fn salsa(words: &mut [u32; 16]) {
    let before = *words;
    for _ in 0..4 {
        for [a, b, c, d] in STEPS {
            for (target, one, two, turn) in [(b, a, d, 7), (c, b, a, 9), (d, c, b, 13), (a, d, c, 18)] {
                let at = |place: usize| words.get(place).copied().unwrap_or(0);
                let turned = at(one).wrapping_add(at(two)).rotate_left(turn);
                if let Some(word) = words.get_mut(target) {
                    *word ^= turned;
                }
            }
        }
    }
    words.iter_mut().zip(before).for_each(|(word, before)| *word = word.wrapping_add(before));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_is_that_of_the_standard() {
        // RFC 7914, 8.
        let input = "7e879a214f3ec9867ca940e641718f26baee555b8c61c1b50df846116dcd3b1dee24f319df9b3d8514121e4b5ac5aa3276021d2909c74829edebc68db8b8c25e";
        let output = "a41f859c6608cc993b81cacb020cef05044b2181a2fd337dfd7b1c6396682f29b4393168e3c9e6bcfe6bc5b7a06d96bae424cc102c91745c24ad673dc7618f81";
        let word = |text: &str, place: usize| {
            u32::from_str_radix(&text[8 * place..8 * place + 8], 16).unwrap().swap_bytes()
        };
        let mut words: [u32; 16] = std::array::from_fn(|place| word(input, place));
        salsa(&mut words);
        assert_eq!(words, std::array::from_fn(|place| word(output, place)));
    }
}
