//! What the API returns, as far as the audit looks at it. Every field may be absent, what is not
//! named here is skipped unread, and a word points into the text that it was read from.
//!
//! Field names: the OpenAPI examples and the structs of `RedisLabs/rediscloud-go-api`. A password is
//! no field here, so none can reach a finding or a message.

use core::fmt::{Formatter, Result as Shown};
use core::ops::Deref;
use std::borrow::Cow;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, value::MapAccessDeserializer};

use super::object::objects;

/// A string of the export, borrowed where it has no escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word<'a>(pub Cow<'a, str>);

impl Deref for Word<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Word<'de>;
            fn expecting(&self, f: &mut Formatter<'_>) -> Shown {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Word<'de>, E> {
                Ok(Word(Cow::Borrowed(text)))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Word<'de>, E> {
                Ok(Word(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

/// One object or a list of them: the list of databases wraps a Pro subscription into an array and
/// an Essentials one not.
#[derive(Debug)]
pub(super) struct Several<'a>(pub Vec<Export<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Several<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Several<'de>;
            fn expecting(&self, f: &mut Formatter<'_>) -> Shown {
                f.write_str("an object or an array of objects")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Several<'de>, A::Error> {
                Export::deserialize(MapAccessDeserializer::new(map)).map(|one| Several(vec![one]))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Several<'de>, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = seq.next_element()? {
                    all.push(one);
                }
                Ok(Several(all))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Structs of optional fields.
macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty;)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default, remote = "Self", bound(deserialize = "'de: 'a"))]
        pub(super) struct $name<'a> {
            $(pub $field: Option<$type>,)*
            #[serde(skip)]
            text: core::marker::PhantomData<&'a str>,
        }

        objects! { $name<'a>: "an object"; }
    )*};
}

/// Shapes of which a later document completes an earlier one: a list of databases knows less of them
/// than the database itself does.
macro_rules! completed {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty;)* })*) => {
        $(shapes! { $(#[$doc])* $name { $($field: $type;)* } }

        impl<'a> $name<'a> {
            /// Takes over what the later document says.
            pub fn complete(&mut self, later: $name<'a>) {
                $(<$type as Part>::complete(&mut self.$field, later.$field);)*
            }
        })*
    };
}

/// How a field of a later document takes the place of an earlier one.
trait Part: Sized {
    fn complete(field: &mut Option<Self>, later: Option<Self>) {
        if later.is_some() {
            *field = later;
        }
    }
}

impl Part for bool {}
impl Part for u64 {}
impl Part for f64 {}
impl Part for Word<'_> {}
impl Part for IgnoredAny {}
impl Part for Several<'_> {}
impl Part for Throughput<'_> {}
impl<T> Part for Box<T> {}

impl<T: Listed> Part for Vec<T> {
    fn complete(field: &mut Option<Self>, later: Option<Self>) {
        match (field, later) {
            (Some(field), Some(later)) => T::complete_all(field, later),
            (field, Some(later)) => *field = Some(later),
            (_, None) => {}
        }
    }
}

/// How the list of a later document takes the place of an earlier one.
trait Listed: Sized {
    fn complete_all(list: &mut Vec<Self>, later: Vec<Self>) {
        *list = later;
    }
}

impl Listed for Word<'_> {}
impl Listed for Export<'_> {}
impl Listed for Alert<'_> {}
impl Listed for Tag<'_> {}
impl Listed for Link<'_> {}
impl Listed for Cloud<'_> {}
impl Listed for Window<'_> {}

/// A list of databases knows less of their regions, too.
impl Listed for Region<'_> {
    fn complete_all(list: &mut Vec<Self>, later: Vec<Self>) {
        for region in later {
            let same = |known: &&mut Self| known.region.is_some() && known.region == region.region;
            match list.iter_mut().find(same) {
                Some(known) => known.complete(region),
                None => list.push(region),
            }
        }
    }
}

