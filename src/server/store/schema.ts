/**
 * The statements that bring a database from version n to n + 1. Only ever add to the end. Times are milliseconds since
 * 1970, truth values 0 or 1, lists and objects JSON.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);

  CREATE TABLE teams (
    id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, api_key TEXT NOT NULL UNIQUE);

  CREATE TABLE members (
    id INTEGER PRIMARY KEY, team_id INTEGER NOT NULL REFERENCES teams, email TEXT NOT NULL,
    first_name TEXT NOT NULL, last_name TEXT NOT NULL, role TEXT NOT NULL, UNIQUE (team_id, email));

  CREATE TABLE workflows (
    id TEXT PRIMARY KEY, team_id INTEGER NOT NULL REFERENCES teams, name TEXT NOT NULL, inserted_at INTEGER NOT NULL);
  CREATE TABLE stages (
    id TEXT PRIMARY KEY, workflow_id TEXT NOT NULL REFERENCES workflows, position INTEGER NOT NULL,
    name TEXT NOT NULL, type TEXT NOT NULL);
  CREATE INDEX stages_of_workflow ON stages (workflow_id, position);

  CREATE TABLE datasets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, team_id INTEGER NOT NULL REFERENCES teams, name TEXT NOT NULL,
    slug TEXT NOT NULL, public INTEGER NOT NULL DEFAULT 0, archived_at INTEGER,
    workflow_id TEXT NOT NULL REFERENCES workflows, inserted_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
  CREATE UNIQUE INDEX dataset_slugs ON datasets (team_id, slug) WHERE archived_at IS NULL;
  CREATE UNIQUE INDEX dataset_names ON datasets (team_id, name) WHERE archived_at IS NULL;

  CREATE TABLE classes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, team_id INTEGER NOT NULL REFERENCES teams, name TEXT NOT NULL,
    type TEXT NOT NULL, annotation_types TEXT NOT NULL, description TEXT, metadata TEXT NOT NULL,
    inserted_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (team_id, name, type));
  CREATE TABLE class_datasets (
    class_id INTEGER NOT NULL REFERENCES classes, dataset_id INTEGER NOT NULL REFERENCES datasets,
    PRIMARY KEY (class_id, dataset_id)) WITHOUT ROWID;
  CREATE TABLE attributes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, class_id INTEGER NOT NULL REFERENCES classes, name TEXT NOT NULL,
    UNIQUE (class_id, name));

  CREATE TABLE properties (
    id TEXT PRIMARY KEY, team_id INTEGER NOT NULL REFERENCES teams, name TEXT NOT NULL, slug TEXT NOT NULL,
    type TEXT NOT NULL, required INTEGER NOT NULL, granularity TEXT NOT NULL, description TEXT,
    class_id INTEGER REFERENCES classes, parent_id TEXT REFERENCES properties, trigger_condition TEXT,
    position INTEGER NOT NULL);
  CREATE UNIQUE INDEX property_names ON properties (team_id, name, coalesce(class_id, 0));
  CREATE TABLE property_values (
    id TEXT PRIMARY KEY, property_id TEXT NOT NULL REFERENCES properties ON DELETE CASCADE, value TEXT,
    color TEXT NOT NULL, position INTEGER NOT NULL);
  CREATE INDEX values_of_property ON property_values (property_id, position);
  CREATE TABLE property_datasets (
    property_id TEXT NOT NULL REFERENCES properties ON DELETE CASCADE,
    dataset_id INTEGER NOT NULL REFERENCES datasets, PRIMARY KEY (property_id, dataset_id)) WITHOUT ROWID;

  CREATE TABLE items (
    id TEXT PRIMARY KEY, dataset_id INTEGER NOT NULL REFERENCES datasets, name TEXT NOT NULL, path TEXT NOT NULL,
    stage TEXT NOT NULL DEFAULT 'new', processing_status TEXT NOT NULL, archived INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0, priority INTEGER NOT NULL DEFAULT 0, layout TEXT, tags TEXT NOT NULL,
    size_bytes INTEGER NOT NULL DEFAULT 0, inserted_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    status TEXT GENERATED ALWAYS AS (CASE
      WHEN archived THEN 'archived' WHEN processing_status <> 'complete' THEN processing_status ELSE stage END) VIRTUAL);
  CREATE UNIQUE INDEX item_paths ON items (dataset_id, path, name) WHERE NOT archived AND NOT deleted;
  CREATE INDEX items_by_name ON items (dataset_id, name);
  CREATE INDEX items_by_update ON items (dataset_id, updated_at, id);
  CREATE INDEX items_by_status ON items (dataset_id, status, id);

  CREATE TABLE slots (
    id TEXT PRIMARY KEY, item_id TEXT NOT NULL REFERENCES items ON DELETE CASCADE, position INTEGER NOT NULL,
    slot_name TEXT NOT NULL, type TEXT NOT NULL, file_name TEXT NOT NULL, fps REAL, upload_id TEXT NOT NULL UNIQUE,
    upload_token TEXT NOT NULL, state TEXT NOT NULL, size_bytes INTEGER NOT NULL DEFAULT 0, sha256 TEXT,
    width INTEGER, height INTEGER, frame_count INTEGER, has_frames INTEGER NOT NULL DEFAULT 0,
    as_frames INTEGER NOT NULL DEFAULT 0, extract_views INTEGER NOT NULL DEFAULT 0,
    UNIQUE (item_id, slot_name));

  CREATE TABLE annotations (
    row INTEGER PRIMARY KEY AUTOINCREMENT, item_id TEXT NOT NULL REFERENCES items ON DELETE CASCADE, id TEXT NOT NULL,
    class_id INTEGER NOT NULL REFERENCES classes, slot_name TEXT NOT NULL, data TEXT NOT NULL, actors TEXT NOT NULL,
    properties TEXT NOT NULL, inserted_at INTEGER NOT NULL, UNIQUE (item_id, id));
  CREATE INDEX annotations_of_class ON annotations (class_id, item_id);
  CREATE TABLE item_properties (
    row INTEGER PRIMARY KEY AUTOINCREMENT, item_id TEXT NOT NULL REFERENCES items ON DELETE CASCADE,
    property_id TEXT NOT NULL REFERENCES properties ON DELETE CASCADE, value TEXT NOT NULL, actors TEXT NOT NULL,
    UNIQUE (item_id, property_id, value));

  CREATE TABLE exports (
    id TEXT PRIMARY KEY, dataset_id INTEGER NOT NULL REFERENCES datasets, name TEXT NOT NULL, version INTEGER NOT NULL,
    status TEXT NOT NULL, error TEXT, filters TEXT NOT NULL, include_token INTEGER NOT NULL,
    include_authorship INTEGER NOT NULL, base_url TEXT NOT NULL, download_token TEXT NOT NULL, file_token TEXT NOT NULL,
    size_bytes INTEGER, sha256 TEXT, num_items INTEGER, classes TEXT NOT NULL DEFAULT '[]', inserted_at INTEGER NOT NULL,
    UNIQUE (dataset_id, name), UNIQUE (dataset_id, version));
  CREATE INDEX exports_by_status ON exports (status);
  `,
  // An annotation lies in several slots; threads of comments.
  `
  ALTER TABLE annotations RENAME TO old_annotations;
  CREATE TABLE annotations (
    row INTEGER PRIMARY KEY, item_id TEXT NOT NULL REFERENCES items ON DELETE CASCADE, id TEXT NOT NULL,
    class_id INTEGER NOT NULL REFERENCES classes, slot_names TEXT NOT NULL, data TEXT NOT NULL, actors TEXT NOT NULL,
    properties TEXT NOT NULL, inserted_at INTEGER NOT NULL, UNIQUE (item_id, id));
  INSERT INTO annotations
    SELECT row, item_id, id, class_id, json_array(slot_name), data, actors, properties, inserted_at
    FROM old_annotations ORDER BY row;
  DROP TABLE old_annotations;
  CREATE INDEX annotations_of_class ON annotations (class_id, item_id);

  CREATE TABLE comment_threads (
    id TEXT PRIMARY KEY, item_id TEXT NOT NULL REFERENCES items ON DELETE CASCADE, slot_name TEXT NOT NULL,
    bounding_box TEXT NOT NULL, comments TEXT NOT NULL, inserted_at INTEGER NOT NULL);
  CREATE INDEX threads_of_item ON comment_threads (item_id, id);
  `,
]
