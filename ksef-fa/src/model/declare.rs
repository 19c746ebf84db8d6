//! The form in which the model is declared.
//!
//! Each structure is declared once, in the order of the schema, by [`sequence!`] (all of its parts
//! in this order) or [`choice!`] (one of them). From that follow the type, its constructor and
//! setters, how it is read and written, and the list of its fields, which a test compares with the
//! tables of the schema. So the order of what is written is the order of the declaration.
//!
//! The schema has groups without an element of their own, for example `P_13_1`, `P_14_1` and
//! `P_14_1W`, which occur together or not at all. They are types as well, and their parent hands
//! them each child that it does not know itself.

#[cfg(test)]
use core::any::type_name;
use std::borrow::Cow;

use crate::read::Reader;
use crate::xml::writer::Writer;
use crate::{Schema, SchemaVersion};

/// Where the model is read from: the validator, which hands out the children of the open element
/// in the order of the schema and reports whatever is wrong with the others.
pub(crate) trait Source {
    /// The version of the schema by which the document is read.
    fn version(&self) -> SchemaVersion;

    /// Enters the next child of the open element. At the end of that element, leaves it.
    fn next_child(&mut self) -> Option<&'static str>;

    /// The text of the simple element just entered, which it leaves. `None` if it is invalid.
    fn value(&mut self) -> Option<Cow<'_, str>>;

    /// An attribute of the element just entered.
    fn attribute(&mut self, name: &str) -> Option<Cow<'_, str>>;

    /// Leaves the element just entered.
    fn skip(&mut self);

    /// Whether the element whose value was taken last was empty and has that value by being so.
    fn was_empty(&self) -> bool;
}

impl Source for Reader<'_, '_> {
    fn version(&self) -> SchemaVersion {
        match self.schema() {
            Some(Schema::Fa2) => SchemaVersion::Fa2,
            _ => SchemaVersion::Fa3,
        }
    }

    fn next_child(&mut self) -> Option<&'static str> {
        self.next_child()
    }

    fn value(&mut self) -> Option<Cow<'_, str>> {
        self.value()
    }

    fn attribute(&mut self, name: &str) -> Option<Cow<'_, str>> {
        self.attribute(name)
    }

    fn skip(&mut self) {
        self.skip();
    }

    fn was_empty(&self) -> bool {
        self.was_empty()
    }
}

/// What an element contains.
pub(crate) trait Content: Sized {
    /// The children, if it has any.
    #[cfg(test)]
    const CHILDREN: Option<Group>;

    /// Reads and leaves the element just entered.
    fn read(source: &mut impl Source) -> Option<Self>;

    /// Writes an element of this name.
    fn write(&self, name: &str, writer: &mut Writer);
}

/// What always says the same. In JSON it is there only if it was read in another text than ours.
#[cfg(feature = "serde")]
pub(crate) trait Fixed {
    /// Whether it has no other text.
    fn is_plain(&self) -> bool;
}

/// The text of an element.
pub(crate) trait Value: Sized {
    /// What the text says. `None` only if this type cannot hold what the schema allows.
    fn from_text(text: Cow<'_, str>) -> Option<Self>;

    /// Writes the text.
    fn write_text(&self, writer: &mut Writer);
}

/// Children that belong together, whether or not they have an element of their own.
pub(crate) trait Children: Sized {
    /// The list of them.
    #[cfg(test)]
    const GROUP: Group;

    /// What has been read so far.
    type Partial: Partial<Whole = Self>;

    /// Writes them in the order of the schema.
    fn write_children(&self, writer: &mut Writer);
}

/// Children of which some have been read.
pub(crate) trait Partial: Default {
    /// What they become.
    type Whole;

