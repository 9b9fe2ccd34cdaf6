//! Who may come in: PINs for people, tokens for their devices.
//!
//! A PIN is asked for once; the device then holds a token of 256 random bits that outlives a
//! restart of the studio, so that tablets come back by themselves, and that ends after a week
//! unused. Only hashes are kept. Lock order: `store`, then `record`; `throttle` alone.

mod caller;
mod pin;
mod routes;
mod store;
mod throttle;

pub use caller::{Caller, bearer, cookie, same_origin};
pub use routes::routes;
pub use throttle::{Admission, Throttle};

use std::{
    net::IpAddr,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use tokio::{sync::Semaphore, time::Instant};

use super::aside::aside;

use self::store::{Pin, Record, Store, Token, unix_now};
use crate::{
    config::{self, Secret},
    protocol::{Problem, Role},
    tokens,
};

/// A token unused for so many seconds is forgotten.
const TOKEN_LIFE: u64 = 7 * 24 * 3600;
/// Devices that may be logged in; the one unused the longest makes room.
const TOKENS: usize = 500;
/// Attempts that may wait for the one that is being hashed.
const QUEUE: usize = 32;
/// Greatest first: where two roles have one PIN, it opens the greater.
const ROLES: [Role; 3] = [Role::Admin, Role::Animator, Role::Moderator];

/// PINs that were just made, to be shown this once.
pub type NewPins = Vec<(Role, Secret)>;

/// The name under which a token is kept: its SHA-256 in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHash(String);

impl TokenHash {
    /// One that was made before.
    pub fn known(hash: &str) -> Self {
        Self(hash.to_owned())
    }

    /// Of the text that the client holds.
    pub fn of(token: &str) -> Self {
        Self(tokens::sha256(token))
    }
}

/// Why somebody did not come in.
#[derive(Debug)]
pub enum Refusal {
    /// No such PIN.
    Wrong,
    /// Too many attempts; try after this long.
    Slow(Duration),
    /// The file failed.
    Failed(Problem),
}

/// The doorkeeper.
pub struct Access {
    store: Mutex<Store>,
    record: RwLock<Record>,
    throttle: Mutex<Throttle>,
    /// One PIN is hashed at a time: the rest of the machine belongs to the programme.
    hashing: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Access {
    /// Reads the file, takes the configuration's PINs over and makes those that are missing. A role
    /// whose PIN changed logs its devices out. Blocking.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(data: &Path, given: &config::Access) -> Result<(Self, NewPins), Problem> {
        let mut store = Store::new(data);
        let mut made = NewPins::new();
        let record = store.update(|record| {
            for role in ROLES {
                settle(record, role, configured(given, role), &mut made);
            }
            forget_old(record);
        })?;
        let access = Self {
            store: Mutex::new(store),
            record: RwLock::new(record),
            throttle: Mutex::default(),
            hashing: Arc::new(Semaphore::new(1)),
            queue: Arc::new(Semaphore::new(QUEUE)),
        };
        Ok((access, made))
    }

    /// Makes new PINs for the roles whose PIN the configuration doesn't give, and logs everybody
    /// out; a running studio notices. Blocking.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn reset(data: &Path, given: &config::Access) -> Result<NewPins, Problem> {
        let mut made = NewPins::new();
        Store::new(data).update(|record| {
            *record = Record::default();
            for role in ROLES {
                settle(record, role, configured(given, role), &mut made);
            }
        })?;
        Ok(made)
    }

    /// A token for whoever knows a PIN; waits first where the address failed before.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn login(self: &Arc<Self>, from: IpAddr, pin: Secret) -> Result<(Role, Secret), Refusal> {
        let admission = lock(&self.throttle).admit(from, Instant::now());
        let wait = match admission {
            Admission::After(wait) => wait,
            Admission::Refused(wait) => return Err(Refusal::Slow(wait)),
        };
        let mut attempt = Attempt { access: Arc::clone(self), from, looked: false, right: false };
        tokio::time::sleep(wait).await;
        let Ok(_place) = Arc::clone(&self.queue).try_acquire_owned() else {
            return Err(Refusal::Slow(Duration::from_secs(1)));
        };
        let turn = Arc::clone(&self.hashing).acquire_owned().await.expect("never closed");
        attempt.looked = true;
        let found = aside(move || {
            // Both live here, so that a client who leaves neither frees the core before its time
            // nor takes back what it tried.
            let (mut attempt, _turn) = (attempt, turn);
            let role = attempt.access.role_of(&pin);
            attempt.right = role.is_some();
            role.map(|role| attempt.access.admit(role))
        });
        match found.await {
            Some(Ok(token)) => Ok(token),
            Some(Err(problem)) => Err(Refusal::Failed(problem)),
            None => Err(Refusal::Wrong),
        }
    }

    /// What a token may do; using it keeps it.
    pub fn role(&self, token: &TokenHash) -> Option<Role> {
        let now = unix_now();
        let record = self.record.read().unwrap_or_else(PoisonError::into_inner);
        let known = record.tokens.get(&token.0).filter(|known| now < known.used + TOKEN_LIFE)?;
        let (role, stale) = (known.role, known.used + 60 <= now);
        drop(record);
        if stale {
            let mut record = self.record.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = record.tokens.get_mut(&token.0) {
                known.used = now;
            }
        }
        Some(role)
    }

    /// Forgets a token. Blocking.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn logout(&self, token: &TokenHash) -> Result<(), Problem> {
        self.update(|record| _ = record.tokens.remove(&token.0))
    }

    /// Takes another process's changes over. Blocking; about once a second.
    pub fn refresh(&self) {
        let mut store = lock(&self.store);
        match store.refresh() {
            Ok(None) => {}
            Ok(Some(record)) => *self.record.write().unwrap_or_else(PoisonError::into_inner) = record,
            Err(problem) => tracing::warn!(code = problem.code, reason = %problem, "access file"),
        }
    }

    /// Writes down when tokens were used. Blocking; now and then, and at the end.
    pub fn save(&self) {
        if let Err(problem) = self.update(forget_old) {
            tracing::warn!(code = problem.code, reason = %problem, "access file");
        }
    }

    fn role_of(&self, pin: &Secret) -> Option<Role> {
        let pins = self.record.read().unwrap_or_else(PoisonError::into_inner).pins.clone();
        ROLES.into_iter().find(|role| pins.get(role).is_some_and(|known| pin::matches(pin, &known.hash)))
    }

    fn admit(&self, role: Role) -> Result<(Role, Secret), Problem> {
        let token = Secret::new(tokens::random::<32>());
        let TokenHash(name) = TokenHash::of(token.reveal());
        self.update(|record| {
            record.tokens.insert(name, Token { role, used: unix_now() });
            forget_old(record);
        })?;
        Ok((role, token))
    }

    /// Changes the file; what is remembered of the use of tokens goes with it.
    fn update(&self, change: impl FnOnce(&mut Record)) -> Result<(), Problem> {
        let mut store = lock(&self.store);
        let used = self.record.read().unwrap_or_else(PoisonError::into_inner).tokens.clone();
        let record = store.update(|record| {
            for (name, token) in &mut record.tokens {
                token.used = token.used.max(used.get(name).map_or(0, |ours| ours.used));
            }
            change(record);
        })?;
        *self.record.write().unwrap_or_else(PoisonError::into_inner) = record;
        Ok(())
    }
}

