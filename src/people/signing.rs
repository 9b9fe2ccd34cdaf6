//! Signing: what somebody agrees to, proved.
//!
//! A document keeps the exact text that was shown, its hash, the time, what was agreed to and every
//! signature; it is never changed. The columns of `person` are what follows from the newest one.

use rusqlite::params;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    Agreed, Document, File, Point, answers, date,
    operation::{self, Kind, Operation},
    store::Store,
    terms::Terms,
};
use crate::{
    media::unix_ms,
    protocol::{Problem, Role},
    rights,
    rundown::{MAX_NAME, clean, clean_line, visible_line},
};

/// Strokes of a signature, and points of all of them: more than any hand makes.
const STROKES: usize = 200;
const POINTS: usize = 6000;
/// Points below which nobody has written anything.
const LEAST_POINTS: usize = 8;
/// Characters of a contact and of a reason.
const MAX_CONTACT: usize = 200;

/// A signature: drawn, or typed where there are no strokes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Of whoever signs.
    pub name: String,
    /// Typed on purpose instead of drawn.
    #[serde(default)]
    pub typed: bool,
    /// Fractions of the field's width and height, 0..=1.
    #[serde(default)]
    pub strokes: Vec<Vec<[f32; 2]>>,
    /// Of a guardian who signs by a link of their own; without a name until they have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
}

impl Signature {
    /// Of a guardian who has not signed yet, by a link of their own.
    fn is_awaited(&self) -> bool {
        self.elsewhere && self.name.is_empty()
    }

    fn awaited() -> Self {
        Self { name: String::new(), typed: false, strokes: Vec::new(), elsewhere: true }
    }
}

/// The name to be credited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum CreditWish {
    /// The person's own, or a pseudonym.
    Name {
        /// As it is to be written.
        name: String,
    },
    /// Nobody is named.
    #[default]
    None,
}

/// What comes from the page or from a paper form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// Of the text that was shown.
    pub language: String,
    /// SHA-256 of the text that was shown.
    pub hash: String,
    /// What is agreed to; what is not listed is not.
    pub points: Vec<Point>,
    /// The name to be credited.
    #[serde(default)]
    pub credit: CreditWish,
    /// Optional: an address or a number.
    #[serde(default)]
    pub contact: String,
    /// Under 18.
    #[serde(default)]
    pub minor: bool,
    /// `YYYY-MM-DD`, of minors.
    #[serde(default)]
    pub birth_date: Option<String>,
    /// The person's own; a child's is the assent.
    pub signature: Signature,
    /// Of both guardians of a minor; of one, with a reason, where the organiser allows it.
    #[serde(default)]
    pub guardians: Vec<Signature>,
    /// Why only one guardian signs.
    #[serde(default)]
    pub one_guardian_reason: String,
    /// Mark of the device on which it is signed ([`crate::rights::Agreed::device`]); the page does not know it.
    #[serde(skip)]
    pub device: Option<String>,
}

/// Everything that is kept of the signatures.
#[derive(Serialize)]
struct Signatures<'a> {
    own: &'a Signature,
    guardians: &'a [Signature],
    #[serde(skip_serializing_if = "str::is_empty")]
    one_guardian_reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    birth_date: Option<&'a str>,
    credit: &'a CreditWish,
}

impl Signing {
    /// Looks whether what a page or a paper form says can stand. Returns it with its texts cleaned; a guardian who
    /// signs elsewhere has not signed yet, whatever else is sent along.
    ///
    /// # Errors
    /// `text_changed`, `nothing_agreed`, `recorded_needed`, `empty_signature`, `bad_birth_date`,
    /// `guardians_needed`, `too_long`, `empty`.
    pub fn check(mut self, terms: &Terms, one_guardian: bool, today: time::Date) -> Result<Self, Problem> {
        self.signature.elsewhere = false;
        self.without_guardians_elsewhere().stands(terms, one_guardian, today)
    }

    /// The guardians who sign elsewhere and have not yet, counted from 1.
    pub fn awaited(&self) -> impl Iterator<Item = usize> {
        let guardians = self.guardians.iter().enumerate();
        guardians.filter(|(_, guardian)| guardian.is_awaited()).map(|(n, _)| n + 1)
    }

    /// As it was before any guardian signed elsewhere.
    pub fn without_guardians_elsewhere(&self) -> Self {
        let mut before = self.clone();
        for guardian in before.guardians.iter_mut().filter(|guardian| guardian.elsewhere) {
            *guardian = Signature::awaited();
        }
        before
    }

