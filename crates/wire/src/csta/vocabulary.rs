//! Enumerations whose values are words of the standard.
//!
//! Two macros: [`words!`] for closed sets, where anything else is an invalid argument, and [`open_words!`] for sets
//! that grow with every edition and vendor, where an unknown word survives decoding and encoding.

/// Defines a closed, copyable set of words. They are read in any case. The value after `absent` is that of a mandatory
/// argument which the message lacks.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident $(absent $absent:ident)? {
        $($(#[$doc:meta])* $variant:ident = $word:literal,)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* #[doc = concat!("Written `", $word, "`.")] $variant,)+ }

        impl $name {
            /// All values, in the order of the schema.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The word of the standard.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }

            /// The value this word stands for.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }

        impl $crate::csta::arguments::Argument for $name {
            $(fn absent() -> Option<Self> { Some($name::$absent) })?

            fn shape() -> $crate::csta::shape::Shape { $crate::csta::shape::Shape::Words(vec![$($word,)+]) }

            fn decode(element: $crate::csta::element::Element<'_>) -> Result<Self, $crate::csta::arguments::Fault> {
                let word = element.text();
                let alike = || $name::ALL.iter().copied().find(|value| value.as_str().eq_ignore_ascii_case(word));
                let value = $name::from_word(word).or_else(alike);
                value.ok_or_else(|| $crate::csta::arguments::Fault::invalid(word))
            }

            fn encode(&self, name: &'static str, writer: &mut $crate::csta::writer::Writer<'_>) {
                writer.word(name, self.as_str());
            }
        }
    };
}

/// Defines an open set of words. Words that came with the sixth edition are marked `since Ed6`; to earlier editions
/// the word after `else` is sent in their place.
macro_rules! open_words {
    ($(#[$meta:meta])* pub enum $name:ident else $fallback:ident {
        $($(#[$doc:meta])* $variant:ident = $word:literal $(since $since:ident)?,)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* #[doc = concat!("Written `", $word, "`", $(" (since ", stringify!($since), ")",)? ".")] $variant,)+
            /// A word this table does not have, kept as it was received.
            Unknown(smol_str::SmolStr),
        }

        impl $name {
            /// All known values, in the order of the schema.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The word of the standard, or the unknown word.
            pub fn as_str(&self) -> &str {
                match self { $($name::$variant => $word,)+ $name::Unknown(word) => word }
            }

            /// The value this word stands for; [`Self::Unknown`] if there is none.
            pub fn from_word(word: &str) -> Self {
                match word { $($word => $name::$variant,)+ _ => $name::Unknown(word.into()) }
            }

            /// First edition that has this word.
            pub const fn since(&self) -> $crate::csta::Edition {
                match self {
                    $($($name::$variant => $crate::csta::Edition::$since,)?)+
                    _ => $crate::csta::Edition::Ed2,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }

        impl $crate::csta::arguments::Argument for $name {
            fn shape() -> $crate::csta::shape::Shape { $crate::csta::shape::Shape::Words(vec![$($word,)+]) }

            fn decode(element: $crate::csta::element::Element<'_>) -> Result<Self, $crate::csta::arguments::Fault> {
                match element.text() {
                    "" => Err($crate::csta::arguments::Fault::missing()),
                    word => Ok($name::from_word(word)),
                }
            }

            fn encode(&self, name: &'static str, writer: &mut $crate::csta::writer::Writer<'_>) {
                let known = self.since() <= writer.edition();
                writer.text(name, if known { self.as_str() } else { $name::$fallback.as_str() });
            }
        }
    };
}

pub(super) use {open_words, words};
