//! How much of each lane may be under way at once. Every lane has slots of its own, so that a vendor who hangs fills its
//! lane and no other.

use countersign_domain::effect::Lane;
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// How many effects that were claimed on the way may be under way beyond a lane's slots, for each slot. They hold a
/// lease already, so they do not wait for a slot; but there is an end to it.
const BEYOND: usize = 4;

/// The slots of one lane.
struct Slots {
    /// For what is claimed from the queue, and for what follows where one is free.
    own: Arc<Semaphore>,
    /// For what follows where none is.
    beyond: Arc<Semaphore>,
}

/// The slots of every lane.
pub(crate) struct Lanes {
    system: Slots,
    channel: Slots,
    desk: Slots,
    timer: Slots,
    each: usize,
    freed: Arc<Notify>,
}

/// The right to act on one effect of a lane; given back when dropped.
pub(crate) struct Slot {
    permit: Option<OwnedSemaphorePermit>,
    freed: Arc<Notify>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        drop(self.permit.take());
        self.freed.notify_one();
    }
}

/// Free slots that were set aside for one claim: what it does not use is free again when this is dropped.
pub(crate) struct Reserved {
    lanes: Vec<(Lane, OwnedSemaphorePermit)>,
    freed: Arc<Notify>,
}

impl Reserved {
    /// The lanes they are of.
    pub(crate) fn lanes(&self) -> Vec<Lane> {
        self.lanes.iter().map(|(lane, _)| *lane).collect()
    }

    /// How many effects may be claimed: as many as there is room for even if all of them are of one lane.
    pub(crate) fn room(&self) -> usize {
        self.lanes.iter().map(|(_, permits)| permits.num_permits()).min().unwrap_or(0)
    }

    /// One slot of a lane.
    pub(crate) fn slot(&mut self, lane: Lane) -> Option<Slot> {
        let (_, permits) = self.lanes.iter_mut().find(|(known, _)| *known == lane)?;
        Some(Slot { permit: Some(permits.split(1)?), freed: Arc::clone(&self.freed) })
    }
}

impl Lanes {
    /// So many slots for each lane.
    pub(crate) fn new(each: usize) -> Self {
        let slots = || Slots {
            own: Arc::new(Semaphore::new(each)),
            beyond: Arc::new(Semaphore::new(each.saturating_mul(BEYOND).min(Semaphore::MAX_PERMITS))),
        };
        Self { system: slots(), channel: slots(), desk: slots(), timer: slots(), each, freed: Arc::new(Notify::new()) }
    }

    fn of(&self, lane: Lane) -> &Slots {
        match lane {
            Lane::System => &self.system,
            Lane::Channel => &self.channel,
            Lane::Desk => &self.desk,
            Lane::Timer => &self.timer,
        }
    }

    fn free(&self, lane: Lane) -> usize {
        self.of(lane).own.available_permits()
    }

    /// Whether any of these lanes has a free slot.
    pub(crate) fn has_room(&self, lanes: &BTreeSet<Lane>) -> bool {
        lanes.iter().any(|lane| self.free(*lane) > 0)
    }

    /// Waits until a slot was given back; one that was while nobody waited counts.
    pub(crate) async fn freed(&self) {
        self.freed.notified().await;
    }

    /// The free slots of these lanes for one claim after another: lanes with room enough share one, so that idling costs
    /// one; a lane that is nearly full has its own, because it would make the shared one small.
    pub(crate) fn reserve(&self, lanes: &BTreeSet<Lane>) -> Vec<Reserved> {
        let (roomy, narrow): (Vec<_>, Vec<_>) =
            lanes.iter().copied().partition(|lane| self.free(*lane) > self.each.saturating_mul(3) / 4);
        let groups = std::iter::once(roomy).chain(narrow.into_iter().map(|lane| vec![lane]));
        groups.map(|lanes| self.set_aside(&lanes)).filter(|reserved| reserved.room() > 0).collect()
    }

    fn set_aside(&self, lanes: &[Lane]) -> Reserved {
        let lanes = lanes.iter().filter_map(|lane| Some((*lane, self.all_free(*lane)?))).collect();
        Reserved { lanes, freed: Arc::clone(&self.freed) }
    }

    fn all_free(&self, lane: Lane) -> Option<OwnedSemaphorePermit> {
        let mut all = Arc::clone(&self.of(lane).own).try_acquire_owned().ok()?;
        while let Ok(one) = Arc::clone(&self.of(lane).own).try_acquire_owned() {
            all.merge(one);
        }
        Some(all)
    }

    /// A slot for an effect that was claimed on the way, beyond the lane's own where those are taken; `None`: far too
    /// much of this lane is under way.
    pub(crate) fn slot(&self, lane: Lane) -> Option<Slot> {
        let slots = self.of(lane);
        let own = Arc::clone(&slots.own).try_acquire_owned();
        let permit = own.or_else(|_| Arc::clone(&slots.beyond).try_acquire_owned()).ok()?;
        Some(Slot { permit: Some(permit), freed: Arc::clone(&self.freed) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> BTreeSet<Lane> {
        Lane::ALL.into()
    }

    fn taken(lanes: &Lanes, lane: Lane, many: usize) -> Vec<Slot> {
        (0..many).filter_map(|_| lanes.slot(lane)).collect()
    }

    #[test]
    fn idle_lanes_share_one_claim() {
        let lanes = Lanes::new(8);
        let reserved = lanes.reserve(&all());
        assert_eq!(reserved.len(), 1);
        assert_eq!((reserved[0].lanes(), reserved[0].room()), (Lane::ALL.to_vec(), 8));
        drop(reserved);
        assert!(Lane::ALL.iter().all(|lane| lanes.free(*lane) == 8), "what was not used is free again");
    }

    #[test]
    fn a_full_lane_takes_nothing_from_the_others() {
        let lanes = Lanes::new(8);
        let _hung = taken(&lanes, Lane::Channel, 8);
        let _some = taken(&lanes, Lane::Desk, 7);
        let reserved = lanes.reserve(&all());
        let shown: Vec<_> = reserved.iter().map(|one| (one.lanes(), one.room())).collect();
        assert_eq!(shown, [(vec![Lane::System, Lane::Timer], 8), (vec![Lane::Desk], 1)]);
    }

    #[test]
    fn a_reservation_gives_no_more_than_its_lane_has() {
        let lanes = Lanes::new(2);
        let mut reserved = lanes.reserve(&all());
        let slots: Vec<_> = (0..3).map(|_| reserved[0].slot(Lane::Desk).is_some()).collect();
        assert_eq!(slots, [true, true, false]);
    }

    #[test]
    fn what_follows_goes_beyond_a_full_lane_but_not_for_ever() {
        let lanes = Lanes::new(2);
        let slots = taken(&lanes, Lane::Channel, 100);
        assert_eq!(slots.len(), 2 + 2 * BEYOND);
        assert!(lanes.slot(Lane::System).is_some());
        drop(slots);
        assert!(lanes.slot(Lane::Channel).is_some());
    }

    #[tokio::test]
    async fn giving_a_slot_back_is_told_even_to_who_waits_later() {
        let lanes = Lanes::new(1);
        drop(lanes.slot(Lane::System));
        lanes.freed().await;
        assert!(lanes.has_room(&all()));
    }
}
