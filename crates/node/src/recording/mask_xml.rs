//! Taking secrets out of a stream of XML, in the same length.

/// Elements whose content is a secret, whatever their prefix.
const SECRET_ELEMENTS: [&[u8]; 1] = [b"password"];

/// Length of the longest of them.
const LONGEST: usize = 8;

/// Finds secrets in a stream of XML documents, however it is cut into pieces and whatever stands between them.
///
/// Where it is in doubt it masks too much. NULs count for nothing, so that ASCII in UTF-16 is found too.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ElementMask {
    place: Place,
    name: [u8; LONGEST],
}

/// What the next byte belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Place {
    /// Anything outside tags.
    #[default]
    Outside,
    /// The name of an element, of which so many bytes are known.
    Name(usize),
    /// The rest of a tag; whether a secret follows.
    Tag { secret: bool },
    /// A secret.
    Secret,
    /// What follows a `<` in a secret.
    Less,
}

impl ElementMask {
    /// Masks the next piece of the stream.
    pub(super) fn apply(&mut self, piece: &mut [u8]) {
        for byte in piece.iter_mut().filter(|byte| **byte != 0) {
            self.place = self.step(byte);
        }
    }

    fn step(&mut self, byte: &mut u8) -> Place {
        match (self.place, *byte) {
            (Place::Outside | Place::Name(_), b'<') => Place::Name(0),
            (Place::Outside, _) => Place::Outside,
            (Place::Name(_), b':') => Place::Name(0),
            (Place::Name(_), b'/') => Place::Tag { secret: false },
            (Place::Name(length), b'>') => self.after_tag(self.is_secret(length)),
            (Place::Name(length), blank) if blank.is_ascii_whitespace() => {
                Place::Tag { secret: self.is_secret(length) }
            }
            (Place::Name(length), other) => self.name(length, other),
            (Place::Tag { secret }, b'>') => self.after_tag(secret),
            (Place::Tag { secret }, _) => Place::Tag { secret },
            (Place::Secret, b'<') => Place::Less,
            (Place::Less, b'/') => Place::Tag { secret: false },
            (Place::Secret | Place::Less, _) => {
                *byte = b'*';
                Place::Secret
            }
        }
    }

    fn after_tag(&self, secret: bool) -> Place {
        if secret { Place::Secret } else { Place::Outside }
    }

    fn name(&mut self, length: usize, byte: u8) -> Place {
        match self.name.get_mut(length) {
            Some(place) => {
                *place = byte;
                Place::Name(length + 1)
            }
            None => Place::Tag { secret: false },
        }
    }

    fn is_secret(&self, length: usize) -> bool {
        self.name.get(..length).is_some_and(|name| SECRET_ELEMENTS.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str, pieces: usize) -> String {
        let mut bytes = text.as_bytes().to_vec();
        let mut mask = ElementMask::default();
        bytes.chunks_mut(pieces).for_each(|piece| mask.apply(piece));
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_content_of_secret_elements_is_masked_and_nothing_else() {
        for (text, expected) in [
            ("<a><password>x&amp;y</password>z</a>", "<a><password>*******</password>z</a>"),
            ("\u{1}<0001<hf:token>abc</hf:token>", "\u{1}<0001<hf:token>abc</hf:token>"),
            ("<password/><b>c</b>", "<password/><b>c</b>"),
            ("<passwords>x</passwords>", "<passwords>x</passwords>"),
            ("<userName>password</userName>", "<userName>password</userName>"),
            (
                "<password xmlns=\"http://x/y\">abc</password>",
                "<password xmlns=\"http://x/y\">***</password>",
            ),
        ] {
            for pieces in [1, 3, 1000] {
                assert_eq!(masked(text, pieces), expected, "in pieces of {pieces}");
            }
        }
        for text in ["<password><![CDATA[secret]]></password>", "<password a='>'>secret</password>"] {
            assert!(!masked(text, 7).contains("secret"), "{text}");
        }
    }

    #[test]
    fn a_secret_in_utf_16_is_masked() {
        let mut bytes: Vec<u8> =
            "<password>secret</password>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        ElementMask::default().apply(&mut bytes);
        let text: Vec<u8> = bytes.into_iter().filter(|byte| *byte != 0).collect();
        assert_eq!(text, b"<password>******</password>");
    }
}
