// SPDX-License-Identifier: MIT OR Apache-2.0
//! The operator of a scenario in the harness: asks the core, and asks again while it refuses, as the runner does.

use super::tape::TapedCore;
use crate::scenario::{Action, OperatorMode};
use ecmod_control::{Mode, Request, StopState};
use ecmod_quantities::{GasLitresPerMinute, LitresPerMinute, Monotonic, Rpm, Span};
use std::collections::VecDeque;

/// How long one wish is asked for.
const LIMIT: Span = Span::from_secs(30);

/// What is still to be asked for, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Operator {
    wishes: VecDeque<(Span, Wish)>,
}

#[derive(Debug, Clone)]
enum Wish {
    One(Box<Request>),
    /// Both steps.
    Stop,
}

impl Operator {
    /// Takes an action into mind.
    pub(super) fn intend(&mut self, action: &Action, now: Span) {
        let until = Span(now.0.saturating_add(LIMIT.0));
        let mode = |mode| match mode {
            OperatorMode::Speed => Mode::Speed,
            OperatorMode::Flow => Mode::Flow,
            OperatorMode::ZeroFlow => Mode::ZeroFlow,
        };
        let one = |request| Wish::One(Box::new(request));
        let wishes = [
            action.mode.map(|wanted| one(Request::SetMode(mode(wanted)))),
            action.speed.map(|speed| one(Request::SetSpeed(Rpm(speed)))),
            action.flow.map(|flow| one(Request::SetFlow(LitresPerMinute(flow)))),
            action.sweep_gas.map(|flow| one(Request::SetSweepGasFlow(GasLitresPerMinute(flow)))),
            action.start.then_some(one(Request::Start)),
            action.stop.then_some(Wish::Stop),
        ];
        self.wishes.extend(wishes.into_iter().flatten().map(|wish| (until, wish)));
    }

    /// Asks for what comes next, until the core refuses one.
    pub(super) fn act(&mut self, core: &mut TapedCore, now: Monotonic, time: Span) {
        while let Some((until, wish)) = self.wishes.front().cloned() {
            if !done(core, wish, now) && time < until {
                return;
            }
            self.wishes.pop_front();
        }
    }
}

fn done(core: &mut TapedCore, wish: Wish, now: Monotonic) -> bool {
    match wish {
        Wish::One(request) => core.request(*request, now).is_ok(),
        Wish::Stop => {
            if core.request(Request::RequestStop, now).is_err() {
                return false;
            }
            let StopState::Pending { token, .. } = core.outputs().stop else { return false };
            core.request(Request::ConfirmStop { token }, now).is_ok()
        }
    }
}
