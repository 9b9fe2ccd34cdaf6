//! Carries what came in to the studio, in batches: a flood is a few messages a second to everybody else.

use std::{sync::Arc, time::Duration};

use indexmap::IndexMap;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};

use super::{Audience, crowd::Look, queue::Incoming};
use crate::protocol::NetworkState;

/// Between two batches.
const TICK: Duration = Duration::from_millis(400);
/// Every so many batches the crowd is looked at, and networks' counters are told.
const SLOW: u64 = 3;

/// A batch.
#[derive(Debug, Default)]
pub struct Arrivals {
    /// What was said and taken back, in order.
    pub voices: Vec<Incoming>,
    /// The networks, if they changed.
    pub networks: Option<IndexMap<String, NetworkState>>,
    /// The crowd.
    pub crowd: Option<Look>,
}

/// Runs until the studio takes no more. A studio that is slow is waited for: what comes meanwhile
/// waits in the intake, which is bounded.
pub async fn pump(audience: Audience, arrivals: mpsc::Sender<Arrivals>) {
    let Audience { intake, crowd, .. } = audience;
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told: Arc<IndexMap<String, NetworkState>> = Arc::default();
    let mut untold = None;
    for tick in 0u64.. {
        ticks.tick().await;
        let (voices, changed) = intake.take();
        untold = changed.or(untold);
        let slow = tick % SLOW == 0;
        let networks = untold.take_if(|networks| slow || stands_differ(&told, networks));
        if let Some(networks) = &networks {
            told = Arc::new(networks.clone());
        }
        let crowd = slow.then(|| crowd.look(Instant::now()));
        if voices.is_empty() && networks.is_none() && crowd.is_none() {
            continue;
        }
        if arrivals.send(Arrivals { voices, networks, crowd }).await.is_err() {
            return;
        }
    }
}

/// Whether more than counters changed.
fn stands_differ(one: &IndexMap<String, NetworkState>, other: &IndexMap<String, NetworkState>) -> bool {
    let stand = |map: &IndexMap<String, NetworkState>| -> Vec<_> {
        map.values().map(|state| (state.status, state.problem.clone(), state.retry_at)).collect()
    };
    stand(one) != stand(other)
}
