//! Taps as a person might make them: an index and bottles, put into a folder.

use berth_tap::{Bottle, Digest, Formula, INDEX, Index, PackedFile, TapName, bottle_path, pack};

use crate::{Person, Site};

/// A tap that is being made.
#[derive(Debug)]
pub struct Shelf {
    name: TapName,
    formulae: Vec<Formula>,
    bottles: Vec<(Digest, Vec<u8>)>,
}

/// A formula without a bottle.
pub fn formula(name: &str, version: &str, needs: &[&str]) -> Formula {
    Formula {
        name: name.parse().unwrap(),
        version: version.parse().unwrap(),
        description: format!("{name} of the tests"),
        homepage: "https://example.org/".to_owned(),
        licence: "MIT".to_owned(),
        aliases: Vec::new(),
        dependencies: needs.iter().map(|need| need.parse().unwrap()).collect(),
        programs: vec![name.parse().unwrap()],
        caveats: None,
        test: format!("{name} > out && test -s out"),
        origin: berth_tap::Origin {
            registry: berth_tap::Registry::Berth,
            package: name.to_owned(),
            version: version.to_owned(),
            sha256: None,
        },
        bottle: None,
    }
}

/// A program in `bin`.
pub fn program(name: &str, wasm: Vec<u8>) -> PackedFile {
    PackedFile {
        path: format!("bin/{name}"),
        content: wasm,
        executable: true,
    }
}

/// So many bytes that no archive makes smaller, where they are not linked into the prefix.
pub fn ballast(bytes: usize) -> PackedFile {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    PackedFile {
        path: "libexec/ballast".to_owned(),
        content: (0..bytes).map(|_| next()).collect(),
        executable: false,
    }
}

impl Shelf {
    /// An empty tap of this name.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.parse().unwrap(),
            formulae: Vec::new(),
            bottles: Vec::new(),
        }
    }

    /// Adds a formula whose bottle holds these files.
    #[must_use]
    pub fn with(self, formula: Formula, files: &[PackedFile]) -> Self {
        let packed = pack(&formula.name, &formula.version, files, Vec::new()).unwrap();
        let installed_size = files.iter().map(|file| file.content.len() as u64).sum();
        self.with_bottle(formula, packed, installed_size)
    }

    /// Adds a formula with these bytes for a bottle.
    #[must_use]
    pub fn with_bottle(mut self, formula: Formula, packed: Vec<u8>, installed_size: u64) -> Self {
        let bottle = Bottle {
            sha256: Digest::of(&packed),
            size: packed.len() as u64,
            installed_size,
        };
        self.bottles.push((bottle.sha256.clone(), packed));
        self.formulae.push(Formula {
            bottle: Some(bottle),
            ..formula
        });
        self
    }

    /// Changes one byte of the last bottle, and not what the index says of it.
    #[must_use]
    pub fn corrupted(mut self) -> Self {
        let (_, bytes) = self.bottles.last_mut().expect("a bottle");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        self
    }

    /// The index.
    pub fn index(&self) -> String {
        let index = Index::new(self.name.clone(), self.formulae.clone()).unwrap();
        index.to_text().unwrap()
    }

    /// Puts the tap into a folder, in place of what was there.
    #[track_caller]
    pub fn put(&self, person: &Person, folder: &str) {
        for (path, bytes) in self.files() {
            person.put(folder, &path, bytes).fine();
        }
    }

    /// Puts the tap onto a site, below this path, in place of what was there.
    pub fn publish(&self, site: &Site, below: &str) {
        for (path, bytes) in self.files() {
            site.put(&format!("{below}/{path}"), 200, "", bytes);
        }
    }

    /// Bottles, and the index last.
    fn files(&self) -> impl Iterator<Item = (String, Vec<u8>)> {
        let bottle = |(digest, bytes): &(Digest, Vec<u8>)| (bottle_path(digest), bytes.clone());
        let index = (INDEX.to_owned(), self.index().into_bytes());
        self.bottles.iter().map(bottle).chain([index])
    }
}
