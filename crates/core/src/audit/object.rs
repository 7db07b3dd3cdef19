//! Structs that are read from objects and from nothing else: serde would take an array for the values of their fields.

use core::fmt::{Formatter, Result as Shown};
use core::marker::PhantomData;

use serde::de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};

/// A struct with a derived reader of its own, which `#[serde(remote = "Self")]` makes.
pub(super) trait Object<'de>: Sized {
    /// What is meant, for "expected …".
    const MEANT: &'static str;
    /// The derived reader.
    fn derived<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error>;
}

/// Reads it.
pub(super) fn object<'de, T: Object<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    struct Map<T>(PhantomData<T>);
    impl<'de, T: Object<'de>> Visitor<'de> for Map<T> {
        type Value = T;
        fn expecting(&self, f: &mut Formatter<'_>) -> Shown {
            f.write_str(T::MEANT)
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::derived(MapAccessDeserializer::new(map))
        }
    }
    from.deserialize_map(Map(PhantomData))
}

/// Lets serde read these structs so.
macro_rules! objects {
    ($($name:ident $(<$of:lifetime>)?: $meant:literal;)*) => {$(
        impl<'de $(: $of, $of)?> $crate::audit::object::Object<'de> for $name $(<$of>)? {
            const MEANT: &'static str = $meant;
            fn derived<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::deserialize(from)
            }
        }
        impl<'de $(: $of, $of)?> serde::Deserialize<'de> for $name $(<$of>)? {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::audit::object::object(from)
            }
        }
    )*};
}

pub(super) use objects;
