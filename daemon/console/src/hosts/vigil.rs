// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tells a host that hangs from one that is only slow to be seen.
//!
//! A verdict needs two symptoms that come by different ways: the **heart** in shared memory does not beat, as the control thread sees it,
//! *and* the host says nothing through its **socket**, though it was asked, as the service thread hears it. One of them alone is said in
//! the log and nothing more comes of it. The verdict itself raises an alarm. It ends nobody: a host is restarted by its own
//! supervisor, which has a watchdog of its own on it, and whatever its device does goes on meanwhile.
//!
//! Time in which this task itself did not run is nobody's: every suspicion begins anew after it.

use std::sync::Arc;
use std::time::Duration;

use ecmod_control::{Fact, LinkHealth};
use ecmod_quantities::{Monotonic, Span};

use super::registry::{PortStatus, Registry};
use crate::clock;
use crate::service::Shared;

/// How often is looked.
const LOOK: Duration = Duration::from_millis(100);
/// A look that comes this much later than the one before was not made in time to judge others by it.
const STANDSTILL: Span = Span::from_millis(500);
/// A heart that has not beaten for this long makes the host be asked.
const SUSPECT: Span = Span::from_secs(1);
/// How long it may take to answer.
const ANSWER: Span = Span::from_secs(2);

/// What is thought of one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thought {
    /// Its heart beats, or it has none to beat.
    Well,
    /// Its heart does not beat; it was asked then.
    Asked(Monotonic),
    /// Both symptoms.
    Hung,
}

/// What a look leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Nothing,
    Ask,
    /// It hangs.
    Condemn,
    /// It did, and does not any more.
    Acquit,
}

/// One look at one host.
fn judge(thought: &mut Thought, port: &PortStatus, now: Monotonic) -> Action {
    let heart_beats = port.pid == 0 || now.since(port.last_moved) < SUSPECT;
    match *thought {
        Thought::Well if heart_beats => Action::Nothing,
        Thought::Well => {
            *thought = Thought::Asked(now);
            Action::Ask
        }
        Thought::Asked(_) if heart_beats => {
            *thought = Thought::Well;
            Action::Nothing
        }
        Thought::Asked(asked) if port.last_heard > asked => {
            // It answers: not hung. It is asked again in its own time.
            *thought = Thought::Well;
            Action::Nothing
        }
        Thought::Asked(asked) if now.since(asked) < ANSWER => Action::Nothing,
        Thought::Asked(_) => {
            *thought = Thought::Hung;
            Action::Condemn
        }
        Thought::Hung if heart_beats => {
            *thought = Thought::Well;
            Action::Acquit
        }
        Thought::Hung => Action::Nothing,
    }
}

