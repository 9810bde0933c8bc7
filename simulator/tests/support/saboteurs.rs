// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drivers that do harm when they are told to, in the places of good ones: builds `simulator/saboteur` for each, and gives orders.

use super::places::binaries;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of drivers in which some obey orders. The others are the real ones.
pub struct Saboteurs {
    folder: tempfile::TempDir,
}

impl Saboteurs {
    /// In the places of these drivers, by the names that the configuration knows them by.
    pub fn in_place_of(drivers: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("ecmod-saboteurs-").tempdir().unwrap();
        for entry in std::fs::read_dir(binaries()).unwrap().flatten() {
            let name = entry.file_name();
            let is_driver = name
                .to_str()
                .is_some_and(|name| name.starts_with("libecmod_driver_") && name.ends_with(".so"));
            if is_driver {
                std::os::unix::fs::symlink(entry.path(), folder.path().join(name)).unwrap();
            }
        }
        let saboteurs = Self { folder };
        drivers.iter().for_each(|driver| saboteurs.build(driver));
        saboteurs
    }

    /// For the runner's `--driver-dir`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// From its next cycle on a driver does this.
    pub fn order(&self, driver: &str, order: &str) {
        let beside = self.orders(driver).with_extension("new");
        std::fs::write(&beside, order).unwrap();
        // At once, so that nobody reads half of it.
        std::fs::rename(beside, self.orders(driver)).unwrap();
    }

    /// From its next cycle on a driver is good again.
    pub fn dismiss(&self, driver: &str) {
        match std::fs::remove_file(self.orders(driver)) {
            // An order that was to be carried out once.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            other => other.unwrap(),
        }
    }

    /// Whether an order that was to be carried out once has been.
    pub fn is_done(&self, driver: &str) -> bool {
        !self.orders(driver).exists()
    }

    fn orders(&self, driver: &str) -> PathBuf {
        self.folder.path().join(format!("{driver}.orders"))
    }

    fn build(&self, driver: &str) {
        let file = format!("libecmod_driver_{}.so", driver.replace('-', "_"));
        let place = self.folder.path().join(&file);
        std::fs::remove_file(&place).expect("there is a driver of this name");
        let text = |name: &str, path: &Path| format!("-D{name}=\"{}\"", path.display());
        let simulator = Path::new(env!("CARGO_MANIFEST_DIR"));
        let status = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-I"])
            .arg(simulator.join("../plugin-api/include"))
            .arg(text("INNER", &binaries().join(&file)))
            .arg(text("ORDERS", &self.orders(driver)))
            .arg("-o")
            .arg(&place)
            .arg(simulator.join("saboteur/saboteur.c"))
            .status()
            .expect("a C compiler");
        assert!(status.success());
    }
}
