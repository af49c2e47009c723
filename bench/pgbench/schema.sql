-- What the two pgbench limits of `refresh` work on: one row per token, and one row per family.
CREATE TABLE bench_token (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash bytea NOT NULL UNIQUE,
  family bigint NOT NULL,
  issued_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL DEFAULT now() + interval '30 days',
  used_at timestamptz
);
CREATE TABLE bench_family (
  id bigint PRIMARY KEY,
  generation int NOT NULL DEFAULT 0,
  token_hash bytea NOT NULL,
  rotated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
CREATE TABLE bench_history (
  family bigint NOT NULL,
  generation int NOT NULL,
  rotated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO bench_family (id, token_hash) SELECT i, sha256(int8send(i)) FROM generate_series(1, 10000) i;
VACUUM ANALYZE;
