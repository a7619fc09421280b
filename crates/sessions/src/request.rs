//! What a person asks for, and what becomes of it when every rule is kept.

use std::collections::BTreeMap;

use berth_gateway::Policy;
use berth_kernel::machine::Limits;
use berth_store::sessions::SessionType;
use serde::{Deserialize, Serialize};

use crate::environ;
use crate::error::{Fault, Invalid};
use crate::limits::{
    COMMAND_BYTES_MAX, CPU_SHARE_MAX, CPU_SHARE_MIN, LIFE_SECONDS_MAX, MEMORY_BYTES_DEFAULT,
    MEMORY_BYTES_MAX, MEMORY_BYTES_MIN, PROCESSES_DEFAULT, PROCESSES_MAX, SCRATCH_BYTES_DEFAULT,
    SCRATCH_BYTES_MAX, SCRATCH_BYTES_MIN,
};
use crate::mounts::MountRequest;
use crate::name::SessionName;

/// A session somebody wants to start.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionRequest {
    /// Its name; made up if absent.
    pub name: Option<String>,
    /// The environment it starts from; the server's default if absent.
    pub environment: Option<String>,
    /// What it is for.
    #[serde(rename = "type")]
    pub session_type: SessionType,
    /// The folders it sees; the owner's dot-folders come on top.
    pub mounts: Vec<MountRequest>,
    /// Environment variables on top of those every session has.
    pub environ: BTreeMap<String, String>,
    /// Its limits.
    pub resources: ResourcesRequest,
    /// Shell text that runs when it starts. A batch session must have one and ends with it.
    pub startup_command: Option<String>,
    /// It ends after this long without use, in seconds; never if absent.
    pub idle_timeout_seconds: Option<u64>,
    /// It ends after this long in any case, in seconds; never if absent.
    pub lifetime_seconds: Option<u64>,
}

impl Default for SessionRequest {
    fn default() -> Self {
        Self {
            name: None,
            environment: None,
            session_type: SessionType::Interactive,
            mounts: Vec::new(),
            environ: BTreeMap::new(),
            resources: ResourcesRequest::default(),
            startup_command: None,
            idle_timeout_seconds: None,
            lifetime_seconds: None,
        }
    }
}

/// The limits somebody asks for; what is absent gets its default.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ResourcesRequest {
    /// Linear memory of all its programs together, in bytes.
    pub memory_bytes: Option<u64>,
    /// Its weight among other sessions when cores are short. Recorded with the session.
    pub cpu_share: Option<f64>,
    /// Processes at one time.
    pub processes_max: Option<u64>,
    /// Bytes of its own `/home/work` and `/tmp` together.
    pub scratch_bytes: Option<u64>,
    /// How far it reaches into the network: at most as far as the server lets sessions.
    pub egress: Option<Policy>,
}

/// The limits a session has, as its row keeps them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Resources {
    pub memory_bytes: u64,
    pub cpu_share: f64,
    pub processes_max: u64,
    pub scratch_bytes: u64,
    pub egress: Policy,
}

impl Resources {
    /// What the kernel makes of them.
    pub fn limits(&self) -> Limits {
        Limits {
            processes_max: usize::try_from(self.processes_max).unwrap_or(usize::MAX),
            memory_bytes: self.memory_bytes,
            ..Limits::default()
        }
    }
}

/// A request without a fault, as far as it can be judged without looking anything up.
#[derive(Debug)]
pub(crate) struct Checked {
    pub name: Option<SessionName>,
    pub resources: Resources,
}

/// Judges a request, and tells everything that is wrong with it. `farthest`: what the server lets sessions reach.
pub(crate) fn check(request: &SessionRequest, farthest: Policy) -> Result<Checked, Invalid> {
    let mut invalid = Invalid::default();
    let name = request
        .name
        .as_deref()
        .and_then(|name| invalid.take("name", SessionName::new(name)));
    invalid.take("environ", environ::check(&request.environ));
    check_startup(request, &mut invalid);
    for (field, seconds) in [
        ("idle_timeout_seconds", request.idle_timeout_seconds),
        ("lifetime_seconds", request.lifetime_seconds),
    ] {
        if let Some(seconds) = seconds {
            invalid.take(field, within(seconds, 1, LIFE_SECONDS_MAX));
        }
    }
    let resources = check_resources(&request.resources, farthest, &mut invalid);
    invalid.or(Checked { name, resources })
}

