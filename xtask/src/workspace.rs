//! What the checks look at: the members as `cargo metadata` sees them, and the files git would commit.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, MetadataCommand, Package, TargetKind};

/// The workspace, reduced to what the tasks need.
pub(crate) struct Workspace {
    /// The folder of the root manifest.
    pub(crate) root: PathBuf,
    /// Where cargo builds into.
    pub(crate) target: PathBuf,
    /// Every member, sorted by name.
    pub(crate) members: Vec<Member>,
}

/// One crate of the workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    /// Its Cargo.toml.
    pub(crate) manifest: PathBuf,
    /// The root source file of its library and of each of its binaries.
    pub(crate) entry_points: Vec<PathBuf>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One direct dependency, by the name of the package (not the name it may be renamed to).
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Whether only the tests, examples and benchmarks see it.
    pub(crate) dev: bool,
}

/// Reads the workspace this task was built from.
pub(crate) fn read() -> Result<Workspace> {
    let metadata = MetadataCommand::new()
        .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))
        .exec()
        .context("cargo metadata failed")?;
    let mut members: Vec<Member> = metadata.workspace_packages().into_iter().map(member).collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Workspace {
        root: metadata.workspace_root.clone().into_std_path_buf(),
        target: metadata.target_directory.into_std_path_buf(),
        members,
    })
}

fn member(package: &Package) -> Member {
    let is_entry_point = |kind: &TargetKind| matches!(kind, TargetKind::Lib | TargetKind::Bin | TargetKind::ProcMacro);
    Member {
        name: package.name.to_string(),
        manifest: package.manifest_path.clone().into_std_path_buf(),
        entry_points: package
            .targets
            .iter()
            .filter(|target| target.kind.iter().any(is_entry_point))
            .map(|target| target.src_path.clone().into_std_path_buf())
            .collect(),
        dependencies: package
            .dependencies
            .iter()
            .map(|d| Dependency { name: d.name.clone(), dev: d.kind == DependencyKind::Development })
            .collect(),
    }
}

impl Workspace {
    /// The path relative to the root, as it is shown in reports.
    pub(crate) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// Every file that is tracked by git or would be by the next `git add`, with its path relative to the root.
    pub(crate) fn files(&self) -> Result<Vec<String>> {
        let output = Command::new("git")
            .current_dir(&self.root)
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()
            .context("cannot run git; these checks look at the files git knows")?;
        if !output.status.success() {
            bail!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let mut files: Vec<String> = output
            .stdout
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty())
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .filter(|name| self.root.join(name).is_file())
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The texts among [`Workspace::files`] (what is not UTF-8 is no text), with their paths relative to the root.
    pub(crate) fn texts(&self) -> Result<Vec<(String, String)>> {
        let mut texts = Vec::new();
        for name in self.files()? {
            let bytes = std::fs::read(self.root.join(&name)).with_context(|| format!("cannot read {name}"))?;
            if let Ok(text) = String::from_utf8(bytes) {
                texts.push((name, text));
            }
        }
        Ok(texts)
    }
}
