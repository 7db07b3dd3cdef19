//! Everything that touches the browser: the address, the clipboard, a download, the theme, the focus.

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, Clipboard, Document, Element, HtmlAnchorElement, HtmlElement, RequestCache, RequestInit,
    Response, Url, Window,
};
use yew::Callback;

pub fn window() -> Option<Window> {
    web_sys::window()
}

fn document() -> Option<Document> {
    window()?.document()
}

/// The first element that a selector finds.
pub fn find(selector: &str) -> Option<Element> {
    document()?.query_selector(selector).ok().flatten()
}

/// The fragment of the address, as it is written there.
pub fn fragment() -> String {
    window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

/// Writes the fragment, as a step that the way back undoes or in place of the last one.
pub fn set_fragment(fragment: &str, step: bool) {
    if let Some(history) = window().and_then(|window| window.history().ok()) {
        let fragment = format!("#{fragment}");
        // Browsers refuse when it is called too often; the next change writes it again.
        let _ = if step {
            history.push_state_with_url(&JsValue::NULL, "", Some(&fragment))
        } else {
            history.replace_state_with_url(&JsValue::NULL, "", Some(&fragment))
        };
    }
}

/// The whole address.
pub fn address() -> String {
    window().and_then(|window| window.location().href().ok()).unwrap_or_default()
}

/// Prints the page, or its runbook alone.
pub fn print(runbook: bool) {
    let (Some(window), Some(root)) = (window(), find(":root")) else { return };
    if runbook {
        let _ = root.set_attribute("data-print", "runbook");
    }
    let _ = window.print();
    let _ = root.remove_attribute("data-print");
}

/// Copies a text and says whether that was allowed: it is not without TLS, or when the user said no.
pub fn copy(text: &str, done: Callback<bool>) {
    let navigator = window().map(|window| window.navigator());
    let clipboard = navigator.and_then(|it| Reflect::get(&it, &"clipboard".into()).ok());
    let Some(clipboard) = clipboard.filter(JsValue::is_object) else { return done.emit(false) };
    let refused = done.clone();
    let copied = Closure::once(move |_: JsValue| done.emit(true));
    let failed = Closure::once(move |_: JsValue| refused.emit(false));
    let _ = clipboard.unchecked_into::<Clipboard>().write_text(text).then2(&copied, &failed);
    // The browser calls exactly one of them, some time later.
    copied.forget();
    failed.forget();
}

/// Gets two texts of this page's own at the same time; nothing for one where that fails.
pub fn fetch(paths: [String; 2], done: Callback<[Option<String>; 2]>) {
    let [one, other] = paths.map(|path| asked(&path));
    yew::platform::spawn_local(async move { done.emit([text(one).await, text(other).await]) });
}

fn asked(path: &str) -> Option<Promise> {
    // An older version's text would not fit: the browser asks whether its copy still holds.
    let options = RequestInit::new();
    options.set_cache(RequestCache::NoCache);
    Some(window()?.fetch_with_str_and_init(path, &options))
}

async fn text(asked: Option<Promise>) -> Option<String> {
    let response = JsFuture::from(asked?).await.ok()?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

/// Hands bytes to the user as a file.
pub fn download(name: &str, bytes: &[u8], kind: &str) -> Option<()> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let parts = Array::of1(&js_sys::Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
    let address = Url::create_object_url_with_blob(&blob).ok()?;
    let anchor: HtmlAnchorElement = document()?.create_element("a").ok()?.unchecked_into();
    anchor.set_href(&address);
    anchor.set_download(name);
    anchor.click();
    // The address lives until the page does: revoking it now would race with the download.
    Some(())
}

/// Whether the page is dark now, by choice or after the system.
pub fn is_dark() -> bool {
    let system = || window()?.match_media("(prefers-color-scheme: dark)").ok()?.map(|query| query.matches());
    match find(":root").and_then(|root| root.get_attribute("data-theme")) {
        Some(theme) => theme == "dark",
        None => system().unwrap_or(false),
    }
}

/// Changes from light to dark and back, and keeps the choice.
pub fn switch_theme() {
    let theme = if is_dark() { "light" } else { "dark" };
    if let Some(root) = find(":root") {
        let _ = root.set_attribute("data-theme", theme);
    }
    if let Some(storage) = window().and_then(|window| window.local_storage().ok().flatten()) {
        let _ = storage.set_item("theme", theme);
    }
}

/// Scrolls to an element, opens the folds around it, gives it the focus, and says whether it is in the result.
pub fn go_to(selector: &str) -> bool {
    let Some(element) = find(selector) else { return false };
    let mut fold = element.closest("details").ok().flatten();
    while let Some(details) = fold {
        let _ = details.set_attribute("open", "");
        fold = details.parent_element().and_then(|parent| parent.closest("details").ok().flatten());
    }
    element.scroll_into_view();
    focus(selector);
    element.closest("#result").is_ok_and(|result| result.is_some())
}

/// Gives an element the focus.
pub fn focus(selector: &str) {
    if let Some(Ok(element)) = find(selector).map(Element::dyn_into::<HtmlElement>) {
        let _ = element.focus();
    }
}
