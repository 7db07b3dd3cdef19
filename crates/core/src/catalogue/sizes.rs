//! The sizes of Essentials.
//!
//! Source: <https://redis.io/docs/latest/operate/rc/subscriptions/view-essentials-subscription/essentials-plan-details/>,
//! table of December 2025, read 2026-11-23. A size includes the replica.

use crate::rules::plan::PlanKind;

/// One size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// As the console writes it.
    pub name: &'static str,
    /// GB, the replica included.
    pub gb: f64,
    /// Connections of the database.
    pub connections: u32,
    /// Rules of the allow list: what every plan of this size has, and what some have.
    pub rules: (u32, u32),
    /// Operations each second.
    pub ops: u32,
}

const fn size(name: &'static str, gb: f64, connections: u32, rules: (u32, u32), ops: u32) -> Size {
    Size { name, gb, connections, rules, ops }
}

static FREE: &[Size] = &[size("30 MB", 0.03, 30, (0, 1), 100)];

static RAM: &[Size] = &[
    size("250 MB", 0.25, 256, (4, 4), 1000),
    size("1 GB", 1.0, 1024, (4, 8), 2000),
    size("2.5 GB", 2.5, 2500, (4, 8), 4000),
    size("5 GB", 5.0, 5000, (4, 16), 8000),
    size("12 GB", 12.0, 10_000, (4, 32), 16_000),
];

static FLEX: &[Size] = &[
    size("1 GB", 1.0, 1024, (4, 8), 200),
    size("2.5 GB", 2.5, 2500, (4, 8), 500),
    size("5 GB", 5.0, 5000, (4, 16), 1000),
    size("12 GB", 12.0, 10_000, (4, 32), 2400),
    size("25 GB", 25.0, 10_000, (4, 32), 5000),
    size("50 GB", 50.0, 10_000, (4, 32), 10_000),
    size("100 GB", 100.0, 10_000, (4, 32), 20_000),
];

/// The sizes of a plan, the smallest first; none where the size is free to choose.
pub fn of(plan: PlanKind) -> &'static [Size] {
    match plan {
        PlanKind::Free => FREE,
        PlanKind::Essentials => RAM,
        PlanKind::EssentialsFlex => FLEX,
        PlanKind::Pro | PlanKind::ProFlex => &[],
    }
}
