//! SHA-256 of bytes and of a file.
use crate::ffi::{bytes, guard, path, Message};
use sha2::{Digest, Sha256};
use std::ffi::c_char;
use std::io::Read;

unsafe fn write_digits(hash: Sha256, digits: *mut c_char) {
    let text: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    std::ptr::copy_nonoverlapping(text.as_ptr(), digits.cast(), 64);
    *digits.add(64) = 0;
}

#[no_mangle]
unsafe extern "C" fn laurel_sha256(
    data: *const c_char,
    size: usize,
    digits: *mut c_char,
) -> Message {
    guard(|| {
        write_digits(Sha256::new_with_prefix(bytes(data, size)), digits);
        Ok(())
    })
}

#[no_mangle]
unsafe extern "C" fn laurel_sha256_of_file(file: *const c_char, digits: *mut c_char) -> Message {
    guard(|| {
        let mut file = std::fs::File::open(path(file)).map_err(|e| e.to_string())?;
        let (mut hash, mut block) = (Sha256::new(), vec![0; 1 << 16]);
        loop {
            match file.read(&mut block).map_err(|e| e.to_string())? {
                0 => break,
                n => hash.update(&block[..n]),
            }
        }
        write_digits(hash, digits);
        Ok(())
    })
}
