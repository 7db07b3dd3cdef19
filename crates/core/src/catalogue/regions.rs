//! The regions of Redis Cloud, from the docs' own list.
//!
//! Source: <https://github.com/redis/docs/blob/main/data/rc_supported_regions.json>, snapshot of
//! 2026-08-21, read 2026-11-23. How many zones a region has is not in that list and is not
//! published anywhere else that we read.

use crate::questions::Cloud;

/// A region of one cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The code that the API takes.
    pub code: &'static str,
    /// Pro can be had there.
    pub pro: bool,
    /// Essentials can be had there.
    pub essentials: bool,
}

const fn both(code: &'static str) -> Region {
    Region { code, pro: true, essentials: true }
}

const fn pro(code: &'static str) -> Region {
    Region { code, pro: true, essentials: false }
}

const fn essentials(code: &'static str) -> Region {
    Region { code, pro: false, essentials: true }
}

/// The regions of a cloud.
pub fn of(cloud: Cloud) -> &'static [Region] {
    match cloud {
        Cloud::Aws => AWS,
        Cloud::Gcp => GCP,
        Cloud::Azure => AZURE,
    }
}

/// The region with this code.
pub fn find(cloud: Cloud, code: &str) -> Option<&'static Region> {
    of(cloud).iter().find(|region| region.code == code)
}

/// The region that is meant when none is named.
pub fn default(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Aws => "us-east-1",
        Cloud::Gcp => "us-east1",
        Cloud::Azure => "east-us",
    }
}

#[rustfmt::skip]
static AWS: &[Region] = &[
    both("ca-central-1"),
    pro("ca-west-1"),
    pro("mx-central-1"),
    both("sa-east-1"),
    both("us-east-1"),
    both("us-east-2"),
    both("us-west-1"),
    both("us-west-2"),
    both("eu-central-1"),
    pro("eu-central-2"),
    both("eu-north-1"),
    pro("eu-south-1"),
    pro("eu-south-2"),
    both("eu-west-1"),
    both("eu-west-2"),
    both("eu-west-3"),
    both("ap-east-1"),
    pro("ap-east-2"),
    both("ap-northeast-1"),
    both("ap-northeast-2"),
    pro("ap-northeast-3"),
    both("ap-south-1"),
    pro("ap-south-2"),
    both("ap-southeast-1"),
    both("ap-southeast-2"),
    pro("ap-southeast-3"),
    pro("ap-southeast-4"),
    pro("ap-southeast-5"),
    pro("ap-southeast-6"),
    pro("ap-southeast-7"),
    both("af-south-1"),
    pro("il-central-1"),
    both("me-central-1"),
    both("me-south-1"),
];

#[rustfmt::skip]
static GCP: &[Region] = &[
    pro("northamerica-northeast1"),
    pro("northamerica-northeast2"),
    pro("northamerica-south1"),
    both("southamerica-east1"),
    pro("southamerica-west1"),
    both("us-central1"),
    both("us-east1"),
    both("us-east4"),
    pro("us-east5"),
    pro("us-south1"),
    both("us-west1"),
    both("us-west2"),
    pro("us-west3"),
    pro("us-west4"),
    pro("europe-central2"),
    pro("europe-north1"),
    pro("europe-north2"),
    pro("europe-southwest1"),
    both("europe-west1"),
    both("europe-west2"),
    both("europe-west3"),
    both("europe-west4"),
    pro("europe-west6"),
    pro("europe-west8"),
    pro("europe-west9"),
    pro("europe-west10"),
    pro("europe-west12"),
    both("asia-east1"),
    pro("asia-east2"),
    both("asia-northeast1"),
    pro("asia-northeast2"),
    pro("asia-northeast3"),
    both("asia-south1"),
    pro("asia-south2"),
    both("asia-southeast1"),
    both("asia-southeast2"),
    both("australia-southeast1"),
    pro("australia-southeast2"),
    pro("africa-south1"),
    pro("me-central1"),
    pro("me-central2"),
    pro("me-west1"),
];

#[rustfmt::skip]
static AZURE: &[Region] = &[
    essentials("east-us"),
    essentials("west-us"),
];