macro_rules! parts {
    ($($name:ident)*) => {$(
        impl Part for $name<'_> {
            fn complete(field: &mut Option<Self>, later: Option<Self>) {
                match (field, later) {
                    (Some(field), Some(later)) => field.complete(later),
                    (field, Some(later)) => *field = Some(later),
                    (_, None) => {}
                }
            }
        }
    )*};
}

parts! { Security Backup }

completed! {
    /// Any object that the API returns: a database, a subscription, windows, or what wraps them.
    Export {
        // A database.
        database_id: u64;
        name: Word<'a>;
        subscription_id: u64;
        active_active_redis: bool;
        crdb_databases: Vec<Region<'a>>;
        provider: Word<'a>;
        dataset_size_in_gb: f64;
        memory_limit_in_gb: f64;
        memory_used_in_mb: f64;
        plan_memory_limit: f64;
        memory_limit_measurement_unit: Word<'a>;
        memory_storage: Word<'a>;
        redis_flex: bool;
        throughput_measurement: Throughput<'a>;
        data_persistence: Word<'a>;
        global_data_persistence: Word<'a>;
        replication: bool;
        data_eviction_policy: Word<'a>;
        security: Security<'a>;
        global_source_ip: Vec<Word<'a>>;
        backup: Backup<'a>;
        alerts: Vec<Alert<'a>>;
        global_alerts: Vec<Alert<'a>>;
        tags: Vec<Tag<'a>>;
        links: Vec<Link<'a>>;
        // A subscription.
        id: u64;
        deployment_type: Word<'a>;
        cloud_details: Vec<Cloud<'a>>;
        public_endpoint_access: bool;
        availability: Word<'a>;
        plan_id: u64;
        plan_name: Word<'a>;
        payment_method_type: IgnoredAny;
        number_of_databases: IgnoredAny;
        // Maintenance windows.
        mode: Word<'a>;
        windows: Vec<Window<'a>>;
        // Wrappers.
        account_id: IgnoredAny;
        subscription: Several<'a>;
        subscriptions: Vec<Export<'a>>;
        databases: Vec<Export<'a>>;
        maintenance_windows: Box<Export<'a>>;
        // An answer that is no export.
        error: IgnoredAny;
        error_code: IgnoredAny;
        task_id: IgnoredAny;
    }
    /// Who gets in.
    Security {
        enable_tls: bool;
        tls_client_authentication: bool;
        ssl_client_authentication: bool;
        // Essentials has this name for it, Pro another.
        default_user_enabled: bool;
        source_ips: Vec<Word<'a>>;
    }
    /// Scheduled backups.
    Backup {
        // The name on Pro, and that on Essentials.
        enable_remote_backup: bool;
        remote_backup_enabled: bool;
        interval: Word<'a>;
        destination: Word<'a>;
    }
    /// A region of an Active-Active database.
    Region {
        provider: Word<'a>;
        region: Word<'a>;
        memory_limit_in_gb: f64;
        memory_used_in_mb: f64;
        data_persistence: Word<'a>;
        security: Security<'a>;
        backup: Backup<'a>;
        alerts: Vec<Alert<'a>>;
    }
}

shapes! {
    /// What was ordered.
    Throughput {
        value: u64;
    }
    /// A mail that somebody gets.
    Alert {
        name: Word<'a>;
    }
    /// A label of the customer's.
    Tag {
        key: Word<'a>;
        value: Word<'a>;
    }
    /// An address of the API; that of the object itself names plan and subscription.
    Link {
        href: Word<'a>;
    }
    /// The regions in one cloud.
    Cloud {
        provider: Word<'a>;
        regions: Vec<Zones<'a>>;
    }
    /// A region of a subscription.
    Zones {
        region: Word<'a>;
        multiple_availability_zones: bool;
    }
    /// A maintenance window.
    Window {
        days: Vec<Word<'a>>;
        start_hour: u64;
        duration_in_hours: u64;
    }
}

impl<'a> Security<'a> {
    /// Who may connect, from where it is named.
    pub fn rules(&self) -> Option<&[Word<'a>]> {
        self.source_ips.as_deref()
    }
}
