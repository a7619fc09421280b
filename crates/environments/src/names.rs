//! Reads the names a multi-call module answers to, out of the module itself.
//!
//! A module that is many programs (`coreutils`) carries a custom section `berth.names`: UTF-8 text, one name a
//! line. The module is thereby the only place that knows its programs, and no list can disagree with it.
//! Format of sections: WebAssembly core specification, "Binary Format, Modules".

/// The custom section's name.
const SECTION: &str = "berth.names";
/// Magic number and version of a core module.
const PREAMBLE: &[u8; 8] = b"\0asm\x01\0\0\0";
/// The id of custom sections.
const CUSTOM_SECTION_ID: u8 = 0;
/// Longest file name the kernel knows, in bytes.
const NAME_LIMIT_BYTES: usize = 255;

/// Why a module's names could not be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamesError {
    /// It does not begin like a core module.
    #[error("not a WebAssembly core module")]
    NotAModule,
    /// A section ends after the module does.
    #[error("a section is cut off")]
    Truncated,
    /// The list is not text.
    #[error("its list of names is not UTF-8")]
    NotText,
    /// A name that cannot be a file name.
    #[error("it lists a name that cannot be a file name: {0:?}")]
    BadName(String),
}

/// The names in the module's `berth.names` section, in the module's order; empty without such a section.
///
/// # Errors
/// [`NamesError`] when the bytes are no module or the list is not one of file names.
pub(crate) fn of_module(wasm: &[u8]) -> Result<Vec<&str>, NamesError> {
    let mut rest = wasm.strip_prefix(PREAMBLE).ok_or(NamesError::NotAModule)?;
    let mut names = Vec::new();
    while let Some((&id, after_id)) = rest.split_first() {
        let (section, after) = sized(after_id)?;
        rest = after;
        if id != CUSTOM_SECTION_ID {
            continue;
        }
        let (name, content) = sized(section)?;
        if name == SECTION.as_bytes() {
            let text = std::str::from_utf8(content).map_err(|_| NamesError::NotText)?;
            for name in text.lines() {
                names.push(checked(name)?);
            }
        }
    }
    Ok(names)
}

/// Takes a length (unsigned LEB128, 32 bits) and that many bytes from the front.
fn sized(bytes: &[u8]) -> Result<(&[u8], &[u8]), NamesError> {
    let mut length: u64 = 0;
    for (index, &byte) in bytes.iter().take(5).enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let length = usize::try_from(length).map_err(|_| NamesError::Truncated)?;
            return bytes[index + 1..]
                .split_at_checked(length)
                .ok_or(NamesError::Truncated);
        }
    }
    Err(NamesError::Truncated)
}

/// A name that may become a symbolic link in `/usr/bin`.
fn checked(name: &str) -> Result<&str, NamesError> {
    let is_file_name = !name.is_empty()
        && name.len() <= NAME_LIMIT_BYTES
        && !matches!(name, "." | "..")
        && !name.contains(['/', '\0']);
    if is_file_name {
        Ok(name)
    } else {
        Err(NamesError::BadName(name.to_owned()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A module that has a code-like section, a foreign custom section, and the given list.
    pub(crate) fn module_with_names(list: &[u8]) -> Vec<u8> {
        let mut module = PREAMBLE.to_vec();
        module.extend([1, 1, 0]); // an empty type section
        section(&mut module, b"producers", b"\0");
        section(&mut module, SECTION.as_bytes(), list);
        module
    }

    fn section(module: &mut Vec<u8>, name: &[u8], content: &[u8]) {
        let mut body = leb(name.len());
        body.extend(name);
        body.extend(content);
        module.push(CUSTOM_SECTION_ID);
        module.extend(leb(body.len()));
        module.extend(body);
    }

    fn leb(mut value: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    }

    #[test]
    fn a_multi_call_module_lists_its_programs() {
        let long = "x".repeat(200);
        let list = format!("ls\n[\n{long}\n");
        assert_eq!(
            of_module(&module_with_names(list.as_bytes())),
            Ok(vec!["ls", "[", long.as_str()])
        );
    }

    #[test]
    fn a_module_without_a_list_has_no_further_names() {
        assert_eq!(of_module(PREAMBLE), Ok(vec![]));
    }

    #[test]
    fn what_is_no_module_is_refused() {
        for bytes in [&b""[..], b"#!/bin/sh\n", b"\0asm\x0d\0\x01\0"] {
            assert_eq!(of_module(bytes), Err(NamesError::NotAModule));
        }
    }

    #[test]
    fn a_name_never_leaves_its_directory() {
        for name in ["..", ".", "", "a/b", "/etc/passwd"] {
            let list = format!("{name}\n");
            assert_eq!(
                of_module(&module_with_names(list.as_bytes())),
                Err(NamesError::BadName(name.to_owned()))
            );
        }
    }

    #[test]
    fn a_module_cut_short_is_refused() {
        let whole = module_with_names(b"ls\n");
        assert_eq!(
            of_module(&whole[..whole.len() - 1]),
            Err(NamesError::Truncated)
        );
    }

    proptest! {
        #[test]
        fn reading_arbitrary_bytes_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let _ = of_module(&bytes);
            let mut module = PREAMBLE.to_vec();
            module.extend(bytes);
            let _ = of_module(&module);
        }
    }
}
