//! A file of the browser as a stream of bytes, read in slices; after each of them the page hears how far it is.

use std::io::{self, Read};

use js_sys::{Function, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::{Blob, File, FileReaderSync};

/// Bytes that are read at once.
pub const SLICE: usize = 1 << 20;

/// How much of all files was read, told to the page.
pub struct Progress<'a> {
    say: &'a Function,
    done: f64,
    total: f64,
}

impl<'a> Progress<'a> {
    pub fn new(files: &[File], say: &'a Function) -> Self {
        Progress { say, done: 0.0, total: files.iter().map(|file| file.size()).sum() }
    }

    fn add(&mut self, bytes: f64) {
        self.done += bytes;
        // A page that does not listen is no reason to stop.
        let _ = self.say.call2(&JsValue::NULL, &self.done.into(), &self.total.into());
    }
}

/// One file.
pub struct Slices<'a, 'p> {
    file: &'a Blob,
    at: f64,
    progress: &'a mut Progress<'p>,
}

impl<'a, 'p> Slices<'a, 'p> {
    pub fn new(file: &'a Blob, progress: &'a mut Progress<'p>) -> Self {
        Slices { file, at: 0.0, progress }
    }
}

impl Read for Slices<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() || self.at >= self.file.size() {
            return Ok(0);
        }
        let unreadable = |_: JsValue| io::Error::other("the browser could not read it");
        let end = self.at + into.len().min(SLICE) as f64;
        let slice = self.file.slice_with_f64_and_f64(self.at, end).map_err(unreadable)?;
        let buffer = FileReaderSync::new().and_then(|reader| reader.read_as_array_buffer(&slice));
        let buffer: JsValue = buffer.map_err(unreadable)?.into();
        let bytes = Uint8Array::new(&buffer);
        let read = bytes.length() as usize;
        let place = into.get_mut(..read).ok_or_else(|| io::Error::other("the file grew"))?;
        bytes.copy_to(place);
        self.at += read as f64;
        self.progress.add(read as f64);
        Ok(read)
    }
}
