//! A root file system as a value: what is where, before it is written anywhere.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::guests::{Archive, Guest};

/// How many of the content hash's bytes stand in a directory's name.
const NAME_HASH_BYTES: usize = 8;

/// What stands at one path of an image.
#[derive(Debug)]
pub(crate) enum Node {
    /// A directory, mode 0755.
    Directory,
    /// A text file, mode 0644.
    File(&'static str),
    /// A file of bytes, mode 0644.
    Data(&'static [u8]),
    /// A text file that is a program, mode 0755.
    Script(&'static str),
    /// A program, mode 0755.
    Program(Guest),
    /// A directory with all that is in it.
    Archive(Archive),
    /// A symbolic link.
    Link(&'static str),
}

/// A whole root file system. Paths are relative to it and have no leading `/`.
#[derive(Debug, Default)]
pub(crate) struct Image {
    nodes: BTreeMap<String, Node>,
}

impl Image {
    /// Puts a node at a path, with the directories above it.
    pub fn put(&mut self, path: impl Into<String>, node: Node) {
        let path = path.into();
        for (slash, _) in path.match_indices('/') {
            self.nodes
                .entry(path[..slash].to_owned())
                .or_insert(Node::Directory);
        }
        self.nodes.insert(path, node);
    }

    /// Every path with what is there, a directory always before what is in it.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = (&str, &Node)> {
        self.nodes.iter().map(|(path, node)| (path.as_str(), node))
    }

    /// The names of everything directly in a directory, sorted.
    pub fn names_in(&self, directory: &str) -> Vec<&str> {
        self.nodes
            .keys()
            .filter_map(|path| path.strip_prefix(directory)?.strip_prefix('/'))
            .filter(|name| !name.contains('/'))
            .collect()
    }

    /// A short name for exactly this content: equal images, and only those, have equal names.
    pub fn content_name(&self) -> String {
        let mut hash = Sha256::new();
        for (path, node) in &self.nodes {
            let (kind, content): (u8, &[u8]) = match node {
                Node::Directory => (b'd', b""),
                Node::File(text) => (b'f', text.as_bytes()),
                Node::Data(bytes) => (b'f', bytes),
                Node::Script(text) => (b's', text.as_bytes()),
                Node::Archive(archive) => (b'a', &archive.digest),
                Node::Program(guest) => (b'p', &guest.digest),
                Node::Link(target) => (b'l', target.as_bytes()),
            };
            // Lengths first, so that no two images give the same bytes.
            for part in [path.as_bytes(), &[kind], content] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
        hash.finalize()
            .iter()
            .take(NAME_HASH_BYTES)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(nodes: &[(&str, &'static str)]) -> Image {
        let mut image = Image::default();
        for (path, text) in nodes {
            image.put(*path, Node::File(text));
        }
        image
    }

    #[test]
    fn a_directory_comes_before_what_is_in_it() {
        let image = image(&[("usr/share/doc/x", ""), ("etc/passwd", "")]);
        let paths: Vec<_> = image.nodes().map(|(path, _)| path).collect();
        assert_eq!(
            paths,
            [
                "etc",
                "etc/passwd",
                "usr",
                "usr/share",
                "usr/share/doc",
                "usr/share/doc/x"
            ]
        );
    }

    #[test]
    fn every_change_of_content_changes_the_name() {
        let names = [
            image(&[("a", "b")]).content_name(),
            image(&[("a", "c")]).content_name(),
            image(&[("ab", "")]).content_name(),
            image(&[("a", ""), ("b", "")]).content_name(),
        ];
        let different: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len());
        assert_eq!(image(&[("a", "b")]).content_name(), names[0]);
    }
}
