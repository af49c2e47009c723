-- The audit log: events, and the personal data of people in them.

-- Append-only for everybody: the service has no right to change a row, and whoever has it is
-- stopped here. Who switches this off is found by `audit verify`.
CREATE FUNCTION signet.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

-- `content` is what was hashed; the columns before it repeat parts of it for queries, and are
-- checked against it. `tx` orders events for the sealer: whatever is below the oldest transaction
-- that still runs is complete, whenever it committed.
CREATE TABLE signet.audit_events (
  id uuid NOT NULL,
  at timestamptz NOT NULL,
  action smallint NOT NULL,
  outcome smallint NOT NULL,
  actor uuid,
  subject uuid,
  session uuid,
  content bytea NOT NULL,
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
  tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
COMMENT ON COLUMN signet.audit_events.outcome IS '1 succeeded, 2 refused';
CREATE INDEX audit_events_by_tx ON signet.audit_events (tx, id);
CREATE INDEX audit_events_by_subject ON signet.audit_events (subject, id)
  WHERE subject IS NOT NULL;
CREATE INDEX audit_events_by_actor ON signet.audit_events (actor, id)
  WHERE actor IS DISTINCT FROM subject;
-- What no daily partition takes: an insert never fails for want of a partition.
CREATE TABLE signet.audit_events_default PARTITION OF signet.audit_events DEFAULT;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON signet.audit_events
  FOR EACH ROW EXECUTE FUNCTION signet.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON signet.audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION signet.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON signet.audit_events_default
  FOR EACH STATEMENT EXECUTE FUNCTION signet.refuse_change();

-- Sealed by the service under a key that the database does not have. `person` is the user whose
-- data it is; the nil id where it is nobody's that we know. Erasing a person removes his rows.
CREATE TABLE signet.audit_personal (
  person uuid NOT NULL,
  event_id uuid NOT NULL,
  at timestamptz NOT NULL,
  sealed bytea NOT NULL,
  PRIMARY KEY (person, event_id, at)
) PARTITION BY RANGE (at);
CREATE TABLE signet.audit_personal_default PARTITION OF signet.audit_personal DEFAULT;

-- One event as the service hands it over: one parameter, or an element of an array.
CREATE TYPE signet.audit_row AS (
  id uuid, at timestamptz, action smallint, outcome smallint, actor uuid, subject uuid,
  session uuid, content bytea, leaf_hash bytea, person uuid, sealed bytea
);

-- For what is written by a function of ours or has no other effect.
CREATE FUNCTION signet.append_audit(p_audit signet.audit_row) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$
  WITH personal AS (
    INSERT INTO signet.audit_personal (person, event_id, at, sealed)
    SELECT p_audit.person, p_audit.id, p_audit.at, p_audit.sealed
     WHERE p_audit.sealed IS NOT NULL
  )
  INSERT INTO signet.audit_events
    (id, at, action, outcome, actor, subject, session, content, leaf_hash)
  VALUES (p_audit.id, p_audit.at, p_audit.action, p_audit.outcome, p_audit.actor,
          p_audit.subject, p_audit.session, p_audit.content, p_audit.leaf_hash)
$$;

REVOKE ALL ON FUNCTION signet.refuse_change(), signet.append_audit(signet.audit_row) FROM PUBLIC;
GRANT SELECT, INSERT ON signet.audit_events, signet.audit_personal TO signet_service;
GRANT EXECUTE ON FUNCTION signet.append_audit(signet.audit_row) TO signet_service;