/// Reports to the throttle when it ends, however it ends.
struct Attempt {
    access: Arc<Access>,
    from: IpAddr,
    looked: bool,
    right: bool,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let mut throttle = lock(&self.access.throttle);
        match (self.looked, self.right) {
            (false, _) => throttle.gave_up(self.from),
            (true, false) => throttle.failed(self.from, Instant::now()),
            (true, true) => throttle.succeeded(self.from, Instant::now()),
        }
    }
}

fn configured(given: &config::Access, role: Role) -> Option<&Secret> {
    match role {
        Role::Admin => given.admin_pin.as_ref(),
        Role::Animator => given.animator_pin.as_ref(),
        Role::Moderator => given.moderator_pin.as_ref(),
    }
}

/// Gives a role its PIN: the configuration's, else the one it has, else a new one.
fn settle(record: &mut Record, role: Role, given: Option<&Secret>, made: &mut NewPins) {
    let known = record.pins.get(&role);
    let pin = match given {
        Some(pin) if known.is_some_and(|known| !known.made && pin::matches(pin, &known.hash)) => return,
        Some(pin) => Pin { hash: pin::hash(pin), made: false },
        None if known.is_some_and(|known| known.made) => return,
        None => {
            let pin = std::iter::repeat_with(pin::make)
                .find(|pin| made.iter().all(|(_, other)| other != pin))
                .expect("an endless iterator over a million PINs");
            let hash = pin::hash(&pin);
            made.push((role, pin));
            Pin { hash, made: true }
        }
    };
    record.pins.insert(role, pin);
    record.tokens.retain(|_, token| token.role != role);
}

fn forget_old(record: &mut Record) {
    let now = unix_now();
    record.tokens.retain(|_, token| now < token.used + TOKEN_LIFE);
    while record.tokens.len() > TOKENS {
        let oldest = record.tokens.iter().min_by_key(|(_, token)| token.used).map(|(name, _)| name.clone());
        record.tokens.remove(&oldest.expect("more than TOKENS"));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