    /// Reads and leaves the element just entered if it is one of these children.
    fn accept(&mut self, name: &'static str, source: &mut impl Source) -> bool;

    /// All of them. `None` if one that is required is missing or was invalid.
    fn finish(self) -> Option<Self::Whole>;
}

/// A sequence or a choice as the model declares it.
#[derive(Clone, Copy, Debug)]
#[cfg(test)]
pub(crate) struct Group {
    pub(crate) is_choice: bool,
    pub(crate) fields: &'static [Field],
}

/// An item of a [`Group`].
#[derive(Clone, Copy, Debug)]
#[cfg(test)]
pub(crate) enum Field {
    Element {
        name: &'static str,
        min: u32,
        max: u32,
        children: Option<Group>,
        /// The type of the field.
        rust: fn() -> &'static str,
        /// The type of the schema that the documentation names.
        documented: &'static str,
    },
    Group {
        min: u32,
        group: Group,
    },
}

#[cfg(test)]
impl Field {
    pub(crate) const fn element<T: Content>(name: &'static str, min: u32, max: u32) -> Self {
        let (children, rust) = (T::CHILDREN, type_name::<T>);
        Self::Element { name, min, max, children, rust, documented: "" }
    }

    pub(crate) const fn documented(self, documented: &'static str) -> Self {
        match self {
            Self::Element { name, min, max, children, rust, .. } => {
                Self::Element { name, min, max, children, rust, documented }
            }
            group @ Self::Group { .. } => group,
        }
    }

    pub(crate) const fn group<T: Children>(min: u32) -> Self {
        Self::Group { min, group: T::GROUP }
    }
}

/// Reads all children of the element just entered.
pub(crate) fn read_children<T: Children>(source: &mut impl Source) -> Option<T> {
    let mut partial = T::Partial::default();
    while let Some(name) = source.next_child() {
        if !partial.accept(name, source) {
            source.skip();
        }
    }
    partial.finish()
}

/// Writes an element with these children.
pub(crate) fn write_element(children: &impl Children, name: &str, writer: &mut Writer) {
    writer.open(name);
    children.write_children(writer);
    writer.close(name);
}

/// Takes the next child for a group that is one of several to choose from.
pub(crate) fn accept_as<P: Partial>(name: &'static str, source: &mut impl Source) -> Option<P> {
    let mut partial = P::default();
    partial.accept(name, source).then_some(partial)
}

/// The items, of which one at least is required.
pub(crate) fn at_least_one<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}

/// Makes types that are a [`Value`] the content of elements.
macro_rules! content_is_value {
    ($type:ty $(, [$($parameters:tt)*])?) => {
        impl $(<$($parameters)*>)? $crate::model::declare::Content for $type {
            #[cfg(test)]
            const CHILDREN: Option<$crate::model::declare::Group> = None;

            fn read(source: &mut impl $crate::model::declare::Source) -> Option<Self> {
                source.value().and_then($crate::model::declare::Value::from_text)
            }

            fn write(&self, name: &str, writer: &mut $crate::xml::writer::Writer) {
                writer.open(name);
                $crate::model::declare::Value::write_text(self, writer);
                writer.close(name);
            }
        }
    };
}
pub(crate) use content_is_value;

/// Makes types that are a [`Value`] strings in JSON, with the text that the document has.
///
/// As in a document that is read, whether the schema allows the text is not asked here: that is said
/// when an invoice is written, for all of it at once.
#[cfg(feature = "serde")]
macro_rules! value_in_json {
    ($type:ty, $to_text:expr $(, [$($parameters:tt)*])?) => {
        impl $(<$($parameters)*>)? serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let to_text: fn(&Self) -> std::borrow::Cow<'_, str> = $to_text;
                serializer.serialize_str(&to_text(self))
            }
        }

        impl<'de $(, $($parameters)*)?> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                let value = $crate::model::declare::Value::from_text(text);
                value.ok_or_else(|| serde::de::Error::custom("a value that the schema does not have"))
            }
        }
    };
}
#[cfg(feature = "serde")]
pub(crate) use value_in_json;

/// Makes types that are [`Children`] the content of elements.
macro_rules! content_is_children {
    ($type:ty) => {
        impl $crate::model::declare::Content for $type {
            #[cfg(test)]
            const CHILDREN: Option<$crate::model::declare::Group> =
                Some(<Self as $crate::model::declare::Children>::GROUP);

            fn read(source: &mut impl $crate::model::declare::Source) -> Option<Self> {
                $crate::model::declare::read_children(source)
            }

            fn write(&self, name: &str, writer: &mut $crate::xml::writer::Writer) {
                $crate::model::declare::write_element(self, name, writer);
            }
        }
    };
}
pub(crate) use content_is_children;