/// Watches for ever.
pub(super) async fn keep(shared: Arc<Shared>) {
    let mut thoughts = vec![Thought::Well; shared.plan.ports.len()];
    let mut interval = tokio::time::interval(LOOK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut looked = clock::now();
    let mut number = 0_u64;
    loop {
        interval.tick().await;
        let now = clock::now();
        if now.since(looked) > STANDSTILL {
            // Nobody was looked at, or heard, meanwhile.
            thoughts.iter_mut().filter(|thought| **thought != Thought::Hung).for_each(|t| *t = Thought::Well);
        } else {
            look(&shared, &mut thoughts, &mut number, now);
        }
        looked = now;
    }
}

fn look(shared: &Shared, thoughts: &mut [Thought], number: &mut u64, now: Monotonic) {
    let mut to_ask = Vec::new();
    let mut registry = shared.registry();
    for (index, (port, thought)) in registry.ports.iter_mut().zip(thoughts).enumerate() {
        let (name, pid) = (port.name.as_str(), port.pid);
        match judge(thought, port, now) {
            Action::Nothing => {}
            Action::Ask => to_ask.push(index),
            Action::Condemn => {
                port.hung = true;
                tracing::error!(
                    event = "port.hung",
                    port = name,
                    pid,
                    "the port's host hangs: its heart does not beat and it does not answer; its supervisor is to start it again"
                );
            }
            Action::Acquit => {
                port.hung = false;
                tracing::info!(event = "port.not_hung", port = name, pid, "the port's host hangs no longer");
            }
        }
    }
    let any = registry.ports.iter().any(|port| port.hung);
    registry.healths(now).enumerate().for_each(|(index, health)| shared.board.set_driver(index, health));
    tell_links(shared, &registry, now);
    drop(registry);
    shared.board.set(Fact::HostHung, any);
    let guests = shared.guests();
    for port in to_ask {
        *number = number.wrapping_add(1);
        // A host that cannot be asked reports by itself once a second: that it does not is as good an answer.
        let _ = guests.get(&port).is_some_and(|guest| guest.questions.ping(*number));
    }
}

/// Tells the core how the links are, and the log which one it is that gets worse.
fn tell_links(shared: &Shared, registry: &Registry, now: Monotonic) {
    for (index, health) in registry.links(now).enumerate() {
        let was = shared.board.set_link(index, health);
        let is_sound = health == LinkHealth::Sound;
        if is_sound == (was == LinkHealth::Sound) {
            continue;
        }
        let Some(port) = registry.ports.get(index) else { continue };
        let name = port.name.as_str();
        if is_sound {
            tracing::info!(event = "port.link_sound", port = name, "the links of the port are well again");
            continue;
        }
        let worst = port.links.worst().filter(|worst| worst.health != LinkHealth::Sound);
        let device = worst.as_ref().map_or("", |worst| worst.name.as_str());
        let (failed, exchanges) = worst.as_ref().map_or((0, 0), |w| (w.recent.failed, w.recent.exchanges));
        tracing::warn!(
            event = "port.link_degraded",
            port = name,
            device,
            failed,
            exchanges,
            "the link gets worse: in ten minutes {failed} of {exchanges} exchanges failed, or its drivers begin anew too often; look at plug and cable"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::health::Failures;
    use crate::hosts::registry::PortState;
    use std::collections::BTreeMap;

    const fn at(ms: u64) -> Monotonic {
        Monotonic(1_000_000_000_000 + ms * 1_000_000)
    }

    fn port(moved: u64, heard: u64) -> PortStatus {
        PortStatus {
            name: "line".into(),
            kind: "serial",
            device: String::new(),
            state: PortState::Lost,
            pid: 7,
            written: ecmod_link::message::Written::InForce,
            connections: 1,
            counters: BTreeMap::new(),
            device_counters: BTreeMap::new(),
            links: crate::hosts::links::Links::default(),
            hung: false,
            last_moved: at(moved),
            standstills: Failures::default(),
            looks: (0, 0),
            last_heard: at(heard),
            latest_pid: Some(7),
        }
    }

    /// All actions of looks each 100 ms at a host whose heart and socket were last seen at these times.
    fn actions(until: u64, port: impl Fn(u64) -> PortStatus) -> Vec<(u64, Action)> {
        let mut thought = Thought::Well;
        let looks = (0..=until).step_by(100);
        let looked = looks.map(|ms| (ms, judge(&mut thought, &port(ms), at(ms))));
        looked.filter(|(_, action)| *action != Action::Nothing).collect()
    }

    #[test]
    fn a_host_with_both_symptoms_hangs_until_its_heart_beats() {
        let hung_until = |ms: u64| if ms < 8000 { port(0, 0) } else { port(ms, ms) };
        assert_eq!(
            actions(9000, hung_until),
            [(1000, Action::Ask), (3000, Action::Condemn), (8000, Action::Acquit)]
        );
    }

    #[test]
    fn one_symptom_alone_is_no_verdict() {
        let heart_only = actions(60_000, |ms| port(0, ms));
        assert!(heart_only.iter().all(|(_, action)| *action == Action::Ask), "{heart_only:?}");
        assert_eq!(actions(60_000, |ms| port(ms, 0)), [], "a host that says nothing and beats");
    }

    #[test]
    fn a_host_that_is_gone_does_not_hang() {
        assert_eq!(actions(10_000, |_| PortStatus { pid: 0, ..port(0, 0) }), []);
    }

    #[test]
    fn an_answer_at_the_last_moment_counts() {
        let late = |ms: u64| if ms < 2900 { port(0, 0) } else { port(0, 2900) };
        assert_eq!(actions(3500, late).last(), Some(&(3000, Action::Ask)));
    }
}
