-- What is put into the home of every new session of a person.

CREATE TABLE dotfiles (
    user_id     TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    path        TEXT   NOT NULL,                   -- below the home, such as .config/pip/pip.conf
    data        TEXT   NOT NULL,
    mode        BIGINT NOT NULL,                   -- permission bits
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, path)
);

-- Shell text that runs once in every new session of a person.
CREATE TABLE bootstrap_scripts (
    user_id     TEXT   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    script      TEXT   NOT NULL,
    modified_at BIGINT NOT NULL
);