/// The versions in which a field exists, as its documentation says it.
macro_rules! versions {
    () => {
        "FA(2) and FA(3)."
    };
    ($versions:literal) => {
        concat!($versions, ".")
    };
}
pub(crate) use versions;

/// A line of documentation, for a group.
macro_rules! occurs {
    ($text:literal, $field:ident) => {
        $text
    };
}
pub(crate) use occurs;

/// Declares a structure whose parts follow one another.
///
/// After `in` comes the path of the parts. A part is one of
///
/// | declaration | field | occurs |
/// |---|---|---|
/// | `required f: T = "El"` | `T` | once |
/// | `written f: T = "El"` | [`Written<T>`](crate::model::Written) | once |
/// | `since_fa3 f: T = "El"` | `Option<Written<T>>` | once in FA(3), never in FA(2) |
/// | `optional f: T = "El"` | `Option<T>` | at most once |
/// | `optional_written f: T = "El"` | `Option<Written<T>>` | at most once |
/// | `repeated f: T = "El" [0..=9]` | `Vec<T>` | as often as it says |
/// | `several f: T = "El" [1..=9]` | `Vec<T>` | as often as it says |
/// | `fixed f: T = "El"` | `T`, private | once, and always says the same |
/// | `group f: T` | `T` | once, without an element of its own |
/// | `optional_group f: T` | `Option<T>` | at most once, without an element of its own |
///
/// and may be followed by `: "type"`, `in "versions"` and `, "note"`, all for the documentation.
/// What must be there is an argument of `new`, everything else has a setter. An attribute
/// `#![…]` before the parts goes to `new`.
macro_rules! sequence {
    (
        $(#[$meta:meta])*
        pub struct $type:ident in $path:literal $(, $type_versions:literal)? {
            $(#![$new_meta:meta])*
            $(
                $(#[$doc:meta])*
                $(required $req:ident: $req_ty:ty = $req_el:literal)?
                $(written $wri:ident: $wri_ty:ty = $wri_el:literal)?
                $(since_fa3 $new:ident: $new_ty:ty = $new_el:literal)?
                $(optional $opt:ident: $opt_ty:ty = $opt_el:literal)?
                $(optional_written $owr:ident: $owr_ty:ty = $owr_el:literal)?
                $(repeated $rep:ident: $rep_ty:ty = $rep_el:literal [0..=$rep_max:literal])?
                $(several $sev:ident: $sev_ty:ty = $sev_el:literal [1..=$sev_max:literal])?
                $(fixed $fix:ident: $fix_ty:ty = $fix_el:literal)?
                $(group $grp:ident: $grp_ty:ident)?
                $(optional_group $ogr:ident: $ogr_ty:ident)?
                $(: $simple:literal)? $(in $versions:literal)? $(, $note:literal)?
            ;)*
        }
    ) => {
        $(#[$meta])*
        #[doc = ""]
        #[doc = concat!("Schema: `", $path, "`,")]
        #[doc = $crate::model::declare::versions!($($type_versions)?)]
        #[derive(Clone, Debug, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
        #[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
        #[non_exhaustive]
        pub struct $type {
            $(
                $(#[$doc])*
                #[doc = ""]
                #[doc = concat!("Schema: `", $path,
                    $("/", $req_el,)? $("/", $wri_el,)? $("/", $new_el,)? $("/", $opt_el,)?
                    $("/", $owr_el,)? $("/", $rep_el,)? $("/", $sev_el,)? $("/", $fix_el,)?
                "`,")]
                $(#[doc = concat!("`", $simple, "`,")])?
                $(#[doc = "required,"] #[doc(alias = $req_el)])?
                $(#[doc = "required,"] #[doc(alias = $wri_el)])?
                $(#[doc = "required in"] #[doc(alias = $new_el)])?
                $(#[doc = "optional,"] #[doc(alias = $opt_el)])?
                $(#[doc = "optional,"] #[doc(alias = $owr_el)])?
                $(#[doc = concat!("0 to ", $rep_max, " times,")] #[doc(alias = $rep_el)])?
                $(#[doc = concat!("1 to ", $sev_max, " times,")] #[doc(alias = $sev_el)])?
                $(#[doc = "required,"] #[doc(alias = $fix_el)])?
                $(#[doc = $crate::model::declare::occurs!("a required group,", $grp)])?
                $(#[doc = $crate::model::declare::occurs!("an optional group,", $ogr)])?
                #[doc = $crate::model::declare::versions!($($versions)?)]
                $(#[doc = ""] #[doc = $note])?
                $(pub $req: $req_ty,)?
                $(pub $wri: $crate::model::Written<$wri_ty>,)?
                $(
                    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
                    pub $new: Option<$crate::model::Written<$new_ty>>,
                )?
                $(
                    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
                    pub $opt: Option<$opt_ty>,
                )?
                $(
                    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
                    pub $owr: Option<$crate::model::Written<$owr_ty>>,
                )?
                $(
                    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
                    pub $rep: Vec<$rep_ty>,
                )?
                $(pub $sev: Vec<$sev_ty>,)?
                $(
                    #[cfg_attr(
                        feature = "serde",
                        serde(
                            default,
                            skip_serializing_if = "crate::model::declare::Fixed::is_plain"
                        )
                    )]
                    $fix: $fix_ty,
                )?
                $(pub $grp: $grp_ty,)?
                $(
                    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
                    pub $ogr: Option<$ogr_ty>,
                )?
            )*
        }

        impl $type {
            /// With what the schema requires, and nothing else.
            #[must_use]
            $(#[$new_meta])*
            pub fn new($(
                $($req: $req_ty,)?
                $($wri: $wri_ty,)?
                $($new: $new_ty,)?
                $($sev: Vec<$sev_ty>,)?
                $($grp: $grp_ty,)?
            )*) -> Self {
                Self {
                    $(
                        $($req,)?
                        $($wri: $wri.into(),)?
                        $($new: Some($new.into()),)?
                        $($opt: None,)?
                        $($owr: None,)?
                        $($rep: Vec::new(),)?
                        $($sev,)?
                        $($fix: Default::default(),)?
                        $($grp,)?
                        $($ogr: None,)?
                    )*
                }
            }

            $(
                $(
                    #[doc = concat!("Sets `", $opt_el, "`.")]
                    #[must_use]
                    pub fn $opt(mut self, $opt: $opt_ty) -> Self {
                        self.$opt = Some($opt);
                        self
                    }
                )?
                $(
                    #[doc = concat!("Sets `", $owr_el, "`.")]
                    #[must_use]
                    pub fn $owr(mut self, $owr: $owr_ty) -> Self {
                        self.$owr = Some($owr.into());
                        self
                    }
                )?
                $(
                    #[doc = concat!("Adds as many `", $rep_el, "` after those that are there.")]
                    #[must_use]
                    pub fn $rep(mut self, $rep: impl IntoIterator<Item = $rep_ty>) -> Self {
                        self.$rep.extend($rep);
                        self
                    }
                )?
                $(
                    #[doc = concat!("Sets the group `", stringify!($ogr), "`.")]
                    #[must_use]
                    pub fn $ogr(mut self, $ogr: $ogr_ty) -> Self {
                        self.$ogr = Some($ogr);
                        self
                    }
                )?
            )*
        }

        const _: () = {
            #[cfg(test)]
            use $crate::model::declare::{Field, Group};
            use $crate::model::declare::{Children, Content, Source};
            use $crate::xml::writer::Writer;

            #[derive(Default)]
            pub(crate) struct Partial {
                $(
                    $($req: Option<$req_ty>,)?
                    $($wri: Option<$crate::model::Written<$wri_ty>>,)?
                    $($new: Option<$crate::model::Written<$new_ty>>,)?
                    $($opt: Option<$opt_ty>,)?
                    $($owr: Option<$crate::model::Written<$owr_ty>>,)?
                    $($rep: Vec<$rep_ty>,)?
                    $($sev: Vec<$sev_ty>,)?
                    $($fix: Option<$fix_ty>,)?
                    $($grp: <$grp_ty as Children>::Partial,)?
                    $($ogr: <$ogr_ty as Children>::Partial,)?
                )*
            }

            impl $crate::model::declare::Partial for Partial {
                type Whole = $type;

                fn accept(&mut self, name: &'static str, source: &mut impl Source) -> bool {
                    match name {
                        $(
                            $($req_el => self.$req = Content::read(source),)?
                            $($wri_el => self.$wri = Content::read(source),)?
                            $($new_el => self.$new = Content::read(source),)?
                            $($opt_el => self.$opt = Content::read(source),)?
                            $($owr_el => self.$owr = Content::read(source),)?
                            $($rep_el => self.$rep.extend(<$rep_ty as Content>::read(source)),)?
                            $($sev_el => self.$sev.extend(<$sev_ty as Content>::read(source)),)?
                            $($fix_el => self.$fix = Content::read(source),)?
                        )*
                        _ => {
                            $(
                                $(if self.$grp.accept(name, source) {
                                    return true;
                                })?
                                $(if self.$ogr.accept(name, source) {
                                    return true;
                                })?
                            )*
                            return false;
                        }
                    }
                    true
                }

                fn finish(self) -> Option<Self::Whole> {
                    Some($type {
                        $(
                            $($req: self.$req?,)?
                            $($wri: self.$wri?,)?
                            $($new: self.$new,)?
                            $($opt: self.$opt,)?
                            $($owr: self.$owr,)?
                            $($rep: self.$rep,)?
                            $($sev: $crate::model::declare::at_least_one(self.$sev)?,)?
                            $($fix: self.$fix?,)?
                            $($grp: self.$grp.finish()?,)?
                            $($ogr: self.$ogr.finish(),)?
                        )*
                    })
                }
            }

            impl Children for $type {
                #[cfg(test)]
                const GROUP: Group = Group {
                    is_choice: false,
                    fields: &[$(
                        $(Field::element::<$req_ty>($req_el, 1, 1))?
                        $(Field::element::<$crate::model::Written<$wri_ty>>($wri_el, 1, 1))?
                        $(Field::element::<$crate::model::Written<$new_ty>>($new_el, 1, 1))?
                        $(Field::element::<$opt_ty>($opt_el, 0, 1))?
                        $(Field::element::<$crate::model::Written<$owr_ty>>($owr_el, 0, 1))?
                        $(Field::element::<$rep_ty>($rep_el, 0, $rep_max))?
                        $(Field::element::<$sev_ty>($sev_el, 1, $sev_max))?
                        $(Field::element::<$fix_ty>($fix_el, 1, 1))?
                        $(Field::group::<$grp_ty>(1))?
                        $(Field::group::<$ogr_ty>(0))?
                        $(.documented($simple))?,
                    )*],
                };

                type Partial = Partial;

                fn write_children(&self, writer: &mut Writer) {
                    $(
                        $(self.$req.write($req_el, writer);)?
                        $(self.$wri.write($wri_el, writer);)?
                        $(self.$new.iter().for_each(|value| value.write($new_el, writer));)?
                        $(self.$opt.iter().for_each(|value| value.write($opt_el, writer));)?
                        $(self.$owr.iter().for_each(|value| value.write($owr_el, writer));)?
                        $(self.$rep.iter().for_each(|value| value.write($rep_el, writer));)?
                        $(self.$sev.iter().for_each(|value| value.write($sev_el, writer));)?
                        $(self.$fix.write($fix_el, writer);)?
                        $(self.$grp.write_children(writer);)?
                        $(self.$ogr.iter().for_each(|group| group.write_children(writer));)?
                    )*
                }
            }
        };

        $crate::model::declare::content_is_children!($type);
    };
}
pub(crate) use sequence;

/// Declares a structure that is one of several things.
///
/// A variant is one of
///
/// | declaration | variant |
/// |---|---|
/// | `element V(T) = "El"` | `V(T)`, the element |
/// | `written V(T) = "El"` | `V(Written<T>)`, the element |
/// | `group V(T)` | `V(T)`, the children of a sequence or of a further choice |
///
/// and may be followed by the same documentation as a part of [`sequence!`].
macro_rules! choice {
    (
        $(#[$meta:meta])*
        pub enum $type:ident in $path:literal $(, $type_versions:literal)? {
            $(
                $(#[$doc:meta])*
                $(element $ele:ident($ele_ty:ty) = $ele_el:literal)?
                $(written $wri:ident($wri_ty:ty) = $wri_el:literal)?
                $(group $grp:ident($grp_ty:ident))?
                $(: $simple:literal)? $(in $versions:literal)? $(, $note:literal)?
            ;)*
        }
    ) => {
        $(#[$meta])*
        #[doc = ""]
        #[doc = concat!("Schema: `", $path, "`, a choice,")]
        #[doc = $crate::model::declare::versions!($($type_versions)?)]
        #[derive(Clone, Debug, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
        #[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
        #[non_exhaustive]
        pub enum $type {
            $(
                $(#[$doc])*
                #[doc = ""]
                #[doc = concat!("Schema: `", $path, $("/", $ele_el,)? $("/", $wri_el,)? "`,")]
                $(#[doc = concat!("`", $simple, "`,")])?
                $(#[doc(alias = $ele_el)])?
                $(#[doc(alias = $wri_el)])?
                $(#[doc = $crate::model::declare::occurs!("a group,", $grp)])?
                #[doc = $crate::model::declare::versions!($($versions)?)]
                $(#[doc = ""] #[doc = $note])?
                $($ele($ele_ty),)?
                $($wri($crate::model::Written<$wri_ty>),)?
                $($grp($grp_ty),)?
            )*
        }

        $(
            $(
                impl From<$wri_ty> for $type {
                    fn from(value: $wri_ty) -> Self {
                        Self::$wri(value.into())
                    }
                }
            )?
            $(
                impl From<$grp_ty> for $type {
                    fn from(value: $grp_ty) -> Self {
                        Self::$grp(value)
                    }
                }
            )?
        )*

        const _: () = {
            #[cfg(test)]
            use $crate::model::declare::{Field, Group};
            use $crate::model::declare::{self, Children, Source};
            use $crate::xml::writer::Writer;

            #[derive(Default)]
            pub(crate) enum Partial {
                #[default]
                Unread,
                $(
                    $($ele(Option<$ele_ty>),)?
                    $($wri(Option<$crate::model::Written<$wri_ty>>),)?
                    $($grp(<$grp_ty as Children>::Partial),)?
                )*
            }

            impl $crate::model::declare::Partial for Partial {
                type Whole = $type;

                fn accept(&mut self, name: &'static str, source: &mut impl Source) -> bool {
                    match self {
                        $($(Self::$grp(partial) => return partial.accept(name, source),)?)*
                        _ => {}
                    }
                    match name {
                        $(
                            $($ele_el => {
                                *self = Self::$ele(declare::Content::read(source));
                                true
                            })?
                            $($wri_el => {
                                *self = Self::$wri(declare::Content::read(source));
                                true
                            })?
                        )*
                        _ => {
                            $($(
                                let partial = declare::accept_as(name, source);
                                if let Some(partial) = partial {
                                    *self = Self::$grp(partial);
                                    return true;
                                }
                            )?)*
                            false
                        }
                    }
                }

                fn finish(self) -> Option<Self::Whole> {
                    match self {
                        Self::Unread => None,
                        $(
                            $(Self::$ele(value) => value.map($type::$ele),)?
                            $(Self::$wri(value) => value.map($type::$wri),)?
                            $(Self::$grp(partial) => partial.finish().map($type::$grp),)?
                        )*
                    }
                }
            }

            impl Children for $type {
                #[cfg(test)]
                const GROUP: Group = Group {
                    is_choice: true,
                    fields: &[$(
                        $(Field::element::<$ele_ty>($ele_el, 1, 1))?
                        $(Field::element::<$crate::model::Written<$wri_ty>>($wri_el, 1, 1))?
                        $(Field::group::<$grp_ty>(1))?
                        $(.documented($simple))?,
                    )*],
                };

                type Partial = Partial;

                fn write_children(&self, writer: &mut Writer) {
                    match self {
                        $(
                            $(Self::$ele(value) => declare::Content::write(value, $ele_el, writer),)?
                            $(Self::$wri(value) => declare::Content::write(value, $wri_el, writer),)?
                            $(Self::$grp(group) => group.write_children(writer),)?
                        )*
                    }
                }
            }
        };

        $crate::model::declare::content_is_children!($type);
    };
}
pub(crate) use choice;
