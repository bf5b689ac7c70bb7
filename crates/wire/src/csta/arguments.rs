//! Arguments of services and members of events: how a value is read from and written to its element.
//!
//! Every type that can stand in an element implements [`Argument`]; the [`arguments!`] macro makes a message out of
//! a list of them **in schema order**. Reading does not depend on order, writing follows it.

use smol_str::{SmolStr, ToSmolStr};

use super::element::Element;
use super::shape::{Member, Shape};
use super::writer::Writer;

/// Why an argument is refused. [`super::DecodeError::Argument`] adds which message it was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArgumentProblem {
    /// A mandatory argument is absent or empty.
    Missing,
    /// The value is not one the argument can have.
    Invalid,
    /// An argument that may occur once occurs more often.
    Repeated,
}

/// An [`ArgumentProblem`] on its way up to the message.
#[derive(Debug)]
pub(super) struct Fault {
    /// The element's name; empty until the caller who knows it fills it in.
    pub(super) argument: &'static str,
    pub(super) problem: ArgumentProblem,
    pub(super) value: SmolStr,
}

impl Fault {
    pub(super) fn missing() -> Self {
        Fault { argument: "", problem: ArgumentProblem::Missing, value: SmolStr::default() }
    }

    pub(super) fn invalid(value: &str) -> Self {
        Fault { argument: "", problem: ArgumentProblem::Invalid, value: excerpt(value) }
    }

    fn repeated() -> Self {
        Fault { argument: "", problem: ArgumentProblem::Repeated, value: SmolStr::default() }
    }

    pub(super) fn named(mut self, argument: &'static str) -> Self {
        if self.argument.is_empty() {
            self.argument = argument;
        }
        self
    }
}

/// At most the first 64 characters, for error messages.
pub(super) fn excerpt(value: &str) -> SmolStr {
    value.chars().take(64).collect()
}

/// A value that can stand in an element.
pub(super) trait Argument: Sized {
    /// The value if the element is absent; `None` makes the argument mandatory.
    fn absent() -> Option<Self> {
        None
    }

    /// What it can be in JSON.
    fn shape() -> Shape {
        Shape::Any
    }

    /// Reads the value from its element.
    fn decode(element: Element<'_>) -> Result<Self, Fault>;

    /// Writes the element `name` with the value in it.
    fn encode(&self, name: &'static str, writer: &mut Writer<'_>);
}

/// A message: a root element with arguments.
pub(super) trait Arguments: Sized {
    /// Name of the root element.
    const ROOT: &'static str;

    /// The arguments, in schema order.
    fn members() -> Vec<Member>;

    /// Reads the arguments below the root.
    fn decode(root: Element<'_>) -> Result<Self, Fault>;

    /// Writes the arguments in schema order.
    fn encode(&self, writer: &mut Writer<'_>);
}

impl Element<'_> {
    /// Reads the argument `name`.
    pub(super) fn argument<T: Argument>(&self, name: &'static str) -> Result<T, Fault> {
        let mut found = self.members().filter(|child| child.name() == name);
        let value = match found.next() {
            Some(_) if found.next().is_some() => Err(Fault::repeated()),
            Some(element) => T::decode(element),
            None => T::absent().ok_or_else(Fault::missing),
        };
        value.map_err(|fault| fault.named(name))
    }

    /// Reads every child `name` into a list.
    pub(super) fn list<T: Argument>(&self, name: &'static str) -> Result<Vec<T>, Fault> {
        self.members()
            .filter(|child| child.name() == name)
            .map(|child| T::decode(child).map_err(|fault| fault.named(name)))
            .collect()
    }
}

impl<T: Argument> Argument for Option<T> {
    fn absent() -> Option<Self> {
        Some(None)
    }

    fn shape() -> Shape {
        T::shape()
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        match T::decode(element) {
            // Some clients write every element and leave empty what they have nothing to say about.
            Err(_) if element.is_empty() => Ok(None),
            value => value.map(Some),
        }
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        if let Some(value) = self {
            value.encode(name, writer);
        }
    }
}

impl<T: Argument> Argument for Box<T> {
    fn absent() -> Option<Self> {
        T::absent().map(Box::new)
    }

    fn shape() -> Shape {
        T::shape()
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        T::decode(element).map(Box::new)
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        T::encode(self, name, writer);
    }
}

impl Argument for SmolStr {
    fn shape() -> Shape {
        Shape::Text
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        match element.text() {
            "" => Err(Fault::missing()),
            text => Ok(text.into()),
        }
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.text(name, self);
    }
}

impl Argument for bool {
    fn shape() -> Shape {
        Shape::Flag
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        match element.text() {
            "1" => Ok(true),
            "0" => Ok(false),
            // XML Schema has lower case only; not every language writes it so.
            word if word.eq_ignore_ascii_case("true") => Ok(true),
            word if word.eq_ignore_ascii_case("false") => Ok(false),
            other => Err(Fault::invalid(other)),
        }
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.word(name, if *self { "true" } else { "false" });
    }
}

impl Argument for i64 {
    fn shape() -> Shape {
        Shape::Number
    }

