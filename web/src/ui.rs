//! Elements, written down one after the other.
//!
//! `html!` unrolls each element into hundreds of bytes where it stands. Here an element is a few small calls:
//! its name and class as `name.class`, then what it has and what stands in it, in that order.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::Event;
use yew::virtual_dom::{
    AttrValue, AttributeOrProperty, Attributes, Key, Listener, ListenerKind, VComp, VList, VTag, VText,
};
use yew::{Component, Context, Html, Properties};

use crate::app::{Link, Msg};

/// What is being written.
pub struct Ui<'a> {
    link: &'a Link,
    /// The elements that are not closed yet, the outermost first.
    open: Vec<Element>,
}

#[derive(Default)]
struct Element {
    /// Nothing for a group: its children stand in the element around it.
    tag: Option<VTag>,
    class: AttrValue,
    names: Vec<&'static str>,
    values: Vec<Option<AttributeOrProperty>>,
    children: Vec<Html>,
}

impl<'a> Ui<'a> {
    pub fn write(link: &'a Link, inside: impl FnOnce(&mut Self)) -> Html {
        let mut ui = Ui { link, open: vec![Element::default()] };
        inside(&mut ui);
        ui.take()
    }

    /// An element, `name` or `name.class`.
    #[inline(always)]
    pub fn el(&mut self, kind: &'static str, inside: impl FnOnce(&mut Self)) {
        self.open(kind);
        inside(self);
        self.close();
    }

    /// An element with nothing but a text.
    pub fn leaf(&mut self, kind: &'static str, text: &str) {
        self.el(kind, |ui| ui.text(text));
    }

    /// What is there more than once or not always: it takes one place among its neighbours, so that these keep
    /// theirs, and with it their focus and their folds.
    #[inline(always)]
    pub fn group(&mut self, inside: impl FnOnce(&mut Self)) {
        self.open.push(Element::default());
        inside(self);
        self.close();
    }

    /// A button that sends a message.
    pub fn button(&mut self, kind: &'static str, label: &str, msg: Msg) {
        self.el(kind, |ui| {
            ui.click(msg);
            ui.text(label);
        });
    }

    /// Opens an element; for where `el` does not fit.
    pub fn open(&mut self, kind: &'static str) {
        let (name, class) = kind.split_once('.').unwrap_or((kind, ""));
        self.open.push(Element { tag: Some(VTag::new(name)), class: class.into(), ..Element::default() });
        if name == "button" {
            // Else it would submit the form.
            self.attr("type", "button");
        }
    }

    /// Closes what was opened last.
    pub fn close(&mut self) {
        let closed = self.take();
        self.top().children.push(closed);
    }

