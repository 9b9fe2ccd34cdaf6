-- people.sqlite as the tables of version 5 hold it.
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE answer (
    hour TEXT NOT NULL,
    question TEXT NOT NULL,
    choice TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, question, choice)
) STRICT;
INSERT INTO "answer" VALUES('2026-11-24T14','how','friend',2);
CREATE TABLE clip_answer (
    id INTEGER PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    cut TEXT NOT NULL,                     -- which cut of which clip was seen
    answer TEXT NOT NULL,                  -- JSON
    guardians TEXT NOT NULL,               -- those who said so of a minor's, JSON
    holds INTEGER NOT NULL DEFAULT 1       -- until another is given, or something is taken back
) STRICT;
CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,                    -- signed, paper, withdrawn
    language TEXT NOT NULL,
    text TEXT NOT NULL,                    -- exactly as it was shown
    hash TEXT NOT NULL,                    -- SHA-256 of text
    points TEXT NOT NULL,                  -- JSON: what was agreed to, or withdrawn
    signatures TEXT NOT NULL,              -- JSON
    entered_by TEXT                        -- the role, for paper
) STRICT;
INSERT INTO "document" VALUES(1,'p1',1764000100000,'signed','fr','texte','hash','["recorded","live","archived"]','{}',NULL);
INSERT INTO "document" VALUES(2,'p1',1764000200000,'withdrawn','fr','','hash','["recorded","live","archived"]','{}',NULL);
INSERT INTO "document" VALUES(3,'p3',1764000100000,'signed','fr','texte','hash','["recorded","live","archived"]','{}',NULL);
CREATE TABLE elsewhere (
    id INTEGER PRIMARY KEY,
    segment TEXT NOT NULL,
    place TEXT NOT NULL,
    at INTEGER NOT NULL,
    asked_at INTEGER,                      -- of the withdrawal
    done_at INTEGER
) STRICT;
INSERT INTO "elsewhere" VALUES(1,'s1','La page',1764000000000,1764000200000,NULL);
CREATE TABLE guardian (
    hash TEXT PRIMARY KEY,                 -- SHA-256 of the token
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,               -- which of the form's guardians, from 1
    made_at INTEGER NOT NULL,
    signed_at INTEGER
) STRICT;
CREATE TABLE link (
    hash TEXT PRIMARY KEY,                 -- SHA-256 of the token
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    made_at INTEGER NOT NULL,
    expires_at INTEGER                     -- of an invitation that nobody has opened
, ended_at INTEGER, used_at INTEGER) STRICT;
INSERT INTO "link" VALUES('hash','p3',1764000100000,NULL,NULL,NULL);
CREATE TABLE operation (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,                    -- signed, withdrawn, erased
    person TEXT NOT NULL,
    segment TEXT NOT NULL,
    begun_at INTEGER NOT NULL,
    done_at INTEGER                        -- NULL: all of it is to be done, or done again
) STRICT;
INSERT INTO "operation" VALUES(1,'erased','p2','s1',1764000300000,NULL);
INSERT INTO "operation" VALUES(2,'withdrawn','p1','s1',1764000200000,NULL);
CREATE TABLE person (
    id TEXT PRIMARY KEY,
    segment TEXT NOT NULL,
    name TEXT NOT NULL,
    listed INTEGER NOT NULL DEFAULT 1,     -- still in the segment's list
    made_at INTEGER NOT NULL,              -- Unix milliseconds, as every time here but answers' and visits'
    minor INTEGER NOT NULL DEFAULT 0,
    recorded INTEGER NOT NULL DEFAULT 0,
    live INTEGER NOT NULL DEFAULT 0,
    archived INTEGER NOT NULL DEFAULT 0,
    credit TEXT,
    contact TEXT,
    erased_at INTEGER
, device TEXT) STRICT;
INSERT INTO "person" VALUES('p1','s1','Odile Lambrequin',1,1764000000000,0,0,0,0,'Odile L.','odile@example.org',NULL,NULL);
INSERT INTO "person" VALUES('p2','s1','',1,1764000000000,0,0,0,0,NULL,NULL,1764000300000,NULL);
INSERT INTO "person" VALUES('p3','s2','Marc',1,1764000000000,0,1,1,1,'Marc',NULL,NULL,NULL);
CREATE TABLE visit (
    hour TEXT NOT NULL,                    -- local, YYYY-MM-DDTHH
    kind TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, kind)
) STRICT;
INSERT INTO "visit" VALUES('2026-11-24T14','visitor',3);
CREATE TABLE waiting (
    person TEXT PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    signing TEXT NOT NULL,                 -- JSON: the form, with the signatures that are there
    device TEXT,
    missing INTEGER NOT NULL               -- guardians who have not signed
) STRICT;
INSERT INTO "waiting" VALUES('p3',1764000100000,'{}','device',1);
INSERT INTO "guardian" VALUES('guardian-hash','p3',1,1764000100000,NULL);
INSERT INTO "clip_answer" (person, at, cut, answer, guardians) VALUES('p3',1764000400000,'clip/0-9000','"fine"','[]');
CREATE INDEX person_segment ON person (segment);
CREATE INDEX link_person ON link (person);
CREATE INDEX document_person ON document (person);
CREATE INDEX elsewhere_segment ON elsewhere (segment);
CREATE INDEX operation_open ON operation (id) WHERE done_at IS NULL;
CREATE INDEX guardian_person ON guardian (person);
CREATE UNIQUE INDEX clip_answer_holds ON clip_answer (person) WHERE holds;
COMMIT;
PRAGMA user_version = 5;
