/** Raised whenever the tables change; a database of a later version is refused. */
export const schemaVersion = 1;

/** Creates what is missing. Times are milliseconds since 1970. */
export const schema = `
-- A batch as it came, gzipped: for export, audit and counting anew.
CREATE TABLE IF NOT EXISTS batches (
  id INTEGER PRIMARY KEY,
  project TEXT NOT NULL,
  producer TEXT NOT NULL,
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL,
  events INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  body BLOB NOT NULL
);
-- Which event numbers of each producer are stored, as JSON [[start, end), …].
CREATE TABLE IF NOT EXISTS ledger (
  project TEXT NOT NULL,
  producer TEXT NOT NULL,
  epoch TEXT NOT NULL,
  ranges TEXT NOT NULL,
  PRIMARY KEY (project, producer, epoch)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS arms (
  id INTEGER PRIMARY KEY,
  project TEXT NOT NULL,
  experiment TEXT NOT NULL,
  phase INTEGER NOT NULL,
  model TEXT NOT NULL,
  arm TEXT NOT NULL,
  sums TEXT NOT NULL,
  UNIQUE (project, experiment, model, phase, arm)
);
CREATE TABLE IF NOT EXISTS units (
  unit TEXT NOT NULL,
  arm INTEGER NOT NULL REFERENCES arms (id),
  assigned_at INTEGER,
  ready_at INTEGER,
  served_at INTEGER,
  labelled_at INTEGER,
  predictions INTEGER NOT NULL,
  labels INTEGER NOT NULL,
  judged INTEGER NOT NULL,
  correct INTEGER NOT NULL,
  PRIMARY KEY (unit, arm)
) WITHOUT ROWID;
-- Weights of each release that was seen, as JSON {arm: weight}.
CREATE TABLE IF NOT EXISTS weights (
  experiment TEXT NOT NULL,
  phase INTEGER NOT NULL,
  release INTEGER NOT NULL,
  weights TEXT NOT NULL,
  PRIMARY KEY (experiment, phase, release)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine (
  id INTEGER PRIMARY KEY,
  received_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  body BLOB NOT NULL
);
`;
