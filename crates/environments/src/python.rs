//! The environments `python-*`: `base` with a CPython, its library and pip.

use crate::guests::{Guest, Python};
use crate::image::{Image, Node};

/// What Debian's pip does: installs go to the user's own directory, and nobody is told of newer releases.
const PIP_CONFIGURATION: &str = include_str!("../python/etc/pip.conf");
/// The program `pip`.
const PIP: &str = include_str!("../python/pip");

/// Adds an interpreter to the image of `base`.
pub(crate) fn add(image: &mut Image, python: &Python) {
    let name = format!("python{}", python.version);
    let program = Guest {
        name: "python",
        ..python.program
    };
    image.put(format!("usr/bin/{name}"), Node::Program(program));
    image.put("usr/bin/python3", Node::Link(python.name));
    image.put("usr/bin/python", Node::Link("python3"));
    image.put("usr/bin/pip3", Node::Script(PIP));
    image.put("usr/bin/pip", Node::Link("pip3"));
    image.put(format!("usr/bin/pip{}", python.version), Node::Link("pip3"));
    image.put("etc/pip.conf", Node::File(PIP_CONFIGURATION));
    image.put(format!("usr/lib/{name}"), Node::Archive(python.library));
}
