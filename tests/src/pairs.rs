//! Every pair of answers, numbers, lists and text included, on several backgrounds.

use holdfast::Answers;
use holdfast::questions::{ALL, Entry, Kind, from_link};

/// What the other answers are while two differ.
pub const BACKGROUNDS: &[&str] = &[
    "",
    "plan=free",
    "plan=essentials",
    "plan=essentials-flex",
    "plan=pro",
    "plan=pro-flex",
    "plan=pro&survive=region&region-failover=automatic",
    "plan=pro&survive=region&write-regions=3&regions=us-east-1,eu-west-1,us-west-2&role=queue",
    "plan=pro&endpoint=privatelink&encryption=speed-first&data-loss=nothing",
    "survive=nothing&data-loss=everything&mistake=any&encryption=speed-first&networks=0&dataset=0.02&instances=1",
];

const ELEVEN: &str = "us-east-1,us-east-2,us-west-1,us-west-2,eu-west-1,eu-west-2,eu-west-3,eu-central-1,\
                      ap-south-1,ap-northeast-1,ap-southeast-1";
const EIGHT: &str = "Mon@1/4;Tue@1/4;Wed@1/4;Thu@1/4;Fri@1/4;Sat@1/4;Sun@1/4;Mon@12/4";
const HOSTILE: &str = "a\"\n`b'\\${x}</script>%s{{";

/// Answers that stand for all others: the ends of each range, what lies on both sides of a limit,
/// and what nobody should type.
pub fn representatives(entry: &Entry) -> Vec<String> {
    let chosen = match (&entry.question.kind, entry.question.id) {
        (Kind::Choice(choices), _) => choices.iter().map(|choice| choice.word).collect(),
        (Kind::Maybe(choices), _) => choices.iter().map(|choice| choice.word).chain([""]).collect(),
        (Kind::YesNo, _) => vec!["no", "yes"],
        (_, "deadline") => vec!["50", "299", "300", "2000", "60000"],
        (_, "regions") => {
            vec![
                "",
                "us-east-1",
                "ca-west-1",
                "us-east-1,eu-west-1",
                "eu-west-1,eu-west-1",
                "europe-west1",
                "nowhere-1",
                ELEVEN,
            ]
        }
        (_, "write-regions") => vec!["1", "2", "10", "11", "50"],
        (_, "networks") => vec!["0", "1", "4", "5", "16", "32", "33", "1000"],
        (_, "dataset") => vec!["0.01", "0.03", "1", "6", "12.5", "51", "300", "50000"],
        (_, "throughput") => vec!["1", "1000", "4001", "25001", "100000000"],
        (_, "instances") => vec!["1", "4", "120", "1000", "100000"],
        (_, "connections") => vec!["1", "10", "10000"],
        (_, "capabilities") => {
            vec!["", "json", "search", "time-series,probabilistic", "json,search,time-series,probabilistic"]
        }
        (_, "quiet-hours") => vec!["", "Tue+Fri@22/8;Sun@1/6", "Mon@24/4", "Mon@1/3", "Mon+Tue@1/4;Tue@9/4", EIGHT],
        (_, "port") => vec!["1", "9999", "10000", "19999", "65535"],
        (_, "name") => vec!["app", "", "1-", HOSTILE],
        (_, "host") => vec!["redis-12345.example.com", "", "a b", HOSTILE],
        (_, "user") => vec!["default", "", HOSTILE],
        (kind, _) => return of_kind(kind, (entry.show)(&Answers::default())),
    };
    chosen.into_iter().map(str::to_owned).collect()
}

/// For a question that has no list of its own above.
fn of_kind(kind: &Kind, default: String) -> Vec<String> {
    match kind {
        Kind::Whole { min, max, .. } => vec![min.to_string(), default, max.to_string()],
        Kind::Decimal { max, .. } => vec![default, max.to_string()],
        Kind::Words(choices) => choices.iter().map(|choice| choice.word.to_owned()).chain([String::new()]).collect(),
        _ => vec![default, String::new()],
    }
}

/// Does it for every pair of answers on every one of these backgrounds.
pub fn each_pair(backgrounds: &[&str], mut act: impl FnMut(&Answers)) {
    let values: Vec<(&Entry, Vec<String>)> = ALL.iter().map(|entry| (entry, representatives(entry))).collect();
    for background in backgrounds {
        let (background, unread) = from_link(background);
        assert_eq!(unread, []);
        for (i, (first, firsts)) in values.iter().enumerate() {
            for (second, seconds) in &values[i + 1..] {
                for one in firsts {
                    for other in seconds {
                        let mut answers = background.clone();
                        set(&mut answers, first, one);
                        set(&mut answers, second, other);
                        act(&answers);
                    }
                }
            }
        }
    }
}

fn set(answers: &mut Answers, entry: &Entry, text: &str) {
    answers.set(entry.question.id, text).unwrap_or_else(|error| panic!("{error}"));
}
