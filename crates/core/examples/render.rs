//! Writes a project: `render OUT [LINK]`, for working on templates.
fn main() {
    let mut args = std::env::args().skip(1);
    let out = args.next().expect("render OUT [LINK]");
    let (answers, unread) = holdfast::questions::from_link(&args.next().unwrap_or_default());
    assert!(unread.is_empty(), "{unread:?}");
    for file in holdfast::clients::project(&answers) {
        let path = std::path::Path::new(&out).join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.text).unwrap();
    }
}
