-- The common subset of SQLite and PostgreSQL: ids are TEXT (UUID version 7, lower case), times are BIGINT
-- (milliseconds since 1970 UTC), yes/no is BIGINT 0/1, structured values are JSON as TEXT.

CREATE TABLE users (
    id            TEXT   NOT NULL PRIMARY KEY,
    email         TEXT   NOT NULL UNIQUE,          -- folded to lower case by the program
    name          TEXT   NOT NULL,
    role          TEXT   NOT NULL CHECK (role IN ('admin', 'user')),
    password_hash TEXT   NOT NULL,                 -- PHC string
    created_at    BIGINT NOT NULL,
    disabled      BIGINT NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1))
);

CREATE TABLE login_sessions (
    id          TEXT   NOT NULL PRIMARY KEY,
    user_id     TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    secret_hash TEXT   NOT NULL UNIQUE,            -- SHA-256 of the cookie, hexadecimal
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX login_sessions_of_user ON login_sessions (user_id);
CREATE INDEX login_sessions_by_expiry ON login_sessions (expires_at);

CREATE TABLE tokens (
    id          TEXT   NOT NULL PRIMARY KEY,
    user_id     TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name        TEXT   NOT NULL,
    secret_hash TEXT   NOT NULL UNIQUE,            -- SHA-256 of the token, hexadecimal
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT,                            -- NULL: never
    last_used   BIGINT                             -- NULL: not yet
);
CREATE INDEX tokens_of_user ON tokens (user_id, id);

CREATE TABLE folders (
    id            TEXT   NOT NULL PRIMARY KEY,
    owner_user_id TEXT   NOT NULL REFERENCES users (id),
    name          TEXT   NOT NULL,
    usage_mode    TEXT   NOT NULL CHECK (usage_mode IN ('general', 'model', 'data')),
    permission    TEXT   NOT NULL CHECK (permission IN ('ro', 'rw', 'wd')),
    status        TEXT   NOT NULL CHECK (status IN ('ready', 'delete-pending', 'delete-ongoing')),
    volume        TEXT   NOT NULL,
    quota_bytes   BIGINT,                          -- NULL: none of its own
    created_at    BIGINT NOT NULL,
    trashed_at    BIGINT                           -- NULL: not in the trash
);
-- A folder in the trash keeps its name for the person who looks for it, and frees it for a new folder.
CREATE UNIQUE INDEX folders_live_name ON folders (owner_user_id, name) WHERE trashed_at IS NULL;
CREATE INDEX folders_of_owner ON folders (owner_user_id, id);

CREATE TABLE sessions (
    id                   TEXT   NOT NULL PRIMARY KEY,
    owner_user_id        TEXT   NOT NULL REFERENCES users (id),
    name                 TEXT   NOT NULL,
    environment          TEXT   NOT NULL,
    type                 TEXT   NOT NULL CHECK (type IN ('interactive', 'batch')),
    status               TEXT   NOT NULL
        CHECK (status IN ('PENDING', 'PREPARING', 'RUNNING', 'TERMINATING', 'TERMINATED', 'ERROR')),
    status_info          TEXT,                     -- why it is in this status, for people
    created_at           BIGINT NOT NULL,
    started_at           BIGINT,
    terminated_at        BIGINT,
    mounts               TEXT   NOT NULL,          -- JSON
    resources            TEXT   NOT NULL,          -- JSON
    environ              TEXT   NOT NULL,          -- JSON
    startup_command      TEXT,
    idle_timeout_seconds BIGINT,                   -- NULL: never
    lifetime_seconds     BIGINT                    -- NULL: never
);
-- The condition is spelled the same way in every query that means "live", so that the index serves it.
CREATE UNIQUE INDEX sessions_live_name ON sessions (owner_user_id, name) WHERE terminated_at IS NULL;
CREATE INDEX sessions_of_owner ON sessions (owner_user_id, id);