    /// A guardian, counted from 1, signs elsewhere.
    ///
    /// # Errors
    /// `empty`, `empty_signature`, `too_long`.
    pub fn sign_as_guardian(&mut self, guardian: usize, mut signature: Signature) -> Result<(), Problem> {
        signature.elsewhere = true;
        let missing = lacks(&mut signature, Signs::Guardian(guardian))?;
        if !missing.is_empty() {
            return Err(not_signed(&missing));
        }
        if let Some(place) = guardian.checked_sub(1).and_then(|at| self.guardians.get_mut(at)) {
            *place = signature;
        }
        Ok(())
    }

    /// As [`Signing::check`], with what guardians have signed elsewhere.
    ///
    /// # Errors
    /// As [`Signing::check`].
    pub fn stands(mut self, terms: &Terms, one_guardian: bool, today: time::Date) -> Result<Self, Problem> {
        if self.hash != terms.hash {
            return Err(text_changed());
        }
        if self.points.is_empty() {
            return Err(Problem::operator(
                "nothing_agreed",
                "Aucun point n'est coché. Cochez ce que vous acceptez, ou quittez cette page : rien ne sera fait.",
                "No point is ticked. Tick what you agree to, or leave this page: nothing will be done.",
            ));
        }
        if !self.points.contains(&Point::Recorded) {
            return Err(Problem::operator(
                "recorded_needed",
                "Le direct et l'archive passent par l'enregistrement : cochez aussi « être filmé·e et enregistré·e ».",
                "Live and archive go through the recording: tick “being filmed and recorded” too.",
            ));
        }
        self.contact = clean(&self.contact, "contact", MAX_CONTACT)?;
        if let CreditWish::Name { name } = &mut self.credit {
            *name = clean_line(name, "credit", MAX_NAME)?;
        }
        self.one_guardian_reason = clean(&self.one_guardian_reason, "one_guardian_reason", MAX_CONTACT)?;
        self.check_signatures()?;
        self.check_age(one_guardian, today)?;
        Ok(self)
    }

    /// Looks at every name and signature that is to be there, and tells all that are missing at once.
    fn check_signatures(&mut self) -> Result<(), Problem> {
        let own = if self.minor { Signs::Child } else { Signs::Own };
        let mut missing = lacks(&mut self.signature, own)?;
        for (n, guardian) in self.guardians.iter_mut().enumerate().filter(|(_, guardian)| !guardian.is_awaited()) {
            missing.extend(lacks(guardian, Signs::Guardian(n + 1))?);
        }
        if missing.is_empty() { Ok(()) } else { Err(not_signed(&missing)) }
    }

    /// What it agrees to.
    fn agreed(&self) -> Agreed {
        let has = |point| self.points.contains(&point);
        Agreed {
            recorded: has(Point::Recorded),
            live: has(Point::Live),
            archived: has(Point::Archived),
            credit: match &self.credit {
                CreditWish::Name { name } => Some(name.clone()),
                CreditWish::None => None,
            },
            ..Agreed::default()
        }
    }

    /// Everything that is kept of the signatures.
    fn signatures(&self) -> Signatures<'_> {
        Signatures {
            own: &self.signature,
            guardians: &self.guardians,
            one_guardian_reason: &self.one_guardian_reason,
            birth_date: self.birth_date.as_deref().filter(|_| self.minor),
            credit: &self.credit,
        }
    }

    /// Whether a document is this, word for word and stroke for stroke.
    fn is(&self, document: &Document, terms: &Terms, kind: &str) -> bool {
        document.kind == kind
            && document.hash == terms.hash
            && document.points == json!(names(&self.points))
            && serde_json::from_str(&to_json(&self.signatures()))
                .is_ok_and(|signatures: Value| signatures == document.signatures)
    }

    fn check_age(&mut self, one_guardian: bool, today: time::Date) -> Result<(), Problem> {
        let born = match self.birth_date.as_deref().filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => Some(date(text).filter(|born| plausible(*born, today)).ok_or_else(bad_birth_date)?),
        };
        let young = born.map(|born| rights::is_minor(born, today));
        if self.minor && born.is_none() {
            return Err(bad_birth_date());
        }
        self.minor = young.unwrap_or(false);
        if !self.minor {
            self.guardians.clear();
            self.one_guardian_reason.clear();
            return Ok(());
        }
        if rights::guardians_suffice(self.guardians.len(), one_guardian, !self.one_guardian_reason.is_empty()) {
            // Whoever signs elsewhere has no name yet.
            let name =
                |signature: &Signature| if signature.is_awaited() { String::new() } else { signature.name.clone() };
            let signers: Vec<_> = std::iter::once(&self.signature).chain(&self.guardians).map(name).collect();
            return rights::signs_twice(&signers).map_or(Ok(()), |n| Err(signed_twice(n)));
        }
        Err(match one_guardian {
            false => Problem::operator(
                "guardians_needed",
                "Avant 18 ans, il faut les noms et les signatures des deux responsables légaux, et celle de l'enfant.",
                "Below 18, the names and signatures of both guardians are needed, and the child's own.",
            ),
            true => Problem::operator(
                "guardians_needed",
                "Avant 18 ans, il faut les signatures des deux responsables légaux, ou d'un seul qui dit pourquoi, et celle de l'enfant.",
                "Below 18, both guardians' signatures are needed, or one's with the reason, and the child's own.",
            ),
        })
    }
}