    /// A stretch of the page that is drawn again only when what it shows has changed. Its neighbours are such, too.
    pub fn kept<T: PartialEq + 'static>(&mut self, key: &str, shown: T, draw: fn(&mut Ui, &T)) {
        let properties = Shown { what: Rc::new(Drawing { shown, draw }), link: self.link.clone() };
        self.top().children.push(VComp::new::<Stretch>(Rc::new(properties), Some(Key::from(key))).into());
    }

    pub fn text(&mut self, text: &str) {
        self.top().children.push(VText::new(shared(text)).into());
    }

    pub fn attr(&mut self, name: &'static str, value: &str) {
        self.put(name, AttributeOrProperty::Attribute(shared(value)));
    }

    /// An attribute that is there or not.
    pub fn flag(&mut self, name: &'static str, on: bool) {
        if on {
            self.attr(name, name);
        }
    }

    /// An attribute that says `true` or `false`.
    pub fn state(&mut self, name: &'static str, on: bool) {
        self.attr(name, if on { "true" } else { "false" });
    }

    /// A property of the element's object in the browser.
    pub fn property(&mut self, name: &'static str, value: &str) {
        self.put(name, AttributeOrProperty::Property(JsValue::from_str(value)));
    }

    /// Another class than the one that it was opened with.
    pub fn class(&mut self, class: &str) {
        self.top().class = shared(class);
    }

    pub fn key(&mut self, key: &str) {
        self.tag(|tag| tag.key = Some(Key::from(key)));
    }

    /// What stands in an input.
    pub fn value(&mut self, value: &str) {
        self.tag(|tag| tag.set_value(shared(value)));
    }

    /// Whether a radio button is the chosen one.
    pub fn checked(&mut self, checked: bool) {
        self.tag(|tag| tag.set_checked(checked));
    }

    /// Sends a message on a click.
    pub fn click(&mut self, msg: Msg) {
        self.on("click", move |_| Some(msg.clone()));
    }

    /// Sends what `answer` makes of an event.
    pub fn on(&mut self, event: &'static str, answer: impl Fn(Event) -> Option<Msg> + 'static) {
        self.listen(event, Box::new(answer));
    }

    fn listen(&mut self, event: &'static str, answer: Box<dyn Fn(Event) -> Option<Msg>>) {
        let link = self.link.clone();
        self.tag(|tag| tag.add_listener(Rc::new(On { event, link, answer })));
    }

    fn put(&mut self, name: &'static str, value: AttributeOrProperty) {
        let top = self.top();
        top.names.push(name);
        top.values.push(Some(value));
    }

    fn tag<T>(&mut self, change: impl FnOnce(&mut VTag) -> T) {
        self.top().tag.as_mut().map(change);
    }

    fn top(&mut self) -> &mut Element {
        self.open.last_mut().expect("the outermost group stays open to the end")
    }

    fn take(&mut self) -> Html {
        if !self.top().class.is_empty() {
            let class = std::mem::take(&mut self.top().class);
            self.put("class", AttributeOrProperty::Attribute(class));
        }
        let Element { tag, names, values, children, .. } = self.open.pop().unwrap_or_default();
        let children = VList::from(children).into();
        let Some(mut tag) = tag else { return children };
        tag.attributes = Attributes::Dynamic { keys: listed(names), values: values.into() };
        if let Some(inside) = tag.children_mut() {
            *inside = children;
        }
        tag.into()
    }
}

/// What a stretch shows, and how.
struct Drawing<T> {
    shown: T,
    draw: fn(&mut Ui, &T),
}

/// The same of any kind: there is one component for all of them.
trait Draw {
    fn draw(&self, ui: &mut Ui);
    fn shown(&self) -> &dyn Any;
    fn shows(&self, other: &dyn Any) -> bool;
}

impl<T: PartialEq + 'static> Draw for Drawing<T> {
    fn draw(&self, ui: &mut Ui) {
        (self.draw)(ui, &self.shown);
    }

    fn shown(&self) -> &dyn Any {
        &self.shown
    }

    fn shows(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(&self.shown)
    }
}

#[derive(Properties)]
struct Shown {
    what: Rc<dyn Draw>,
    link: Link,
}

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        self.what.shows(other.what.shown())
    }
}

struct Stretch;

impl Component for Stretch {
    type Message = ();
    type Properties = Shown;

    fn create(_: &Context<Self>) -> Self {
        Stretch
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        Ui::write(&ctx.props().link, |ui| ctx.props().what.draw(ui))
    }
}

thread_local! {
    /// Every list of names that elements have had: there are some dozens.
    static NAMES: RefCell<Vec<&'static [&'static str]>> = const { RefCell::new(Vec::new()) };
}

/// The one list of these names. Where the lists are one, Yew compares no names when the page changes.
fn listed(names: Vec<&'static str>) -> &'static [&'static str] {
    NAMES.with_borrow_mut(|all| {
        all.iter().copied().find(|known| *known == names).unwrap_or_else(|| {
            let list = names.leak();
            all.push(list);
            list
        })
    })
}

/// In one piece of memory; by way of a `String` it would take two.
fn shared(text: &str) -> AttrValue {
    AttrValue::Rc(Rc::from(text))
}

/// What happens on an event.
struct On {
    event: &'static str,
    link: Link,
    answer: Box<dyn Fn(Event) -> Option<Msg>>,
}

impl Listener for On {
    fn kind(&self) -> ListenerKind {
        // By its name: the list of all kinds that there are would come along with the others.
        ListenerKind::other(self.event.into())
    }

    fn handle(&self, event: Event) {
        if let Some(msg) = (self.answer)(event) {
            self.link.send_message(msg);
        }
    }

    fn passive(&self) -> bool {
        false
    }
}