    fn decode(element: Element<'_>) -> Result<Self, Fault> {
        match element.text() {
            "" => Err(Fault::missing()),
            text => text.parse().map_err(|_| Fault::invalid(text)),
        }
    }

    fn encode(&self, name: &'static str, writer: &mut Writer<'_>) {
        writer.text(name, &self.to_smolstr());
    }
}

/// Defines a message (`in "Root"`) or a record inside one, its members in schema order. A member marked `since Ed6`
/// is not written to earlier editions.
macro_rules! arguments {
    ($(#[$meta:meta])* pub struct $name:ident in $root:literal;) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name;

        impl $crate::csta::arguments::Arguments for $name {
            const ROOT: &'static str = $root;

            fn members() -> Vec<$crate::csta::shape::Member> {
                Vec::new()
            }

            fn decode(_: $crate::csta::element::Element<'_>) -> Result<Self, $crate::csta::arguments::Fault> {
                Ok($name)
            }

            fn encode(&self, _: &mut $crate::csta::writer::Writer<'_>) {}
        }
    };

    ($(#[$meta:meta])* pub struct $name:ident in $root:literal {
        $($(#[$doc:meta])* $field:ident: $type:ty = $element:literal $(since $since:ident)?,)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name { $($(#[$doc])* pub $field: $type,)+ }

        impl $crate::csta::arguments::Arguments for $name {
            const ROOT: &'static str = $root;

            fn members() -> Vec<$crate::csta::shape::Member> {
                vec![$($crate::csta::shape::Member::of::<$type>($element),)+]
            }

            fn decode(root: $crate::csta::element::Element<'_>) -> Result<Self, $crate::csta::arguments::Fault> {
                Ok($name { $($field: root.argument($element)?,)+ })
            }

            fn encode(&self, writer: &mut $crate::csta::writer::Writer<'_>) {
                $($crate::csta::arguments::encode_member!(self, $field, $element, writer $(, $since)?);)+
            }
        }
    };

    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$doc:meta])* $field:ident: $type:ty = $element:literal $(since $since:ident)?,)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name { $($(#[$doc])* pub $field: $type,)+ }

        impl $crate::csta::arguments::Argument for $name {
            fn shape() -> $crate::csta::shape::Shape {
                let members = vec![$($crate::csta::shape::Member::of::<$type>($element),)+];
                $crate::csta::shape::Shape::Members(members)
            }

            fn decode(element: $crate::csta::element::Element<'_>) -> Result<Self, $crate::csta::arguments::Fault> {
                Ok($name { $($field: element.argument($element)?,)+ })
            }

            fn encode(&self, name: &'static str, writer: &mut $crate::csta::writer::Writer<'_>) {
                writer.element(name, |writer| {
                    $($crate::csta::arguments::encode_member!(self, $field, $element, writer $(, $since)?);)+
                });
            }
        }
    };
}

/// Defines an argument that is a list of elements of one name.
macro_rules! list {
    ($(#[$meta:meta])* pub struct $name:ident of $type:ty = $element:literal;) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name(pub Vec<$type>);

        impl FromIterator<$type> for $name {
            fn from_iter<I: IntoIterator<Item = $type>>(items: I) -> Self { $name(items.into_iter().collect()) }
        }

        impl $crate::csta::arguments::Argument for $name {
            fn shape() -> $crate::csta::shape::Shape {
                let item = <$type as $crate::csta::arguments::Argument>::shape();
                $crate::csta::shape::Shape::List($element, Box::new(item))
            }

            fn decode(element: $crate::csta::element::Element<'_>) -> Result<Self, $crate::csta::arguments::Fault> {
                element.list($element).map($name)
            }

            fn encode(&self, name: &'static str, writer: &mut $crate::csta::writer::Writer<'_>) {
                writer.element(name, |writer| {
                    self.0.iter().for_each(|item| {
                        $crate::csta::arguments::Argument::encode(item, $element, writer);
                    });
                });
            }
        }
    };
}

/// Writes one member, if the edition has it.
macro_rules! encode_member {
    ($self:ident, $field:ident, $element:literal, $writer:ident) => {
        $crate::csta::arguments::Argument::encode(&$self.$field, $element, $writer)
    };
    ($self:ident, $field:ident, $element:literal, $writer:ident, $since:ident) => {
        if $writer.edition() >= $crate::csta::Edition::$since {
            $crate::csta::arguments::Argument::encode(&$self.$field, $element, $writer)
        }
    };
}

pub(super) use {arguments, encode_member, list};
