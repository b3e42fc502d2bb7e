//! FFI helpers for every exported function: borrowed inputs, owned outputs, errors as messages.
use std::ffi::{c_char, CStr, CString};
use std::panic::{catch_unwind, set_hook, AssertUnwindSafe};

pub type Message = *mut c_char;

#[repr(C)]
pub struct Bytes {
    pub data: *mut c_char,
    pub size: usize,
}

#[repr(C)]
pub struct Ids {
    pub data: *mut i32,
    pub size: usize,
}

#[repr(C)]
pub struct Ranges {
    pub data: *mut usize,
    pub size: usize,
}

/// Panics print nothing from here on, in the whole process: their messages carry what the hook would.
#[no_mangle]
pub extern "C" fn laurel_silence_panics() {
    set_hook(Box::new(|_| {}));
}

/// Runs `body`; an error or a panic becomes a message, success becomes NULL.
pub fn guard(body: impl FnOnce() -> Result<(), String>) -> Message {
    let text = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return std::ptr::null_mut(),
        Ok(Err(text)) => text,
        Err(panic) => panic_text(panic),
    };
    CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default().into_raw()
}

/// What a caught panic says.
pub fn panic_text(panic: Box<dyn std::any::Any + Send>) -> String {
    let reason = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string()));
    format!("internal error: {}", reason.unwrap_or_default())
}

/// For functions that cannot fail: a panic becomes `fallback`.
pub fn guard_or<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}

/// # Safety
/// `data` points to `size` readable bytes, or `size` is 0.
pub unsafe fn bytes<'a>(data: *const c_char, size: usize) -> &'a [u8] {
    if size == 0 {
        return &[];
    }
    std::slice::from_raw_parts(data.cast(), size)
}

/// # Safety
/// As `bytes`.
pub unsafe fn text<'a>(data: *const c_char, size: usize) -> Result<&'a str, String> {
    std::str::from_utf8(bytes(data, size))
        .map_err(|e| format!("found bytes that are not UTF-8 at byte {}", e.valid_up_to()))
}

/// # Safety
/// `path` is NUL-terminated.
pub unsafe fn path<'a>(path: *const c_char) -> &'a std::path::Path {
    use std::os::unix::ffi::OsStrExt;
    std::path::Path::new(std::ffi::OsStr::from_bytes(CStr::from_ptr(path).to_bytes()))
}

fn into_raw<T>(values: Vec<T>) -> *mut T {
    Box::into_raw(values.into_boxed_slice()).cast()
}

unsafe fn drop_raw<T>(data: *mut T, size: usize) {
    if !data.is_null() {
        drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(data, size)));
    }
}

impl Bytes {
    pub fn none() -> Self {
        Bytes { data: std::ptr::null_mut(), size: 0 }
    }

    pub fn from_string(value: String) -> Self {
        Bytes::from_vec(value.into_bytes())
    }

    pub fn from_vec(value: Vec<u8>) -> Self {
        Bytes { size: value.len(), data: into_raw(value).cast() }
    }
}

impl Ids {
    pub fn from_u32(ids: &[u32]) -> Self {
        Ids::from_vec(ids.to_vec())
    }

    pub fn from_vec(ids: Vec<u32>) -> Self {
        Ids { size: ids.len(), data: into_raw(ids).cast() } // freed as i32, which has the same layout
    }
}

impl Ranges {
    pub fn from_pairs(pairs: &[(usize, usize)]) -> Self {
        let flat: Vec<usize> = pairs.iter().flat_map(|&(begin, end)| [begin, end]).collect();
        Ranges { size: pairs.len(), data: into_raw(flat) }
    }
}

#[no_mangle]
unsafe extern "C" fn laurel_message_free(message: Message) {
    if !message.is_null() {
        drop(CString::from_raw(message));
    }
}

#[no_mangle]
unsafe extern "C" fn laurel_bytes_free(value: Bytes) {
    drop_raw(value.data.cast::<u8>(), value.size);
}

#[no_mangle]
unsafe extern "C" fn laurel_ids_free(ids: Ids) {
    drop_raw(ids.data, ids.size);
}

#[no_mangle]
unsafe extern "C" fn laurel_ranges_free(ranges: Ranges) {
    drop_raw(ranges.data, 2 * ranges.size);
}
