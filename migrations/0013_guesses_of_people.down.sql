-- As 0009_people_data had them.

-- Columns that are of no use to the person and of some to a thief: hashes, sealed values, keys.
CREATE OR REPLACE FUNCTION signet.secret_columns(p_table name) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(attname::text), '{}') FROM pg_attribute
   WHERE attrelid = format('signet.%I', p_table)::regclass AND attnum > 0 AND NOT attisdropped
     AND (atttypid = 'bytea'::regtype OR attname ~ '(hash|secret|sealed)')
$$;

CREATE OR REPLACE FUNCTION signet.export_person(
  p_user uuid, OUT part name, OUT record text, OUT event_id uuid, OUT content bytea,
  OUT sealed bytea) RETURNS SETOF record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
  name name;
BEGIN
  RETURN QUERY
    SELECT 'users'::name, (to_jsonb(u) - signet.secret_columns('users'))::text,
           NULL::uuid, NULL::bytea, NULL::bytea
      FROM signet.users AS u WHERE u.id = p_user;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  FOR name IN SELECT signet.tables_of_people() LOOP
    IF name = 'lineage_history' THEN
      RETURN QUERY
        SELECT name, (to_jsonb(h) - 'secret_hash')::text, NULL::uuid, NULL::bytea, NULL::bytea
          FROM signet.sessions AS s
          JOIN signet.lineage_history AS h ON h.session_id = s.id AND h.user_id = p_user
         WHERE s.user_id = p_user
         ORDER BY h.at, h.session_id, h.generation, h.kind;
    ELSE
      RETURN QUERY EXECUTE format(
        'SELECT $2, (to_jsonb(t) - $3)::text AS record, NULL::uuid, NULL::bytea, NULL::bytea
           FROM signet.%I AS t WHERE t.user_id = $1 ORDER BY record', name)
        USING p_user, name, signet.secret_columns(name);
    END IF;
  END LOOP;
  -- Last: the export itself adds one.
  RETURN QUERY
    SELECT 'audit_events'::name,
           (to_jsonb(e) - signet.secret_columns('audit_events'))::text, e.id, e.content, p.sealed
      FROM signet.audit_events AS e
      LEFT JOIN signet.audit_personal AS p
        ON p.person = p_user AND p.event_id = e.id AND p.at = e.at
     WHERE e.subject = p_user OR (e.actor = p_user AND e.actor IS DISTINCT FROM e.subject)
     ORDER BY e.at, e.id;
END
$$;

-- Closes the account as signet.close_account does, and then removes what tells of the person.
-- Sessions and their history stay without their places and devices: that a session was opened,
-- refreshed and revoked is needed to judge its tokens. Everything else under the id goes.
CREATE OR REPLACE FUNCTION signet.erase_person(
  p_user uuid, p_reason smallint, p_now timestamptz, p_not_before timestamptz,
  p_expires_at timestamptz, p_audit signet.audit_row, OUT outcome smallint, OUT ended bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  part name;
BEGIN
  SELECT c.outcome, c.ended INTO outcome, ended
    FROM signet.close_account(p_user, 3::smallint, p_reason, p_now, p_not_before,
                              p_expires_at, NULL) AS c;
  IF outcome NOT IN (1, 2) THEN
    RETURN;
  END IF;
  PERFORM signet.append_audit(p_audit);
  UPDATE signet.users SET status = 4, email = '', display_name = '', roles = '{}',
         email_verified_at = NULL, second_factor = false, updated_at = p_now
   WHERE id = p_user;
  UPDATE signet.lineage_history AS h SET address = '', user_agent = ''
    FROM signet.sessions AS s
   WHERE s.user_id = p_user AND h.session_id = s.id AND h.user_id = p_user
     AND (h.address <> '' OR h.user_agent <> '');
  UPDATE signet.sessions SET device_name = '', address = '', user_agent = ''
   WHERE user_id = p_user;
  FOR part IN SELECT signet.tables_of_people() LOOP
    CONTINUE WHEN part IN ('sessions', 'lineages', 'lineage_history');
    EXECUTE format('DELETE FROM signet.%I WHERE user_id = $1', part) USING p_user;
  END LOOP;
  -- The events stay, and with them the proof; what could be read of the person in them goes.
  PERFORM signet.erase_audit_personal(p_user);
END
$$;

DROP FUNCTION signet.keys_of_people();
