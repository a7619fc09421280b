//! The cases as the files have them.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// One case of a file, with what the whole file says.
pub struct Case {
    /// `builtins/echo: name of the case`, with ` (2)` behind it where a file has the name twice.
    pub id: String,
    pub spec: Spec,
    pub files: Vec<TestFile>,
}

/// What a case says about itself. What only their own shell needs is left out.
#[derive(Deserialize)]
pub struct Spec {
    pub name: String,
    #[serde(default)]
    pub args: Vec<Scalar>,
    #[serde(default)]
    pub removed_default_args: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, Scalar>,
    pub home_dir: Option<PathBuf>,
    #[serde(default)]
    pub pty: bool,
    pub stdin: Option<String>,
    #[serde(default)]
    pub ignore_exit_status: bool,
    #[serde(default)]
    pub ignore_stderr: bool,
    #[serde(default)]
    pub ignore_stdout: bool,
    #[serde(default)]
    pub ignore_whitespace: bool,
    #[serde(default)]
    pub test_files: Vec<TestFile>,
    pub timeout_in_seconds: Option<u64>,
}

#[derive(Clone, Deserialize)]
pub struct TestFile {
    pub path: PathBuf,
    #[serde(default)]
    pub contents: String,
    pub source_path: Option<PathBuf>,
    #[serde(default)]
    pub executable: bool,
}

#[derive(Deserialize)]
struct File {
    cases: Vec<Spec>,
    #[serde(default)]
    common_test_files: Vec<TestFile>,
}

/// A value written without quotes may look like a number.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    Integer(i64),
    Text(String),
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(formatter),
            Self::Text(text) => text.fmt(formatter),
        }
    }
}

impl Case {
    /// The case for somebody who looks into a difference.
    pub fn text(&self) -> String {
        let arguments: Vec<String> = self.spec.args.iter().map(Scalar::to_string).collect();
        format!(
            "arguments: {arguments:?}\n{}\n",
            self.spec.stdin.as_deref().unwrap_or_default()
        )
    }
}

/// All cases below a directory, in the order of their files' names.
pub fn read_all(directory: &Path) -> Vec<Case> {
    let mut paths = Vec::new();
    collect(directory, &mut paths);
    paths.sort();
    paths
        .iter()
        .flat_map(|path| read(directory, path))
        .collect()
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            paths.push(path);
        }
    }
}

fn read(directory: &Path, path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap();
    let file: File = serde_yaml_ng::from_str(&text)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let common: Vec<TestFile> = file
        .common_test_files
        .into_iter()
        .map(|common| with_contents(common, path))
        .collect();
    let stem = path.strip_prefix(directory).unwrap().with_extension("");
    let mut seen: HashMap<String, usize> = HashMap::new();
    file.cases
        .into_iter()
        .map(|mut spec| {
            let times = seen.entry(spec.name.clone()).or_default();
            *times += 1;
            let nth = if *times > 1 {
                format!(" ({times})")
            } else {
                String::new()
            };
            let mut files = common.clone();
            files.extend(
                std::mem::take(&mut spec.test_files)
                    .into_iter()
                    .map(|own| with_contents(own, path)),
            );
            Case {
                id: format!("{}: {}{nth}", stem.display(), spec.name),
                spec,
                files,
            }
        })
        .collect()
}

fn with_contents(mut file: TestFile, yaml: &Path) -> TestFile {
    if let Some(source) = &file.source_path {
        file.contents = std::fs::read_to_string(yaml.parent().unwrap().join(source)).unwrap();
    }
    file
}
