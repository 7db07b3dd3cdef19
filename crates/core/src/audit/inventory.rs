//! Documents that belong together: databases, their subscriptions, and the windows of these.

use std::collections::HashMap;

use super::Place;
use super::facts::Facts;
use super::read::Bad;
use super::shape::Export;

/// Everything that was read, each thing once.
#[derive(Default)]
pub(super) struct Inventory<'a> {
    databases: Vec<Database<'a>>,
    subscriptions: Vec<Subscription<'a>>,
    database_at: HashMap<u64, usize>,
    subscription_at: HashMap<u64, usize>,
    /// Windows that do not say whose they are.
    windows: Vec<(Export<'a>, Place)>,
}

struct Database<'a> {
    export: Export<'a>,
    subscription: Option<u64>,
    fixed: bool,
    place: Place,
}

struct Subscription<'a> {
    id: u64,
    export: Export<'a>,
    windows: Option<Export<'a>>,
}

/// What stands around an object.
#[derive(Clone, Copy, Default)]
struct Around {
    subscription: Option<u64>,
    fixed: bool,
}

impl<'a> Inventory<'a> {
    /// Takes in a document.
    pub fn take(&mut self, export: Export<'a>, place: Place) -> Result<(), Bad> {
        self.take_from(export, place, Around::default())
    }

    fn take_from(&mut self, mut export: Export<'a>, place: Place, around: Around) -> Result<(), Bad> {
        if export.database_id.is_some() {
            self.database(export, place, around);
            return Ok(());
        }
        let subscription = export.subscription.take();
        let subscriptions = export.subscriptions.take();
        let databases = export.databases.take();
        let windows = export.maintenance_windows.take();
        let wraps = subscription.is_some() || subscriptions.is_some() || databases.is_some() || windows.is_some();
        let mut around = Around { fixed: around.fixed || export.is_fixed(), ..around };
        let id = export.id.or(export.subscription_id);
        if export.is_subscription() || (wraps && id.is_some()) {
            around.subscription = id;
            self.subscription(id, export);
        } else if export.mode.is_some() || export.windows.is_some() {
            let of = export.of_subscription().or(around.subscription);
            match of {
                Some(id) => self.of(id).windows = Some(export),
                None => self.windows.push((export, place)),
            }
        } else if !wraps {
            return Err(export.refused());
        }
        for inner in subscription.map(|several| several.0).into_iter().flatten() {
            // The script's line: a subscription and beside it what belongs to it.
            around.subscription = inner.id.or(inner.subscription_id).or(around.subscription);
            around.fixed |= inner.is_fixed();
            if inner.database_id.is_none() && !inner.says_anything() && around.subscription.is_none() {
                return Err(inner.refused());
            }
            if inner.says_anything() {
                self.take_from(inner, place, around)?;
            }
        }
        for inner in subscriptions.into_iter().flatten() {
            self.take_from(inner, place, around)?;
        }
        if let Some(windows) = windows {
            self.take_from(*windows, place, around)?;
        }
        for inner in databases.into_iter().flatten() {
            if inner.database_id.is_none() {
                return Err(inner.refused());
            }
            self.take_from(inner, place, around)?;
        }
        Ok(())
    }

    fn database(&mut self, export: Export<'a>, place: Place, around: Around) {
        let subscription = export.of_subscription().or(around.subscription);
        let id = export.database_id.unwrap_or_default();
        match self.database_at.get(&id).and_then(|at| self.databases.get_mut(*at)) {
            Some(known) => {
                known.subscription = subscription.or(known.subscription);
                known.fixed |= around.fixed;
                known.export.complete(export);
            }
            None => {
                self.database_at.insert(id, self.databases.len());
                self.databases.push(Database { export, subscription, fixed: around.fixed, place });
            }
        }
    }

    fn subscription(&mut self, id: Option<u64>, export: Export<'a>) {
        if let Some(id) = id {
            self.of(id).export.complete(export);
        }
    }

    /// The subscription with this id.
    fn of(&mut self, id: u64) -> &mut Subscription<'a> {
        let at = *self.subscription_at.entry(id).or_insert_with(|| {
            self.subscriptions.push(Subscription { id, export: Export::default(), windows: None });
            self.subscriptions.len() - 1
        });
        &mut self.subscriptions[at]
    }

    /// Every database with what is known around it, in the order in which they were read.
    pub fn facts(&self) -> Result<Vec<(Facts<'_, 'a>, Place)>, Bad> {
        let only = match self.subscriptions.as_slice() {
            [only] => Some(only),
            _ => None,
        };
        if only.is_none()
            && let Some((_, place)) = self.windows.first()
            && !(self.subscriptions.is_empty() && self.databases.is_empty())
        {
            let found = "maintenance windows that do not say of which subscription";
            let bad = Bad::new(found, "one subscription beside them, or \"links\" that name it");
            return Err(Bad { file: place.file, line: place.line, ..bad });
        }
        let loose = self.windows.last().map(|(windows, _)| windows);
        let facts = |database: &'_ Database<'a>| {
            let id = database.subscription.or(only.map(|only| only.id));
            let of = id.and_then(|id| self.subscription_at.get(&id)).and_then(|at| self.subscriptions.get(*at));
            let windows = of.and_then(|of| of.windows.as_ref()).or(loose);
            (of, windows, id)
        };
        Ok(self
            .databases
            .iter()
            .map(|database| {
                let (of, windows, id) = facts(database);
                let export = of.map(|of| &of.export);
                (Facts::new(&database.export, export, windows, id, database.fixed), database.place)
            })
            .collect())
    }
}

impl Export<'_> {
    fn is_subscription(&self) -> bool {
        self.id.is_some()
            && (self.cloud_details.is_some()
                || self.deployment_type.is_some()
                || self.plan_id.is_some()
                || self.plan_name.is_some()
                || self.availability.is_some()
                || self.public_endpoint_access.is_some()
                || self.payment_method_type.is_some()
                || self.number_of_databases.is_some()
                || self.memory_storage.is_some())
    }

    /// It has something of its own beside its id.
    fn says_anything(&self) -> bool {
        self.is_subscription() || self.databases.is_some() || self.subscription_id.is_some()
    }
}
