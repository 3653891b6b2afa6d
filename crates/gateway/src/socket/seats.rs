//! How many sockets may be open, and how all of them are closed.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kernel::{Id, kinds};
use tokio::sync::watch;

use crate::limits::Network;

/// Most sockets of one process.
const MAX_SOCKETS: usize = 1_000;

/// Most sockets of one network on which nobody has signed in yet: a stranger cannot take all of them.
const MAX_UNNAMED_OF_NETWORK: usize = 20;

/// Most sockets of one person: a few devices with a few windows.
const MAX_OF_PERSON: usize = 5;

/// The open sockets of a process. Cheap to clone; whoever holds one can close them all.
#[derive(Debug, Clone)]
pub struct Sockets {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    taken: Mutex<Taken>,
    open: watch::Sender<usize>,
    stop: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Taken {
    of_network: HashMap<Network, usize>,
    of_person: HashMap<Id<kinds::Person>, usize>,
}

/// Whose socket it is.
#[derive(Debug, Clone, Copy)]
enum Holder {
    Network(Network),
    Person(Id<kinds::Person>),
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoSeat {
    /// The process has as many sockets as it may have, or is stopping.
    Full,
    /// This network has too many on which nobody signed in.
    TooManyOfNetwork,
}

/// A place for one socket; free again when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    sockets: Sockets,
    holder: Holder,
}

impl Default for Sockets {
    fn default() -> Self {
        let (open, stop) = (watch::Sender::new(0), watch::Sender::new(false));
        Self { shared: Arc::new(Shared { taken: Mutex::default(), open, stop }) }
    }
}

impl Sockets {
    /// Closes every socket with 1001 and takes no more; waits until the last is gone.
    pub async fn close(&self) {
        self.shared.stop.send_replace(true);
        let mut open = self.shared.open.subscribe();
        // An error would mean that the count is gone, and with it the sockets.
        drop(open.wait_for(|&open| open == 0).await);
    }

    /// Turns true when the sockets are to close.
    pub(super) fn stopping(&self) -> watch::Receiver<bool> {
        self.shared.stop.subscribe()
    }

    /// A place for a socket from a network, as long as nobody has signed in on it.
    pub(super) fn take(&self, network: Network) -> Result<Seat, NoSeat> {
        let mut taken = self.taken();
        if *self.shared.stop.borrow() || *self.shared.open.borrow() >= MAX_SOCKETS {
            return Err(NoSeat::Full);
        }
        if !add_below(&mut taken.of_network, network, MAX_UNNAMED_OF_NETWORK) {
            return Err(NoSeat::TooManyOfNetwork);
        }
        self.shared.open.send_modify(|open| *open += 1);
        Ok(Seat { sockets: self.clone(), holder: Holder::Network(network) })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Counts are whole between any two statements, so a panic elsewhere left nothing half done.
        self.shared.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Makes it somebody's; false when the person has as many as they may have.
    pub(super) fn name(&mut self, person: Id<kinds::Person>) -> bool {
        let mut taken = self.sockets.taken();
        if !add_below(&mut taken.of_person, person, MAX_OF_PERSON) {
            return false;
        }
        taken.give_back(self.holder);
        self.holder = Holder::Person(person);
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.sockets.taken().give_back(self.holder);
        self.sockets.shared.open.send_modify(|open| *open -= 1);
    }
}

impl Taken {
    fn give_back(&mut self, holder: Holder) {
        match holder {
            Holder::Network(network) => subtract(&mut self.of_network, network),
            Holder::Person(person) => subtract(&mut self.of_person, person),
        }
    }
}

fn add_below<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: K, limit: usize) -> bool {
    let count = counts.entry(key).or_default();
    let is_below = *count < limit;
    *count += usize::from(is_below);
    is_below
}

fn subtract<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: K) {
    if let std::collections::hash_map::Entry::Occupied(mut entry) = counts.entry(key) {
        *entry.get_mut() -= 1;
        if *entry.get() == 0 {
            entry.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Id, Kind, kinds};

    use super::{MAX_OF_PERSON, MAX_SOCKETS, MAX_UNNAMED_OF_NETWORK, NoSeat, Sockets};
    use crate::limits::Network;

    fn network(last: u8) -> Network {
        Network::of([192, 0, 2, last].into())
    }

    #[test]
    fn a_network_takes_only_so_many_until_somebody_signs_in() {
        let sockets = Sockets::default();
        let mut seats: Vec<_> = (0..MAX_UNNAMED_OF_NETWORK).map(|_| sockets.take(network(1)).unwrap()).collect();
        assert_eq!(sockets.take(network(1)).map(drop), Err(NoSeat::TooManyOfNetwork));
        assert!(sockets.take(network(2)).is_ok());

        assert!(seats[0].name(person(1)));
        assert!(sockets.take(network(1)).is_ok());
        drop(seats);
        assert_eq!(*sockets.shared.open.borrow(), 0);
        assert!(sockets.taken().of_network.is_empty() && sockets.taken().of_person.is_empty());
    }

    #[test]
    fn a_person_takes_only_so_many() {
        let sockets = Sockets::default();
        let somebody = person(2);
        let mut seats: Vec<_> = (0..=MAX_OF_PERSON).map(|_| sockets.take(network(3)).unwrap()).collect();
        let named: Vec<bool> = seats.iter_mut().map(|seat| seat.name(somebody)).collect();
        assert_eq!(named.iter().filter(|&&named| named).count(), MAX_OF_PERSON);
        seats.remove(0);
        assert!(seats.last_mut().unwrap().name(somebody));
    }

    #[test]
    fn a_process_takes_only_so_many_and_none_while_it_stops() {
        let sockets = Sockets::default();
        let number = |n: usize| u8::try_from(n).unwrap();
        let seats: Vec<_> =
            (0..MAX_SOCKETS).map(|n| sockets.take(network(number(n / MAX_UNNAMED_OF_NETWORK))).unwrap()).collect();
        assert_eq!(sockets.take(network(255)).map(drop), Err(NoSeat::Full));
        drop(seats);
        assert!(sockets.take(network(255)).is_ok());
        sockets.shared.stop.send_replace(true);
        assert_eq!(sockets.take(network(255)).map(drop), Err(NoSeat::Full));
    }

    fn person(n: u32) -> Id<kinds::Person> {
        format!("{}_{n:032}", kinds::Person::PREFIX).parse().unwrap()
    }
}