/// Whose name and signature something is.
#[derive(Debug, Clone, Copy)]
enum Signs {
    Own,
    Child,
    /// Counted from 1.
    Guardian(usize),
}

/// What a signature lacks: in French, in English, and whether it is the name.
type Lack = (String, String, bool);

/// What a signature lacks. Its name is cleaned.
///
/// # Errors
/// `too_long`.
fn lacks(signature: &mut Signature, signs: Signs) -> Result<Vec<Lack>, Problem> {
    let say = |own: [&str; 2], child: [&str; 2], fr: &str, en: &str| match signs {
        Signs::Own => own.map(str::to_owned),
        Signs::Child => child.map(str::to_owned),
        Signs::Guardian(n) => [format!("{fr} du responsable légal {n}"), format!("guardian {n}'s {en}")],
    };
    let mut lacks = Vec::new();
    signature.name = clean(&visible_line(&signature.name), "name", MAX_NAME)?;
    if signature.name.is_empty() {
        let [fr, en] = say(["votre nom", "your name"], ["nom de l'enfant", "the child's name"], "nom", "name");
        lacks.push((fr, en, true));
    }
    if !is_written(signature) {
        let [fr, en] = say(
            ["votre signature", "your signature"],
            ["signature de l'enfant", "the child's signature"],
            "signature",
            "signature",
        );
        lacks.push((fr, en, false));
    }
    Ok(lacks)
}

fn not_signed(missing: &[Lack]) -> Problem {
    let code = if missing.iter().all(|(_, _, is_name)| *is_name) { "empty" } else { "empty_signature" };
    let list = |of: fn(&Lack) -> &str| missing.iter().map(of).collect::<Vec<_>>().join(", ");
    Problem::operator(
        code,
        format!(
            "Il manque ou on ne peut pas lire : {}. Signez dans le cadre avec le doigt, ou choisissez d'écrire le nom.",
            list(|(fr, _, _)| fr)
        ),
        format!(
            "Missing or not to be read: {}. Sign in the box with a finger, or choose to type the name.",
            list(|(_, en, _)| en)
        ),
    )
}

pub(super) fn text_changed() -> Problem {
    Problem::operator(
        "text_changed",
        "Le texte de l'accord a changé pendant que vous le lisiez. Rechargez la page, relisez, puis signez.",
        "The agreement's text has changed while you read it. Reload the page, read again, then sign.",
    )
}

fn signed_twice(guardian: usize) -> Problem {
    Problem::operator(
        "guardians_needed",
        format!(
            "« Responsable légal {guardian} » porte un nom qui a déjà signé. Les deux responsables légaux sont deux personnes différentes, et l'enfant ne signe pas à leur place."
        ),
        format!(
            "“Guardian {guardian}” bears a name that has signed already. The two guardians are two different people, and the child does not sign for them."
        ),
    )
}

/// Whether somebody has written; what is drawn where a name is typed is left out.
fn is_written(signature: &mut Signature) -> bool {
    if signature.typed {
        signature.strokes.clear();
        return true;
    }
    let points: usize = signature.strokes.iter().map(Vec::len).sum();
    let inside = signature.strokes.iter().flatten().flatten().all(|at| (0.0..=1.0).contains(at));
    let mut reach = [f32::MAX, f32::MIN, f32::MAX, f32::MIN];
    for [x, y] in signature.strokes.iter().flatten() {
        reach = [reach[0].min(*x), reach[1].max(*x), reach[2].min(*y), reach[3].max(*y)];
    }
    let written = points >= LEAST_POINTS && (reach[1] - reach[0]) + (reach[3] - reach[2]) > 0.05;
    written && inside && points <= POINTS && signature.strokes.len() <= STROKES
}

fn plausible(born: time::Date, today: time::Date) -> bool {
    born <= today && rights::age(born, today) <= 120
}

fn bad_birth_date() -> Problem {
    Problem::operator(
        "bad_birth_date",
        "Cette date de naissance n'est pas possible : elle s'écrit AAAA-MM-JJ, et pas dans le futur.",
        "This birth date cannot be: it is written YYYY-MM-DD, and not in the future.",
    )
}

/// Today, for [`Signing::check`].
pub fn today() -> time::Date {
    OffsetDateTime::now_local().unwrap_or_else(|_| OffsetDateTime::now_utc()).date()
}

