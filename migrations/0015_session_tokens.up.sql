-- Opaque session tokens: a second credential of the same sessions. Everything that ends a session
-- ends it whichever it is held by; only how it is looked up and how long it lives differ.

ALTER TABLE signet.sessions ADD COLUMN kind smallint NOT NULL DEFAULT 1;
COMMENT ON COLUMN signet.sessions.kind IS
  '1: held by refresh tokens, 2: by a session token, whose hash is the leaf_hash of its lineage';

-- rotated_at of such a lineage is the time of the last use that is known.
ALTER TABLE signet.lineages ADD COLUMN recorded_at timestamptz;
COMMENT ON COLUMN signet.lineages.recorded_at IS
  'of kind 2: when rotated_at was last written, so that no session is written twice a minute';

-- Who still gets session tokens: one row, followed by every replica.
CREATE TABLE signet.session_policy (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  mode smallint NOT NULL,
  share_percent smallint NOT NULL CHECK (share_percent BETWEEN 0 AND 100),
  version bigint NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by uuid
);
COMMENT ON COLUMN signet.session_policy.mode IS
  '1 on, 2 read-only, 3 off: of share_percent of the users; everybody else''s is on';
INSERT INTO signet.session_policy (mode, share_percent, version, changed_at)
VALUES (1, 0, 1, now());

GRANT SELECT, UPDATE ON signet.session_policy TO signet_service;
