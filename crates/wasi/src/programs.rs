//! The cache of programs: compiled once, kept on disk by content, kept in memory by file.
//!
//! A file is recognised by its host identity (device, inode, size, times), so that starting a known
//! program reads nothing; a file not seen before is hashed, and its compiled form is looked for on
//! disk under that hash and the engine's settings before anything is compiled.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use berth_kernel::file::Stat;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use wasmtime::component::{Component, Linker as ComponentLinker};
use wasmtime::{Engine, Linker, Module};
use wasmtime_wasi::p2::bindings::CommandPre;

use crate::guest::Guest;
use crate::limits;
use crate::program::{Inspection, PROCESS_DOOR, Program, ProgramError, Start};

/// What tells one state of a host file from another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct FileKey {
    device: u64,
    inode: u64,
    size: u64,
    modified_ns: u64,
    changed_ns: u64,
}

/// Content of a module's binary.
type ContentHash = [u8; 32];

/// The doors, as core modules and as components see them.
pub struct Linkers {
    /// For core modules.
    pub modules: Linker<Guest>,
    /// For components.
    pub components: ComponentLinker<Guest>,
}

/// The cache.
pub struct Programs {
    engine: Engine,
    linkers: Linkers,
    /// Where compiled programs lie. Only this server writes there.
    directory: PathBuf,
    /// Distinguishes compiled programs of engines with other settings or versions.
    engine_key: u64,
    loaded: Mutex<Loaded>,
    compiling: Semaphore,
}

#[derive(Default)]
struct Loaded {
    by_file: HashMap<FileKey, (Arc<Program>, Instant)>,
    by_content: HashMap<ContentHash, Arc<Program>>,
}

impl Programs {
    /// A cache over `directory`, which is made if need be.
    pub fn new(engine: &Engine, linkers: Linkers, directory: PathBuf) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)?;
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self {
            engine: engine.clone(),
            linkers,
            directory,
            engine_key: hasher.finish(),
            loaded: Mutex::default(),
            compiling: Semaphore::new(limits::COMPILATIONS_AT_ONCE),
        })
    }

    fn loaded(&self) -> MutexGuard<'_, Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The program in an open file. Compiles it if nobody did before, on threads that may block.
    pub async fn load(
        self: &Arc<Self>,
        file: OwnedFd,
        stat: &Stat,
    ) -> Result<Arc<Program>, ProgramError> {
        let key = FileKey {
            device: stat.device,
            inode: stat.inode,
            size: stat.size,
            modified_ns: stat.modified_ns,
            changed_ns: stat.changed_ns,
        };
        if let Some((program, used)) = self.loaded().by_file.get_mut(&key) {
            *used = Instant::now();
            return Ok(Arc::clone(program));
        }
        if stat.size > limits::PROGRAM_MAX_BYTES {
            return Err(ProgramError::TooBig {
                size: stat.size,
                limit: limits::PROGRAM_MAX_BYTES,
            });
        }
        // Waiting here is fair: the semaphore is a queue. Closing it never happens.
        let _permit = self.compiling.acquire().await.map_err(io::Error::other)?;
        let this = Arc::clone(self);
        let program = tokio::task::spawn_blocking(move || this.load_blocking(File::from(file)))
            .await
            .map_err(|error| ProgramError::Invalid(format!("the compiler failed: {error}")))??;
        let mut loaded = self.loaded();
        loaded
            .by_file
            .insert(key, (Arc::clone(&program), Instant::now()));
        loaded.forget_oldest();
        Ok(program)
    }

    /// Loads a program from a host path; for programs that come with the server.
    pub fn preload(&self, path: &Path) -> Result<Arc<Program>, ProgramError> {
        self.load_blocking(File::open(path)?)
    }

    fn load_blocking(&self, file: File) -> Result<Arc<Program>, ProgramError> {
        let mut binary = Vec::new();
        // One byte more than allowed shows a file that grew meanwhile.
        file.take(limits::PROGRAM_MAX_BYTES + 1)
            .read_to_end(&mut binary)?;
        if binary.len() as u64 > limits::PROGRAM_MAX_BYTES {
            return Err(ProgramError::TooBig {
                size: binary.len() as u64,
                limit: limits::PROGRAM_MAX_BYTES,
            });
        }
        let inspection = Inspection::of(&binary)?;
        let content: ContentHash = Sha256::digest(&binary).into();
        if let Some(program) = self.loaded().by_content.get(&content) {
            return Ok(Arc::clone(program));
        }
        let program = Arc::new(if inspection.component {
            self.component(&binary, &content)?
        } else {
            self.module(&binary, &content, &inspection)?
        });
        self.loaded()
            .by_content
            .insert(content, Arc::clone(&program));
        Ok(program)
    }

    fn module(
        &self,
        binary: &[u8],
        content: &ContentHash,
        inspection: &Inspection,
    ) -> Result<Program, ProgramError> {
        // Looked for before it is compiled: a large library would cost a minute to be refused.
        if !inspection.has_start {
            return Err(ProgramError::NoStart);
        }
        let module: Module = self.compiled(binary, content)?;
        Ok(Program {
            start: Start::Module(
                self.linkers
                    .modules
                    .instantiate_pre(&module)
                    .map_err(invalid)?,
            ),
            knows_process_door: module
                .imports()
                .any(|import| import.module() == PROCESS_DOOR),
            fork: inspection.fork_exports(&module),
        })
    }

    fn component(&self, binary: &[u8], content: &ContentHash) -> Result<Program, ProgramError> {
        let component: Component = self.compiled(binary, content)?;
        let linked = self.linkers.components.instantiate_pre(&component);
        Ok(Program {
            start: Start::Component(
                CommandPre::new(linked.map_err(invalid)?).map_err(|_| ProgramError::NoRun)?,
            ),
            // The preview2 door asks the running program what it knows.
            knows_process_door: false,
            fork: None,
        })
    }

    /// The compiled form, from disk or made now.
    fn compiled<T: Compiled>(
        &self,
        binary: &[u8],
        content: &ContentHash,
    ) -> Result<T, ProgramError> {
        if let Some(compiled) = self.stored(content) {
            return Ok(compiled);
        }
        let started = Instant::now();
        let compiled = T::compile(&self.engine, binary).map_err(invalid)?;
        tracing::debug!(
            bytes = binary.len(),
            milliseconds = started.elapsed().as_millis() as u64,
            "compiled"
        );
        if let Err(error) = self.store(content, &compiled) {
            tracing::warn!(%error, "a compiled program could not be kept; it will be compiled again");
        }
        Ok(compiled)
    }

    fn stored_path(&self, content: &ContentHash) -> PathBuf {
        let hash: String = content.iter().map(|byte| format!("{byte:02x}")).collect();
        self.directory
            .join(format!("{hash}-{:016x}.cwasm", self.engine_key))
    }

    fn stored<T: Compiled>(&self, content: &ContentHash) -> Option<T> {
        let path = self.stored_path(content);
        if !path.exists() {
            return None;
        }
        // SAFETY: wasmtime asks that the file was made by `serialize` of the same version and is
        // not changed while it is mapped. `store` is the only writer of this directory (mode
        // 0700); it writes under a temporary name and renames after fsync, so a file with this
        // name is whole; files are only ever unlinked, never rewritten. The name holds the
        // engine's settings, and wasmtime checks version and settings in the header again, and
        // whether it is a module or a component.
        #[allow(unsafe_code)]
        let module = unsafe { T::load(&self.engine, &path) };
        match module {
            Ok(module) => Some(module),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a kept program does not load and is compiled again");
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    fn store(&self, content: &ContentHash, compiled: &impl Compiled) -> io::Result<()> {
        let bytes = compiled
            .bytes()
            .map_err(|error| io::Error::other(format!("{error:#}")))?;
        self.make_room(bytes.len() as u64)?;
        let path = self.stored_path(content);
        let temporary = path.with_extension(format!("tmp-{}", std::process::id()));
        let written = (|| {
            let mut file = File::create(&temporary)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)
        })();
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// Unlinks the oldest compiled programs until `bytes` more fit. Programs in use stay mapped.
    fn make_room(&self, bytes: u64) -> io::Result<()> {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            files.push((metadata.modified()?, metadata.len(), entry.path()));
        }
        let mut used: u64 = files.iter().map(|(_, size, _)| size).sum();
        files.sort_unstable();
        for (_, size, path) in files {
            if used.saturating_add(bytes) <= limits::PROGRAMS_STORED_BYTES {
                break;
            }
            fs::remove_file(path)?;
            used -= size;
        }
        Ok(())
    }
}