fn check_startup(request: &SessionRequest, invalid: &mut Invalid) {
    let command = request.startup_command.as_deref();
    let field = "startup_command";
    if request.session_type == SessionType::Batch
        && command.is_none_or(|text| text.trim().is_empty())
    {
        invalid.add(field, Fault::BatchWithoutCommand);
    }
    if let Some(text) = command {
        invalid.take(field, check_text(text));
    }
}

/// Shell text that can be handed to a shell.
pub(crate) fn check_text(text: &str) -> Result<(), Fault> {
    if text.len() > COMMAND_BYTES_MAX {
        return Err(Fault::CommandTooLong);
    }
    if text.contains('\0') {
        Err(Fault::Nul)
    } else {
        Ok(())
    }
}

fn check_resources(
    wanted: &ResourcesRequest,
    farthest: Policy,
    invalid: &mut Invalid,
) -> Resources {
    let mut number = |field: &str, value: Option<u64>, default: u64, least: u64, most: u64| {
        let value = value.unwrap_or(default);
        invalid.take(&format!("resources.{field}"), within(value, least, most));
        value
    };
    let memory_bytes = number(
        "memory_bytes",
        wanted.memory_bytes,
        MEMORY_BYTES_DEFAULT,
        MEMORY_BYTES_MIN,
        MEMORY_BYTES_MAX,
    );
    let processes_max = number(
        "processes_max",
        wanted.processes_max,
        PROCESSES_DEFAULT,
        1,
        PROCESSES_MAX,
    );
    let scratch_bytes = number(
        "scratch_bytes",
        wanted.scratch_bytes,
        SCRATCH_BYTES_DEFAULT,
        SCRATCH_BYTES_MIN,
        SCRATCH_BYTES_MAX,
    );
    let cpu_share = wanted.cpu_share.unwrap_or(1.0);
    // Written so that NaN is refused, too.
    if !(CPU_SHARE_MIN..=CPU_SHARE_MAX).contains(&cpu_share) {
        invalid.add("resources.cpu_share", Fault::CpuShare);
    }
    let egress = wanted.egress.unwrap_or(farthest);
    if egress > farthest {
        invalid.add("resources.egress", Fault::Egress { farthest });
    }
    Resources {
        memory_bytes,
        cpu_share,
        processes_max,
        scratch_bytes,
        egress,
    }
}

fn within(value: u64, least: u64, most: u64) -> Result<(), Fault> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(Fault::OutOfRange { least, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(request: &SessionRequest) -> Vec<String> {
        check(request, Policy::List)
            .err()
            .map(|invalid| invalid.fields().map(str::to_owned).collect())
            .unwrap_or_default()
    }

    #[test]
    fn nothing_at_all_is_a_session_with_defaults() {
        let request: SessionRequest = serde_json::from_str("{}").unwrap();
        let checked = check(&request, Policy::Public).unwrap();
        assert_eq!(checked.resources.egress, Policy::Public);
        assert!(checked.name.is_none());
        assert_eq!(checked.resources.memory_bytes, MEMORY_BYTES_DEFAULT);
        assert_eq!(checked.resources.limits().processes_max, 64);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let request: SessionRequest = serde_json::from_str(
            r#"{"name": "a/b", "type": "batch", "environ": {"1": ""}, "idle_timeout_seconds": 0,
                "lifetime_seconds": 99999999999,
                "resources": {"memory_bytes": 1, "cpu_share": -1.0, "processes_max": 0, "scratch_bytes": 0,
                              "egress": "public"}}"#,
        )
        .unwrap();
        assert_eq!(
            fields(&request),
            [
                "name",
                "environ",
                "startup_command",
                "idle_timeout_seconds",
                "lifetime_seconds",
                "resources.memory_bytes",
                "resources.processes_max",
                "resources.scratch_bytes",
                "resources.cpu_share",
                "resources.egress",
            ]
        );
    }

    #[test]
    fn limits_hold_at_their_ends() {
        let with = |memory_bytes, cpu_share| SessionRequest {
            resources: ResourcesRequest {
                memory_bytes: Some(memory_bytes),
                cpu_share: Some(cpu_share),
                ..ResourcesRequest::default()
            },
            ..SessionRequest::default()
        };
        assert!(fields(&with(MEMORY_BYTES_MIN, CPU_SHARE_MAX)).is_empty());
        assert!(fields(&with(MEMORY_BYTES_MAX, CPU_SHARE_MIN)).is_empty());
        assert_eq!(
            fields(&with(MEMORY_BYTES_MAX + 1, 1.0)),
            ["resources.memory_bytes"]
        );
        assert_eq!(
            fields(&with(MEMORY_BYTES_MIN, f64::NAN)),
            ["resources.cpu_share"]
        );
    }
}
