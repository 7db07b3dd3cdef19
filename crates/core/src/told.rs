//! Words that only `explain` and the reference say: left out of a program that has neither.

/// A text, or nothing.
#[cfg(feature = "explain")]
pub type Told = &'static str;
/// A text, or nothing.
#[cfg(not(feature = "explain"))]
pub type Told = ();

#[cfg(feature = "explain")]
pub(crate) const fn told(text: &'static str) -> Told {
    text
}
#[cfg(not(feature = "explain"))]
pub(crate) const fn told(_: &'static str) -> Told {}
