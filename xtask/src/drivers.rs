// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every driver in the tree can be read about and installed: a README with the same headings everywhere, and a recipe of the layer.

use std::path::Path;

use crate::run::root;

/// What a field engineer looks for, in this order; there may be more between them.
const HEADINGS: [&str; 7] =
    ["Device", "Bus", "Signals and units", "Timing", "Failure behaviour", "Calibration", "Sources"];

/// Checks every folder of `drivers/`.
pub fn check() -> Result<(), String> {
    let folder = root().join("drivers");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut problems = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| error.to_string())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        problems
            .extend(described(&entry.path()).map(|problem| format!("drivers/{name}/README.md: {problem}")));
        let recipe = root()
            .join("yocto-layer/meta-ecmod/recipes-ecmod/drivers")
            .join(format!("ecmod-driver-{name}_{}.bb", env!("CARGO_PKG_VERSION")));
        let text = std::fs::read_to_string(&recipe).unwrap_or_default();
        if !text.contains(&format!("ECMOD_DRIVER = \"{name}\"")) {
            problems.push(format!("{} is missing or builds another driver", recipe.display()));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// What is wrong with a driver's README, if anything.
fn described(driver: &Path) -> Option<String> {
    let Ok(text) = std::fs::read_to_string(driver.join("README.md")) else {
        return Some("is missing".to_owned());
    };
    let mut headings = text.lines().filter_map(|line| line.strip_prefix("## ")).map(str::trim);
    HEADINGS.iter().find(|wanted| !headings.any(|heading| heading == **wanted)).map(|missing| {
        format!("has no heading \"{missing}\", or not in the usual order ({})", HEADINGS.join(", "))
    })
}