impl Store {
    /// Keeps a signature that was checked. `by`: who entered a paper form. `None`: the same was signed last
    /// already, and has reached everything.
    pub fn sign(
        &mut self,
        person: &str,
        signing: &Signing,
        terms: &Terms,
        by: Option<Role>,
    ) -> Result<Option<Operation>, Problem> {
        let before = self.file(person)?;
        if before.documents.last().is_some_and(|last| signing.is(last, terms, kind(by))) {
            return self.open_operation_of(person);
        }
        let now = unix_ms() as i64;
        let now_agreed = signing.agreed();
        let less = before.agreed.is_more_than(&now_agreed);
        let change = self.connection.transaction()?;
        let operation = operation::begin(&change, if less { Kind::Withdrawn } else { Kind::Signed }, person)?;
        if less {
            answers::void(&change, person)?;
        }
        change.execute(
            "UPDATE person SET recorded = ?2, live = ?3, archived = ?4, credit = ?5,
                contact = CASE WHEN ?6 = '' THEN contact ELSE ?6 END, minor = ?7, device = ?8 WHERE id = ?1",
            params![
                person,
                now_agreed.to(Point::Recorded),
                now_agreed.to(Point::Live),
                now_agreed.to(Point::Archived),
                now_agreed.credit,
                signing.contact,
                signing.minor,
                signing.device
            ],
        )?;
        change.execute("DELETE FROM waiting WHERE person = ?1", [person])?;
        change.execute(
            "INSERT INTO document (person, at, kind, language, text, hash, points, signatures, entered_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                person,
                now,
                kind(by),
                terms.language,
                terms.text,
                terms.hash,
                to_json(&names(&signing.points)),
                to_json(&signing.signatures()),
                by.map(role_name)
            ],
        )?;
        change.commit()?;
        self.begun(&operation)?;
        Ok(Some(operation))
    }

    /// Whether somebody's newest document is this signature, given by themselves.
    pub fn signed_last(&mut self, person: &str, signing: &Signing, terms: &Terms) -> Result<bool, Problem> {
        Ok(self.file(person)?.documents.last().is_some_and(|last| signing.is(last, terms, kind(None))))
    }

    /// Takes agreements back. A no to being recorded or live is written down also where nobody had agreed
    /// to it: no override covers whoever says so. `None`: all of that has been said, and has reached everything.
    pub fn withdraw(&mut self, person: &str, points: &[Point], terms: &Terms) -> Result<Option<Operation>, Problem> {
        let File { agreed, documents, .. } = self.file(person)?;
        let off = rights::taken_back(points);
        let said = documents.iter().rev().take_while(|document| document.kind == WITHDRAWN);
        let said: Vec<_> = said.filter_map(|document| document.points.as_array()).flatten().collect();
        let news = |point: &Point| match point {
            Point::Archived => agreed.to(Point::Archived),
            point => agreed.to(*point) || !said.iter().any(|said| **said == point.name()),
        };
        if !off.iter().any(news) {
            return self.open_operation_of(person);
        }
        let text = terms.parts.iter().find(|part| part.id == "withdrawal").map_or("", |part| part.body.as_str());
        let change = self.connection.transaction()?;
        let operation = operation::begin(&change, Kind::Withdrawn, person)?;
        change.execute("DELETE FROM waiting WHERE person = ?1", [person])?;
        answers::void(&change, person)?;
        change.execute(
            "UPDATE person SET recorded = recorded AND NOT ?2, live = live AND NOT ?3, archived = archived AND NOT ?4
             WHERE id = ?1",
            params![person, off.contains(&Point::Recorded), off.contains(&Point::Live), off.contains(&Point::Archived)],
        )?;
        change.execute(
            "INSERT INTO document (person, at, kind, language, text, hash, points, signatures)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '{}')",
            params![
                person,
                unix_ms() as i64,
                WITHDRAWN,
                terms.language,
                text,
                crate::tokens::sha256(text),
                to_json(&names(&off))
            ],
        )?;
        change.commit()?;
        self.begun(&operation)?;
        Ok(Some(operation))
    }
}

/// A document's kind where something was taken back.
pub(super) const WITHDRAWN: &str = "withdrawn";

/// A document's kind where something was signed.
fn kind(by: Option<Role>) -> &'static str {
    if by.is_some() { "paper" } else { "signed" }
}

fn names(points: &[Point]) -> Vec<&'static str> {
    points.iter().map(|point| point.name()).collect()
}

pub(super) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts, numbers and lists of them")
}

/// A role's word on the wire.
fn role_name(role: Role) -> &'static str {
    match role {
        Role::Moderator => "moderator",
        Role::Animator => "animator",
        Role::Admin => "admin",
    }
}
