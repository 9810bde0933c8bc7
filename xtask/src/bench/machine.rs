// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the figures were measured on.

use serde_json::{Value, json};

/// Processors, kernel, memory; nothing that names the machine.
pub fn facts() -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |path: &str, key: &str| {
        let text = read(path);
        let line = text.lines().find_map(|line| line.strip_prefix(key).map(str::to_owned));
        line.map(|rest| rest.trim_start_matches([' ', '\t', ':', '=']).trim_matches('"').to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    // "#1 SMP PREEMPT_DYNAMIC ...": how the kernel preempts, without the time it was built
    let version = read("/proc/sys/kernel/version");
    let preemption = version.split_whitespace().find(|word| word.starts_with("PREEMPT"));
    json!({
        "cores": cores,
        "processor": field("/proc/cpuinfo", "model name"),
        "virtual": read("/proc/cpuinfo").contains(" hypervisor"),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "preemption": preemption,
        "system": field("/etc/os-release", "PRETTY_NAME"),
        "memory": field("/proc/meminfo", "MemTotal"),
        "load": read("/proc/loadavg").split_whitespace().next(),
    })
}