fn invalid(error: wasmtime::Error) -> ProgramError {
    ProgramError::Invalid(format!("{error:#}"))
}

/// What modules and components have in common.
trait Compiled: Sized {
    fn compile(engine: &Engine, binary: &[u8]) -> wasmtime::Result<Self>;

    /// # Safety
    /// As `deserialize_file` of the type says.
    #[allow(unsafe_code)]
    unsafe fn load(engine: &Engine, path: &Path) -> wasmtime::Result<Self>;

    fn bytes(&self) -> wasmtime::Result<Vec<u8>>;
}

impl Compiled for Module {
    fn compile(engine: &Engine, binary: &[u8]) -> wasmtime::Result<Self> {
        Self::new(engine, binary)
    }

    #[allow(unsafe_code)]
    unsafe fn load(engine: &Engine, path: &Path) -> wasmtime::Result<Self> {
        // SAFETY: the caller's promise.
        unsafe { Self::deserialize_file(engine, path) }
    }

    fn bytes(&self) -> wasmtime::Result<Vec<u8>> {
        self.serialize()
    }
}

impl Compiled for Component {
    fn compile(engine: &Engine, binary: &[u8]) -> wasmtime::Result<Self> {
        Self::new(engine, binary)
    }

    #[allow(unsafe_code)]
    unsafe fn load(engine: &Engine, path: &Path) -> wasmtime::Result<Self> {
        // SAFETY: the caller's promise.
        unsafe { Self::deserialize_file(engine, path) }
    }

    fn bytes(&self) -> wasmtime::Result<Vec<u8>> {
        self.serialize()
    }
}

impl Loaded {
    /// Keeps at most [`limits::PROGRAMS_LOADED`] files, and no content that no file refers to.
    fn forget_oldest(&mut self) {
        if self.by_file.len() <= limits::PROGRAMS_LOADED {
            return;
        }
        let oldest = self
            .by_file
            .iter()
            .min_by_key(|(_, (_, used))| *used)
            .map(|(key, _)| *key);
        if let Some(key) = oldest {
            self.by_file.remove(&key);
        }
        let in_use: Vec<_> = self
            .by_file
            .values()
            .map(|(program, _)| Arc::as_ptr(program))
            .collect();
        self.by_content
            .retain(|_, program| in_use.contains(&Arc::as_ptr(program)));
    }
}
