CREATE SCHEMA signet;
CREATE TYPE signet.audit_row AS (
	id uuid,
	at timestamp with time zone,
	action smallint,
	outcome smallint,
	actor uuid,
	subject uuid,
	session uuid,
	content bytea,
	leaf_hash bytea,
	person uuid,
	sealed bytea
);
CREATE TYPE signet.mail_row AS (
	user_id uuid,
	id uuid,
	kind smallint,
	sealed bytea,
	created_at timestamp with time zone,
	due_at timestamp with time zone
);
CREATE FUNCTION signet.add_audit_partition(parent text, key text, day timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET "TimeZone" TO 'UTC'
    AS $$
DECLARE
  name text := parent || '_p' || to_char(day, 'YYYYMMDD');
  other text := parent || '_default';
  until_time timestamptz := day + interval '1 day';
BEGIN
  IF to_regclass(format('signet.%I', name)) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE signet.%I (LIKE signet.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                 name, parent);
  EXECUTE format('LOCK TABLE signet.%I IN ACCESS EXCLUSIVE MODE', other);
  EXECUTE format('ALTER TABLE signet.%I DISABLE TRIGGER USER', other);
  EXECUTE format(
    'WITH moved AS (DELETE FROM signet.%I WHERE %I >= %L AND %I < %L RETURNING *)
     INSERT INTO signet.%I SELECT * FROM moved', other, key, day, key, until_time, name);
  EXECUTE format('ALTER TABLE signet.%I ENABLE TRIGGER USER', other);
  EXECUTE format(
    'ALTER TABLE signet.%I ATTACH PARTITION signet.%I FOR VALUES FROM (%L) TO (%L)',
    parent, name, day, until_time);
  IF parent <> 'audit_personal' THEN
    EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON signet.%I
      FOR EACH STATEMENT EXECUTE FUNCTION signet.refuse_change()', name);
  END IF;
  RETURN true;
END
$$;
CREATE FUNCTION signet.add_partition(parent text, name text, key text, from_time timestamp with time zone, until_time timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF to_regclass(format('signet.%I', name)) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE signet.%I (LIKE signet.%I INCLUDING DEFAULTS)', name, parent);
  EXECUTE format('LOCK TABLE signet.%I IN ACCESS EXCLUSIVE MODE', parent || '_default');
  EXECUTE format(
    'WITH moved AS (DELETE FROM signet.%I WHERE %I >= %L AND %I < %L RETURNING *)
     INSERT INTO signet.%I SELECT * FROM moved',
    parent || '_default', key, from_time, key, until_time, name);
  EXECUTE format(
    'ALTER TABLE signet.%I ATTACH PARTITION signet.%I FOR VALUES FROM (%L) TO (%L)',
    parent, name, from_time, until_time);
  RETURN true;
END
$$;
CREATE FUNCTION signet.admit_attempt(p_subject uuid, p_device uuid, p_lock_after integer, p_challenge_after integer, p_solved boolean, p_now timestamp with time zone, p_forget_before timestamp with time zone, p_pending_until timestamp with time zone, OUT verdict smallint, OUT subject uuid, OUT device uuid, OUT failures integer, OUT retry_at timestamp with time zone) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  g signet.attempt_guards%ROWTYPE;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  INSERT INTO signet.attempt_guards AS a (subject, device, touched_at)
  VALUES (p_subject, p_device, p_now)
  ON CONFLICT ON CONSTRAINT attempt_guards_pkey DO NOTHING;
  SELECT * INTO g FROM signet.attempt_guards AS a
   WHERE a.subject = p_subject AND a.device = p_device FOR NO KEY UPDATE;
  IF g.pending > 0 AND g.pending_until < p_now THEN
    g.failures := g.failures + g.pending;
    g.pending := 0;
  END IF;
  IF g.pending = 0 AND g.touched_at < p_forget_before THEN
    g.failures := 0;
    g.locked_until := NULL;
  END IF;
  subject := p_subject;
  device := p_device;
  failures := g.failures;
  IF g.locked_until > p_now THEN
    verdict := 4;
    retry_at := g.locked_until;
  ELSIF g.held_until > p_now THEN
    verdict := 3;
    retry_at := g.held_until;
  ELSIF g.failures >= p_challenge_after AND NOT p_solved THEN
    verdict := 5;
  ELSIF g.pending >= greatest(p_lock_after - g.failures, 1) THEN
    verdict := 2;
  ELSE
    verdict := 1;
    UPDATE signet.attempt_guards AS a
       SET pending = g.pending + 1, failures = g.failures, locked_until = g.locked_until,
           pending_until = greatest(a.pending_until, p_pending_until),
           touched_at = greatest(a.touched_at, p_now)
     WHERE a.subject = p_subject AND a.device = p_device;
  END IF;
END
$$;
CREATE FUNCTION signet.append_audit(p_audit signet.audit_row) RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS $$
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
CREATE FUNCTION signet.append_revocation(p_kind smallint, p_subject text, p_not_before timestamp with time zone, p_recorded_at timestamp with time zone, p_expires_at timestamp with time zone) RETURNS bigint
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS $$
  WITH head AS (
    UPDATE signet.revocation_head SET last = last + 1 RETURNING last
  ), logged AS (
    INSERT INTO signet.revocation_log
      (sequence, kind, subject, not_before, recorded_at, expires_at)
    SELECT last, p_kind, p_subject, p_not_before, p_recorded_at, p_expires_at FROM head
    RETURNING sequence
  )
  SELECT sequence FROM logged, pg_notify('signet_changes', '')
$$;
CREATE FUNCTION signet.change_password(p_user uuid, p_expected_version bigint, p_hash text, p_keep uuid, p_now timestamp with time zone, p_expires_at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  session uuid;
BEGIN
  PERFORM FROM signet.users WHERE id = p_user FOR NO KEY UPDATE;
  UPDATE signet.password_credentials
     SET hash = p_hash, version = version + 1, changed_at = p_now
   WHERE user_id = p_user AND version = p_expected_version;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  FOR session IN
    WITH dead AS (
      UPDATE signet.lineages SET end_reason = 5
       WHERE user_id = p_user AND session_id IS DISTINCT FROM p_keep
         AND end_reason IS NULL AND expires_at > p_now
      RETURNING session_id, generation
    ), closed AS (
      UPDATE signet.sessions AS s SET ended_at = p_now, end_reason = 5
        FROM dead WHERE s.user_id = p_user AND s.id = dead.session_id
    ), written AS (
      INSERT INTO signet.lineage_history
        (user_id, session_id, kind, generation, end_reason, at, address, user_agent)
      SELECT p_user, session_id, 5, generation, 5, p_now, '', '' FROM dead
    )
    SELECT session_id FROM dead ORDER BY session_id
  LOOP
    PERFORM signet.append_revocation(2::smallint, session::text, NULL, p_now, p_expires_at);
  END LOOP;
  RETURN true;
END
$$;
CREATE FUNCTION signet.close_account(p_user uuid, p_status smallint, p_reason smallint, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone, p_audit signet.audit_row, OUT outcome smallint, OUT ended bigint) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  person record;
  session uuid;
  cut timestamptz;
  last boolean := signet.is_last_administrator(p_user);
BEGIN
  ended := 0;
  SELECT status INTO person FROM signet.users WHERE id = p_user FOR NO KEY UPDATE;
  IF NOT FOUND OR (person.status > 2 AND p_status = 2) THEN
    outcome := 0;
    RETURN;
  END IF;
  IF person.status >= p_status THEN
    outcome := 2;
    RETURN;
  END IF;
  IF last THEN
    outcome := 3;
    RETURN;
  END IF;
  UPDATE signet.users
     SET status = p_status, updated_at = p_now,
         not_before = greatest(not_before + interval '1 second', p_not_before),
         roles = CASE WHEN p_status = 2 THEN roles ELSE '{}' END,
         email_canonical = CASE WHEN p_status = 2 THEN email_canonical
                                ELSE '#' || p_user::text END
   WHERE id = p_user
  RETURNING not_before INTO cut;
  IF p_status > 2 THEN
    UPDATE signet.password_credentials SET hash = '', version = version + 1, changed_at = p_now
     WHERE user_id = p_user;
  END IF;
  FOR session IN
    WITH dead AS (
      UPDATE signet.lineages SET end_reason = p_reason
       WHERE user_id = p_user AND end_reason IS NULL AND expires_at > p_now
      RETURNING session_id, generation
    ), closed AS (
      UPDATE signet.sessions AS s SET ended_at = p_now, end_reason = p_reason
        FROM dead WHERE s.user_id = p_user AND s.id = dead.session_id
    ), written AS (
      INSERT INTO signet.lineage_history
        (user_id, session_id, kind, generation, end_reason, at, address, user_agent)
      SELECT p_user, session_id, 5, generation, p_reason, p_now, '', '' FROM dead
    )
    SELECT session_id FROM dead ORDER BY session_id
  LOOP
    ended := ended + 1;
    PERFORM signet.append_revocation(2::smallint, session::text, NULL, p_now, p_expires_at);
  END LOOP;
  PERFORM signet.append_revocation(3::smallint, p_user::text, cut, p_now, p_expires_at);
  IF (p_audit).id IS NOT NULL THEN
    PERFORM signet.append_audit(p_audit);
  END IF;
  outcome := 1;
END
$$;
CREATE FUNCTION signet.confirm_email_change(p_user uuid, p_purpose smallint, p_secret_hash bytea, p_now timestamp with time zone, p_expires_at timestamp with time zone) RETURNS smallint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  change record;
  session uuid;
BEGIN
  PERFORM FROM signet.users WHERE id = p_user AND status = 1 FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  UPDATE signet.email_tokens SET used_at = p_now
   WHERE user_id = p_user AND purpose = p_purpose AND purpose IN (3, 4)
     AND secret_hash = p_secret_hash AND used_at IS NULL AND expires_at > p_now;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  UPDATE signet.email_changes
     SET old_confirmed_at = CASE WHEN p_purpose = 3 THEN p_now ELSE old_confirmed_at END,
         new_confirmed_at = CASE WHEN p_purpose = 4 THEN p_now ELSE new_confirmed_at END
   WHERE user_id = p_user AND expires_at > p_now
  RETURNING * INTO change;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  IF change.old_confirmed_at IS NULL OR change.new_confirmed_at IS NULL THEN
    RETURN 1;
  END IF;
  UPDATE signet.email_changes SET expires_at = p_now WHERE user_id = p_user;
  BEGIN
    UPDATE signet.users
       SET email = change.new_email, email_canonical = change.new_canonical,
           email_verified_at = p_now, updated_at = p_now
     WHERE id = p_user;
  EXCEPTION WHEN unique_violation THEN
    RETURN 3;
  END;
  UPDATE signet.email_tokens SET used_at = p_now WHERE user_id = p_user AND used_at IS NULL;
  FOR session IN
    WITH dead AS (
      UPDATE signet.lineages SET end_reason = 9
       WHERE user_id = p_user AND session_id <> change.session_id
         AND end_reason IS NULL AND expires_at > p_now
      RETURNING session_id, generation
    ), closed AS (
      UPDATE signet.sessions AS s SET ended_at = p_now, end_reason = 9
        FROM dead WHERE s.user_id = p_user AND s.id = dead.session_id
    ), written AS (
      INSERT INTO signet.lineage_history
        (user_id, session_id, kind, generation, end_reason, at, address, user_agent)
      SELECT p_user, session_id, 5, generation, 9, p_now, '', '' FROM dead
    )
    SELECT session_id FROM dead ORDER BY session_id
  LOOP
    PERFORM signet.append_revocation(2::smallint, session::text, NULL, p_now, p_expires_at);
  END LOOP;
  RETURN 2;
END
$$;
CREATE FUNCTION signet.confirm_totp(p_user uuid, p_session uuid, p_sealed bytea, p_step bigint, p_recovery bytea[], p_acr text, p_amr text[], p_now timestamp with time zone, p_expires_at timestamp with time zone, p_mail signet.mail_row, p_audit signet.audit_row) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  PERFORM FROM signet.users WHERE id = p_user AND status = 1 FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE signet.second_factors
     SET confirmed_at = p_now, last_step = p_step, recovery_hashes = p_recovery, failures = 0,
         refused_until = '-infinity'
   WHERE user_id = p_user AND confirmed_at IS NULL AND totp_sealed = p_sealed;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE signet.users SET second_factor = true, updated_at = p_now WHERE id = p_user;
  UPDATE signet.sessions SET acr = p_acr, amr = p_amr WHERE user_id = p_user AND id = p_session;
  PERFORM signet.end_other_sessions(p_user, p_session, 10::smallint, p_now, p_expires_at);
  INSERT INTO signet.mail_outbox SELECT p_mail.* WHERE p_mail.id IS NOT NULL;
  PERFORM signet.append_audit(p_audit);
  RETURN true;
END
$$;
CREATE FUNCTION signet.create_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_name text, p_description text, p_permissions text[], p_now timestamp with time zone, OUT outcome smallint, OUT detail text) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF NOT signet.lock_caller(p_caller, p_issued_at, NULL) THEN outcome := 2; RETURN; END IF;
  detail := signet.missing_permission(p_permissions, p_held);
  IF detail IS NOT NULL THEN outcome := 5; RETURN; END IF;
  INSERT INTO signet.roles AS r (name, description, permissions, created_at, updated_at)
  VALUES (p_name, p_description, p_permissions, p_now, p_now)
  ON CONFLICT (name) DO UPDATE
     SET description = p_description, permissions = p_permissions, created_at = p_now,
         updated_at = p_now, deleted_at = NULL, version = r.version + 1
   WHERE r.deleted_at IS NOT NULL;
  outcome := CASE WHEN FOUND THEN 1 ELSE 11 END;
END
$$;
CREATE FUNCTION signet.delete_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_name text, p_now timestamp with time zone, OUT outcome smallint, OUT detail text) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  before signet.roles;
BEGIN
  SELECT * INTO before FROM signet.roles
   WHERE name = p_name AND deleted_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN outcome := 4; RETURN; END IF;
  IF before.built_in THEN outcome := 8; RETURN; END IF;
  IF NOT signet.lock_caller(p_caller, p_issued_at, NULL) THEN outcome := 2; RETURN; END IF;
  detail := signet.missing_permission(before.permissions, p_held);
  IF detail IS NOT NULL THEN outcome := 5; RETURN; END IF;
  -- A grant under way holds the role and was waited for: who got it is seen here.
  IF EXISTS (SELECT FROM signet.users WHERE roles <> '{}' AND roles @> ARRAY[p_name])
     OR EXISTS (SELECT FROM signet.service_accounts
                 WHERE roles <> '{}' AND roles @> ARRAY[p_name] AND status <> 3) THEN
    outcome := 9; RETURN;
  END IF;
  UPDATE signet.roles SET deleted_at = p_now, updated_at = p_now WHERE name = p_name;
  outcome := 1;
END
$$;
CREATE FUNCTION signet.drop_expired_partitions(p_now timestamp with time zone, p_history_before timestamp with time zone, p_log_before timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET "TimeZone" TO 'UTC'
    SET lock_timeout TO '2s'
    AS $_$
DECLARE
  dropped integer := 0;
  in_force boolean;
  part record;
BEGIN
  FOR part IN
    SELECT c.relname AS name, i.inhparent = 'signet.revocation_log'::regclass AS is_log,
           to_timestamp(substring(c.relname from '_p(\d+)$'),
                        CASE WHEN i.inhparent = 'signet.revocation_log'::regclass
                             THEN 'YYYYMMDD' ELSE 'YYYYMM' END) AS start
      FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent IN ('signet.lineage_history'::regclass, 'signet.revocation_log'::regclass)
       AND c.relname ~ '_p\d+$'
     ORDER BY c.relname
  LOOP
    IF part.is_log THEN
      CONTINUE WHEN part.start + interval '1 day'
                    > least(p_log_before, p_now - interval '1 day');
      EXECUTE format('SELECT EXISTS (SELECT FROM signet.%I WHERE expires_at > $1)', part.name)
         INTO in_force USING p_now;
      CONTINUE WHEN in_force;
    ELSE
      CONTINUE WHEN part.start + interval '1 month'
                    > least(p_history_before, p_now - interval '31 days');
    END IF;
    EXECUTE format('DROP TABLE signet.%I', part.name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$_$;
CREATE FUNCTION signet.end_all_sessions(p_user uuid, p_reason smallint, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  ended bigint;
  cut timestamptz;
BEGIN
  UPDATE signet.users
     SET not_before = greatest(not_before + interval '1 second', p_not_before), updated_at = p_now
   WHERE id = p_user
  RETURNING not_before INTO cut;
  WITH dead AS (
    UPDATE signet.lineages SET end_reason = p_reason
     WHERE user_id = p_user AND end_reason IS NULL AND expires_at > p_now
    RETURNING session_id, generation
  ), closed AS (
    UPDATE signet.sessions AS s SET ended_at = p_now, end_reason = p_reason
      FROM dead WHERE s.user_id = p_user AND s.id = dead.session_id
  ), written AS (
    INSERT INTO signet.lineage_history
      (user_id, session_id, kind, generation, end_reason, at, address, user_agent)
    SELECT p_user, session_id, 5, generation, p_reason, p_now, '', '' FROM dead
  )
  SELECT count(*) INTO ended FROM dead;
  PERFORM signet.append_revocation(
    3::smallint, p_user::text, coalesce(cut, p_not_before), p_now, p_expires_at);
  RETURN ended;
END
$$;
CREATE FUNCTION signet.end_all_sessions(p_user uuid, p_reason smallint, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone, p_audit signet.audit_row) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  PERFORM signet.append_audit(p_audit);
  RETURN signet.end_all_sessions(p_user, p_reason, p_now, p_not_before, p_expires_at);
END
$$;
CREATE FUNCTION signet.end_other_sessions(p_user uuid, p_keep uuid, p_reason smallint, p_now timestamp with time zone, p_expires_at timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  session uuid;
  ended bigint := 0;
BEGIN
  FOR session IN
    WITH dead AS (
      UPDATE signet.lineages SET end_reason = p_reason
       WHERE user_id = p_user AND session_id IS DISTINCT FROM p_keep
         AND end_reason IS NULL AND expires_at > p_now
      RETURNING session_id, generation
    ), closed AS (
      UPDATE signet.sessions AS s SET ended_at = p_now, end_reason = p_reason
        FROM dead WHERE s.user_id = p_user AND s.id = dead.session_id
    ), written AS (
      INSERT INTO signet.lineage_history
        (user_id, session_id, kind, generation, end_reason, at, address, user_agent)
      SELECT p_user, session_id, 5, generation, p_reason, p_now, '', '' FROM dead
    )
    SELECT session_id FROM dead ORDER BY session_id
  LOOP
    PERFORM signet.append_revocation(2::smallint, session::text, NULL, p_now, p_expires_at);
    ended := ended + 1;
  END LOOP;
  RETURN ended;
END
$$;
CREATE FUNCTION signet.ensure_audit_partitions(p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET "TimeZone" TO 'UTC'
    SET lock_timeout TO '2s'
    AS $_$
DECLARE
  made integer := 0;
  parent text;
  key text;
  days timestamptz[];
  day timestamptz;
BEGIN
  FOR parent, key IN VALUES ('audit_events', 'at'), ('audit_personal', 'at'),
                            ('audit_leaves', 'sealed_at'), ('audit_checkpoints', 'sealed_at')
  LOOP
    -- First all of them: a table that is being read cannot be altered.
    EXECUTE format(
      'SELECT array_agg(day ORDER BY day) FROM (
         SELECT date_trunc(''day'', $1) + make_interval(days => n) FROM generate_series(0, 2) AS n
         UNION SELECT date_trunc(''day'', %I) FROM signet.%I) AS d (day)', key, parent || '_default')
      INTO days USING p_now;
    FOREACH day IN ARRAY days LOOP
      made := made + signet.add_audit_partition(parent, key, day)::integer;
    END LOOP;
  END LOOP;
  RETURN made;
END
$_$;
CREATE FUNCTION signet.ensure_partitions(p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET "TimeZone" TO 'UTC'
    SET lock_timeout TO '2s'
    AS $$
DECLARE
  made integer := 0;
  start timestamptz;
BEGIN
  FOR i IN 0..2 LOOP
    start := date_trunc('month', p_now) + make_interval(months => i);
    made := made + signet.add_partition(
      'lineage_history', 'lineage_history_p' || to_char(start, 'YYYYMM'), 'at',
      start, start + interval '1 month')::integer;
  END LOOP;
  FOR i IN 0..7 LOOP
    start := date_trunc('day', p_now) + make_interval(days => i);
    made := made + signet.add_partition(
      'revocation_log', 'revocation_log_p' || to_char(start, 'YYYYMMDD'), 'recorded_at',
      start, start + interval '1 day')::integer;
  END LOOP;
  RETURN made;
END
$$;
CREATE FUNCTION signet.erase_audit_personal(p_person uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  WITH erased AS (DELETE FROM signet.audit_personal WHERE person = p_person RETURNING 1)
  SELECT count(*) FROM erased
$$;
CREATE FUNCTION signet.erase_person(p_user uuid, p_reason smallint, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone, p_audit signet.audit_row, OUT outcome smallint, OUT ended bigint) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $_$
DECLARE
  name name;
  key name;
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
  FOR name, key IN SELECT k.part, k.owner_column FROM signet.keys_of_people() AS k LOOP
    CONTINUE WHEN name IN ('sessions', 'lineages', 'lineage_history');
    EXECUTE format('DELETE FROM signet.%I WHERE %I = $1', name, key) USING p_user;
  END LOOP;
  -- The events stay, and with them the proof; what could be read of the person in them goes.
  PERFORM signet.erase_audit_personal(p_user);
END
$_$;
CREATE FUNCTION signet.exchange_tokens(p_keys uuid[], p_spent bigint[], p_wanted bigint[], p_capacity bigint[], p_period_ms bigint[], p_now timestamp with time zone) RETURNS TABLE(granted bigint, next_at timestamp with time zone)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  have double precision;
  per_second double precision;
BEGIN
  FOR i IN 1 .. coalesce(array_length(p_keys, 1), 0) LOOP
    per_second := p_capacity[i] * 1000.0 / p_period_ms[i];
    INSERT INTO signet.rate_buckets AS b VALUES (p_keys[i], p_capacity[i], p_now)
    ON CONFLICT (key) DO NOTHING;
    SELECT least(p_capacity[i],
                 b.tokens + per_second * greatest(extract(epoch FROM p_now - b.updated_at), 0))
      INTO have FROM signet.rate_buckets AS b WHERE b.key = p_keys[i] FOR NO KEY UPDATE;
    have := least(p_capacity[i], have - p_spent[i]);
    granted := least(p_wanted[i], greatest(floor(have), 0)::bigint);
    have := have - granted;
    UPDATE signet.rate_buckets AS b
       SET tokens = have, updated_at = greatest(b.updated_at, p_now)
     WHERE b.key = p_keys[i];
    next_at := p_now + make_interval(secs => greatest(1 - have, 0) / per_second);
    RETURN NEXT;
  END LOOP;
END
$$;
CREATE FUNCTION signet.export_person(p_user uuid, OUT part name, OUT record text, OUT event_id uuid, OUT content bytea, OUT sealed bytea) RETURNS SETOF record
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS $_$
DECLARE
  name name;
  key name;
BEGIN
  RETURN QUERY
    SELECT 'users'::name, (to_jsonb(u) - signet.secret_columns('users'))::text,
           NULL::uuid, NULL::bytea, NULL::bytea
      FROM signet.users AS u WHERE u.id = p_user;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  FOR name, key IN SELECT k.part, k.owner_column FROM signet.keys_of_people() AS k LOOP
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
           FROM signet.%I AS t WHERE t.%I = $1 ORDER BY record', name, key)
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
$_$;
CREATE FUNCTION signet.fail_attempt(p_subject uuid, p_device uuid, p_lock_after integer, p_delay_after integer, p_lock interval, p_longest_lock interval, p_delay interval, p_now timestamp with time zone, OUT failures integer, OUT locked_until timestamp with time zone, OUT first_lock boolean) RETURNS record
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS $$
  WITH before AS MATERIALIZED (
    SELECT g.locked_until FROM signet.attempt_guards AS g
     WHERE g.subject = p_subject AND g.device = p_device FOR NO KEY UPDATE
  )
  UPDATE signet.attempt_guards AS g
     SET pending = greatest(g.pending - 1, 0),
         failures = g.failures + 1,
         held_until = CASE WHEN p_delay > interval '0' AND g.failures + 1 BETWEEN p_delay_after AND p_lock_after - 1 THEN
           p_now + least(p_delay * power(2, least(g.failures + 1 - p_delay_after, 20)), p_lock)
           END,
         locked_until = CASE WHEN g.failures + 1 >= p_lock_after THEN
           p_now + least(p_lock * power(2, least(g.failures + 1 - p_lock_after, 20)),
                         p_longest_lock)
           END,
         touched_at = greatest(g.touched_at, p_now)
    FROM before
   WHERE g.subject = p_subject AND g.device = p_device
  RETURNING g.failures, g.locked_until,
            g.locked_until IS NOT NULL AND before.locked_until IS NULL
$$;
CREATE FUNCTION signet.finish_mail(p_user uuid, p_id uuid) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  DELETE FROM signet.mail_outbox WHERE user_id = p_user AND id = p_id
$$;
CREATE FUNCTION signet.forget_verifiers(p_before timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  DELETE FROM signet.key_set_verifiers WHERE seen_at < p_before
$$;
CREATE FUNCTION signet.grant_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_subject uuid, p_role text, p_compiled text[], p_expires_at timestamp with time zone, p_most integer, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone, OUT outcome smallint, OUT detail text) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  wanted text[];
  holds text[];
  had boolean;
  had_until timestamptz;
BEGIN
  IF p_role = 'admin' THEN PERFORM signet.lock_administrators(); END IF;
  SELECT permissions INTO wanted FROM signet.roles
   WHERE name = p_role AND deleted_at IS NULL FOR SHARE;
  IF NOT FOUND THEN outcome := 4; RETURN; END IF;
  IF NOT signet.lock_caller(p_caller, p_issued_at, p_subject) THEN outcome := 2; RETURN; END IF;
  detail := signet.missing_permission(wanted || p_compiled, p_held);
  IF detail IS NOT NULL THEN outcome := 5; RETURN; END IF;
  holds := signet.lock_subject_roles(p_subject);
  IF holds IS NULL THEN outcome := 3; RETURN; END IF;
  had := p_role = ANY (holds);
  IF NOT had AND cardinality(holds) >= p_most THEN outcome := 6; RETURN; END IF;
  SELECT expires_at INTO had_until FROM signet.role_grants
   WHERE user_id = p_subject AND role = p_role;
  IF had AND p_role = 'admin' AND had_until IS NULL AND p_expires_at IS NOT NULL
     AND EXISTS (SELECT FROM signet.users WHERE id = p_subject AND status = 1) THEN
    PERFORM signet.keep_an_administrator(p_subject);
  END IF;
  INSERT INTO signet.role_grants (user_id, role, granted_by, granted_at, expires_at)
  VALUES (p_subject, p_role, p_caller, p_now, p_expires_at)
  ON CONFLICT (user_id, role) DO UPDATE
     SET granted_by = p_caller, granted_at = p_now, expires_at = p_expires_at;
  PERFORM signet.write_roles(
    p_subject, CASE WHEN had THEN holds ELSE holds || p_role END,
    had AND p_expires_at IS NOT NULL AND p_expires_at < coalesce(had_until, 'infinity'), p_now,
    p_revocation_expires_at);
  outcome := 1;
END
$$;
CREATE FUNCTION signet.guard_administrators() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  PERFORM signet.keep_an_administrator(OLD.id);
  RETURN coalesce(NEW, OLD);
END
$$;
CREATE FUNCTION signet.insert_first_administrator(p_user uuid, p_email text, p_canonical text, p_hash text, p_roles text[], p_now timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('signet.first_administrator', 0));
  IF EXISTS (SELECT FROM signet.users WHERE 'admin' = ANY (roles)) THEN
    RETURN false;
  END IF;
  INSERT INTO signet.users (id, email, email_canonical, roles, created_at, updated_at)
  VALUES (p_user, p_email, p_canonical, p_roles, p_now, p_now)
  ON CONFLICT (email_canonical) DO NOTHING;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO signet.password_credentials (user_id, hash, changed_at)
  VALUES (p_user, p_hash, p_now);
  RETURN true;
END
$$;
CREATE FUNCTION signet.insert_first_verified_administrator(p_user uuid, p_email text, p_canonical text, p_hash text, p_roles text[], p_now timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF NOT signet.insert_first_administrator(p_user, p_email, p_canonical, p_hash, p_roles, p_now) THEN
    RETURN false;
  END IF;
  UPDATE signet.users SET email_verified_at = p_now WHERE id = p_user;
  RETURN true;
END
$$;
CREATE FUNCTION signet.is_last_administrator(p_user uuid) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  staying uuid[];
BEGIN
  PERFORM signet.lock_administrators();
  SELECT array_agg(u.id) INTO staying
    FROM signet.users AS u
   WHERE u.status = 1 AND 'admin' = ANY (u.roles)
     AND NOT EXISTS (SELECT FROM signet.role_grants AS g
                      WHERE g.user_id = u.id AND g.role = 'admin' AND g.expires_at IS NOT NULL);
  RETURN coalesce(staying = ARRAY[p_user], false);
END
$$;
CREATE FUNCTION signet.keep_an_administrator(p_user uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF signet.is_last_administrator(p_user) THEN
    RAISE EXCEPTION 'the last administrator' USING ERRCODE = 'SG001';
  END IF;
END
$$;
CREATE FUNCTION signet.keys_of_people() RETURNS TABLE(part name, owner_column name)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT c.relname, a.attname FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.atttypid = 'uuid'::regtype
     AND a.attname IN ('user_id', 'subject') AND NOT a.attisdropped
   WHERE c.relnamespace = 'signet'::regnamespace AND c.relkind IN ('r', 'p')
     AND NOT c.relispartition AND c.relname <> 'audit_events'
   ORDER BY c.relname, a.attname
$$;
CREATE FUNCTION signet.lock_administrators() RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('signet.administrators', 0))
$$;
CREATE FUNCTION signet.lock_caller(p_caller uuid, p_issued_at timestamp with time zone, p_subject uuid) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  PERFORM FROM signet.users WHERE id IN (p_caller, p_subject) ORDER BY id FOR NO KEY UPDATE;
  RETURN EXISTS (SELECT FROM signet.users
                  WHERE id = p_caller AND status = 1
                    AND (not_before IS NULL OR not_before <= p_issued_at));
END
$$;
CREATE FUNCTION signet.lock_subject_roles(p_subject uuid) RETURNS text[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  held text[];
BEGIN
  SELECT roles INTO held FROM signet.users WHERE id = p_subject AND status < 3 FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    SELECT roles INTO held FROM signet.service_accounts
     WHERE id = p_subject AND status <> 3 FOR NO KEY UPDATE;
  END IF;
  RETURN held;
END
$$;
CREATE FUNCTION signet.missing_permission(p_wanted text[], p_held text[]) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT min(w) FROM unnest(p_wanted) AS w
   WHERE w <> ALL (p_held)
     AND NOT (w LIKE 'app:%' AND 'access.grant_app' = ANY (p_held))
$$;
CREATE FUNCTION signet.move_signing_key(p_kid text, p_from smallint[], p_to smallint, p_now timestamp with time zone, p_expires_at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  PERFORM FROM signet.signing_key_head FOR NO KEY UPDATE;
  IF NOT EXISTS (SELECT FROM signet.signing_keys WHERE kid = p_kid AND state = ANY (p_from)) THEN
    RETURN false;
  END IF;
  UPDATE signet.signing_keys
     SET state = CASE WHEN kid = p_kid THEN p_to ELSE 4 END,
         published_at = CASE WHEN kid = p_kid AND p_to = 2 THEN p_now ELSE published_at END,
         activated_at = CASE WHEN kid = p_kid AND p_to = 3 THEN p_now ELSE activated_at END,
         retiring_at = CASE WHEN kid <> p_kid OR p_to = 4 THEN p_now ELSE retiring_at END,
         retired_at = CASE WHEN kid = p_kid AND p_to = 5 THEN p_now ELSE retired_at END,
         tainted_at = CASE WHEN kid = p_kid AND p_to = 6 THEN p_now ELSE tainted_at END
   WHERE kid = p_kid OR (p_to = 3 AND state = 3);
  UPDATE signet.signing_key_head SET version = version + 1;
  IF p_to = 6 THEN
    PERFORM signet.append_revocation(4::smallint, p_kid, NULL, p_now, p_expires_at);
  END IF;
  PERFORM pg_notify('signet_changes', '');
  RETURN true;
END
$$;
CREATE FUNCTION signet.move_signing_key(p_kid text, p_from smallint[], p_to smallint, p_now timestamp with time zone, p_expires_at timestamp with time zone, p_audit signet.audit_row) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  IF NOT signet.move_signing_key(p_kid, p_from, p_to, p_now, p_expires_at) THEN
    RETURN false;
  END IF;
  IF (p_audit).id IS NOT NULL THEN
    PERFORM signet.append_audit(p_audit);
  END IF;
  RETURN true;
END
$$;
CREATE FUNCTION signet.next_not_before(p_now timestamp with time zone, p_before timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT greatest(p_before + interval '1 second',
                  date_trunc('second', greatest(p_now, clock_timestamp())) + interval '2 seconds')
$$;
CREATE FUNCTION signet.note_failed_login(p_subject uuid, p_network bigint, p_password bigint, p_locked boolean, p_now timestamp with time zone, p_since timestamp with time zone, p_stuffing integer, p_spraying integer, p_locks integer) RETURNS smallint[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  raised smallint[] := '{}';
  seen bigint;
BEGIN
  INSERT INTO signet.failed_logins (at, subject, network, password, locked)
  VALUES (p_now, p_subject, p_network, p_password, p_locked);
  SELECT count(DISTINCT subject) INTO seen FROM (
    SELECT f.subject FROM signet.failed_logins AS f
     WHERE f.network = p_network AND f.at > p_since ORDER BY f.at DESC
     LIMIT 10 * p_stuffing) AS newest;
  IF seen >= p_stuffing AND signet.raise_threat(1::smallint, p_network, p_now, p_since) THEN
    raised := raised || 1::smallint;
  END IF;
  SELECT count(DISTINCT subject) INTO seen FROM (
    SELECT f.subject FROM signet.failed_logins AS f
     WHERE f.password = p_password AND f.at > p_since ORDER BY f.at DESC
     LIMIT 10 * p_spraying) AS newest;
  IF seen >= p_spraying AND signet.raise_threat(2::smallint, p_password, p_now, p_since) THEN
    raised := raised || 2::smallint;
  END IF;
  IF p_locked THEN
    SELECT count(DISTINCT subject) INTO seen FROM (
      SELECT f.subject FROM signet.failed_logins AS f
       WHERE f.locked AND f.at > p_since ORDER BY f.at DESC
       LIMIT 10 * p_locks) AS newest;
    IF seen >= p_locks AND signet.raise_threat(3::smallint, 0, p_now, p_since) THEN
      raised := raised || 3::smallint;
    END IF;
  END IF;
  RETURN raised;
END
$$;
CREATE FUNCTION signet.raise_threat(p_kind smallint, p_key bigint, p_now timestamp with time zone, p_since timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  -- Most ask of what was told already: they must not queue for its row.
  IF EXISTS (SELECT FROM signet.threats AS t
              WHERE t.kind = p_kind AND t.key = p_key AND t.raised_at > p_since) THEN
    RETURN false;
  END IF;
  INSERT INTO signet.threats AS t (kind, key, raised_at) VALUES (p_kind, p_key, p_now)
  ON CONFLICT (kind, key) DO UPDATE SET raised_at = p_now WHERE t.raised_at <= p_since;
  RETURN FOUND;
END
$$;
CREATE FUNCTION signet.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE FUNCTION signet.remove_expired_email_tokens(p_before timestamp with time zone) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  WITH tokens AS (
    DELETE FROM signet.email_tokens WHERE expires_at < p_before RETURNING user_id
  ), changes AS (
    DELETE FROM signet.email_changes WHERE expires_at < p_before RETURNING user_id
  )
  SELECT (SELECT count(*) FROM tokens) + (SELECT count(*) FROM changes)
$$;
CREATE FUNCTION signet.remove_expired_grants(p_now timestamp with time zone, p_most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '2s'
    AS $$
DECLARE
  expired record;
  holds text[];
  removed integer := 0;
BEGIN
  FOR expired IN
    SELECT * FROM (SELECT user_id, role FROM signet.role_grants
                    WHERE expires_at <= p_now ORDER BY expires_at LIMIT p_most) AS first
     ORDER BY user_id
  LOOP
    holds := signet.lock_subject_roles(expired.user_id);
    -- It may have been prolonged before the lock was had.
    CONTINUE WHEN NOT EXISTS (
      SELECT FROM signet.role_grants WHERE user_id = expired.user_id
         AND role = expired.role AND expires_at <= p_now);
    IF expired.role = ANY (holds) THEN
      PERFORM signet.write_roles(
        expired.user_id, array_remove(holds, expired.role), false, p_now, p_now);
    END IF;
    DELETE FROM signet.role_grants
     WHERE user_id = expired.user_id AND role = expired.role;
    removed := removed + 1;
  END LOOP;
  RETURN removed;
END
$$;
CREATE FUNCTION signet.remove_expired_sessions(p_now timestamp with time zone, p_before timestamp with time zone, p_most integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '2s'
    AS $$
  WITH expired AS MATERIALIZED (
    SELECT user_id, session_id FROM signet.lineages
     WHERE expires_at < least(p_before, p_now - interval '31 days')
     ORDER BY expires_at LIMIT p_most
       FOR UPDATE SKIP LOCKED
  ), removed AS (
    DELETE FROM signet.lineages AS l USING expired AS e
     WHERE l.user_id = e.user_id AND l.session_id = e.session_id
  ), closed AS (
    DELETE FROM signet.sessions AS s USING expired AS e
     WHERE s.user_id = e.user_id AND s.id = e.session_id
  )
  SELECT count(*)::integer FROM expired
$$;
CREATE FUNCTION signet.remove_given_up_mail(p_before timestamp with time zone) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
  WITH gone AS (
    DELETE FROM signet.mail_outbox WHERE given_up_at < p_before RETURNING id
  )
  SELECT count(*) FROM gone
$$;
CREATE FUNCTION signet.remove_idle_buckets(p_now timestamp with time zone, p_before timestamp with time zone, p_most integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '2s'
    AS $$
  WITH idle AS MATERIALIZED (
    SELECT ctid FROM signet.rate_buckets
     WHERE updated_at < least(p_before, p_now - interval '1 day') LIMIT p_most
       FOR UPDATE SKIP LOCKED
  ), removed AS (
    DELETE FROM signet.rate_buckets AS b USING idle WHERE b.ctid = idle.ctid
    RETURNING 1
  )
  SELECT count(*)::integer FROM removed
$$;
CREATE FUNCTION signet.remove_stale_attempts(p_now timestamp with time zone, p_before timestamp with time zone, p_most integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '2s'
    AS $$
  WITH stale AS MATERIALIZED (
    SELECT ctid FROM signet.attempt_guards
     WHERE touched_at < least(p_before, p_now - interval '1 day') LIMIT p_most
       FOR UPDATE SKIP LOCKED
  ), removed AS (
    DELETE FROM signet.attempt_guards AS g USING stale WHERE g.ctid = stale.ctid
    RETURNING 1
  )
  SELECT count(*)::integer FROM removed
$$;
CREATE FUNCTION signet.remove_stale_evidence(p_now timestamp with time zone, p_most integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '2s'
    AS $$
  WITH old_failures AS (
    DELETE FROM signet.failed_logins WHERE ctid IN (
      SELECT ctid FROM signet.failed_logins WHERE at < p_now - interval '1 hour'
       ORDER BY at LIMIT p_most FOR UPDATE SKIP LOCKED) RETURNING 1
  ), old_challenges AS (
    DELETE FROM signet.used_challenges WHERE ctid IN (
      SELECT ctid FROM signet.used_challenges WHERE expires_at < p_now - interval '1 hour'
       LIMIT p_most FOR UPDATE SKIP LOCKED) RETURNING 1
  ), old_threats AS (
    DELETE FROM signet.threats WHERE ctid IN (
      SELECT ctid FROM signet.threats WHERE raised_at < p_now - interval '1 day'
       LIMIT p_most FOR UPDATE SKIP LOCKED) RETURNING 1
  )
  SELECT ((SELECT count(*) FROM old_failures) + (SELECT count(*) FROM old_challenges)
          + (SELECT count(*) FROM old_threats))::integer
$$;
CREATE FUNCTION signet.reset_password(p_user uuid, p_secret_hash bytea, p_hash text, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
  PERFORM FROM signet.users WHERE id = p_user AND status = 1 FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE signet.email_tokens SET used_at = p_now
   WHERE user_id = p_user AND purpose = 2 AND secret_hash = p_secret_hash AND used_at IS NULL
     AND expires_at > p_now;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE signet.email_tokens SET used_at = p_now WHERE user_id = p_user AND used_at IS NULL;
  UPDATE signet.password_credentials
     SET hash = p_hash, version = version + 1, changed_at = p_now
   WHERE user_id = p_user;
  UPDATE signet.users SET email_verified_at = coalesce(email_verified_at, p_now) WHERE id = p_user;
  PERFORM signet.end_all_sessions(p_user, 5::smallint, p_now, p_not_before, p_expires_at);
  RETURN true;
END
$$;
CREATE FUNCTION signet.retire_audit(p_now timestamp with time zone, p_before timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET "TimeZone" TO 'UTC'
    SET lock_timeout TO '2s'
    AS $_$
DECLARE
  dropped integer := 0;
  cut timestamptz := least(p_before, p_now - interval '30 days');
  part record;
  after_last bigint;
  needed boolean;
BEGIN
  FOR part IN
    SELECT substring(c.relname from '\d+$') AS day
      FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'signet.audit_leaves'::regclass AND c.relname ~ '_p\d+$'
       AND to_timestamp(substring(c.relname from '\d+$'), 'YYYYMMDD') + interval '1 day' <= cut
     ORDER BY c.relname
  LOOP
    EXECUTE format('SELECT max(leaf_index) + 1 FROM signet.%I', 'audit_leaves_p' || part.day)
       INTO after_last;
    IF after_last IS NOT NULL THEN
      INSERT INTO signet.audit_retired (size, edge, note, sealed_at, retired_at)
      SELECT size, edge, note, sealed_at, p_now
        FROM signet.audit_checkpoints WHERE size = after_last;
      EXIT WHEN NOT FOUND;  -- nothing would prove the rest
    END IF;
    EXECUTE format('DROP TABLE signet.%I', 'audit_leaves_p' || part.day);
    EXECUTE format('DROP TABLE IF EXISTS signet.%I', 'audit_checkpoints_p' || part.day);
    dropped := dropped + 1;
  END LOOP;
  FOR part IN
    SELECT substring(c.relname from '\d+$') AS day
      FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'signet.audit_events'::regclass AND c.relname ~ '_p\d+$'
       AND to_timestamp(substring(c.relname from '\d+$'), 'YYYYMMDD') + interval '1 day' <= cut
     ORDER BY c.relname
  LOOP
    EXECUTE format(
      'SELECT EXISTS (SELECT FROM signet.%I AS e
                       WHERE (e.tx, e.id) > ($1, $2)
                          OR EXISTS (SELECT FROM signet.audit_leaves AS l WHERE l.event_id = e.id))',
      'audit_events_p' || part.day)
      INTO needed USING (SELECT tx FROM signet.audit_head), (SELECT id FROM signet.audit_head);
    CONTINUE WHEN needed;
    EXECUTE format('DROP TABLE signet.%I', 'audit_events_p' || part.day);
    EXECUTE format('DROP TABLE IF EXISTS signet.%I', 'audit_personal_p' || part.day);
  END LOOP;
  RETURN dropped;
END
$_$;
CREATE FUNCTION signet.revoke_api_key(p_key uuid, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  account uuid;
  cut timestamptz;
BEGIN
  UPDATE signet.api_keys SET revoked_at = p_now
   WHERE id = p_key AND revoked_at IS NULL
  RETURNING service_account_id INTO account;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE signet.service_accounts
     SET not_before = signet.next_not_before(p_now, not_before), updated_at = p_now
   WHERE id = account
  RETURNING not_before INTO cut;
  PERFORM signet.append_revocation(
    3::smallint, account::text, cut, p_now, p_revocation_expires_at);
  RETURN true;
END
$$;
CREATE FUNCTION signet.revoke_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_subject uuid, p_role text, p_compiled text[], p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone, OUT outcome smallint, OUT detail text) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  wanted text[];
  holds text[];
BEGIN
  IF p_role = 'admin' THEN PERFORM signet.lock_administrators(); END IF;
  SELECT permissions INTO wanted FROM signet.roles WHERE name = p_role FOR SHARE;
  IF NOT signet.lock_caller(p_caller, p_issued_at, p_subject) THEN outcome := 2; RETURN; END IF;
  detail := signet.missing_permission(coalesce(wanted, '{}') || p_compiled, p_held);
  IF detail IS NOT NULL THEN outcome := 5; RETURN; END IF;
  holds := signet.lock_subject_roles(p_subject);
  IF holds IS NULL THEN outcome := 3; RETURN; END IF;
  IF p_role <> ALL (holds) THEN outcome := 7; RETURN; END IF;
  PERFORM signet.write_roles(
    p_subject, array_remove(holds, p_role), true, p_now, p_revocation_expires_at);
  outcome := 1;
END
$$;
CREATE FUNCTION signet.role_facts(p_subject uuid, p_roles text[]) RETURNS text[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  facts text[];
BEGIN
  SELECT array_agg(fact ORDER BY h.n, part) INTO facts
    FROM unnest(p_roles) WITH ORDINALITY AS h (role, n)
    CROSS JOIN LATERAL (
      VALUES (1, coalesce((SELECT g.expires_at::text FROM signet.role_grants AS g
                            WHERE g.user_id = p_subject AND g.role = h.role), '')),
             (2, coalesce((SELECT array_to_string(r.permissions, ' ') FROM signet.roles AS r
                            WHERE r.name = h.role), ''))) AS f (part, fact);
  RETURN coalesce(facts, '{}');
END
$$;
CREATE FUNCTION signet.secret_columns(p_table name) RETURNS text[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $_$
  SELECT coalesce(array_agg(attname::text), '{}') FROM pg_attribute
   WHERE attrelid = format('signet.%I', p_table)::regclass AND attnum > 0 AND NOT attisdropped
     AND (atttypid = 'bytea'::regtype OR attname ~ '(hash|secret|sealed|^network$|^password$)')
$_$;
CREATE FUNCTION signet.set_service_account_status(p_account uuid, p_status smallint, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  cut timestamptz;
BEGIN
  UPDATE signet.service_accounts
     SET status = p_status, updated_at = p_now,
         not_before = CASE WHEN p_status = 1 THEN not_before
                           ELSE signet.next_not_before(p_now, not_before) END
   WHERE id = p_account AND status <> 3
  RETURNING not_before INTO cut;
  IF NOT FOUND THEN RETURN false; END IF;
  IF p_status <> 1 THEN
    PERFORM signet.append_revocation(
      3::smallint, p_account::text, cut, p_now, p_revocation_expires_at);
  END IF;
  RETURN true;
END
$$;
CREATE FUNCTION signet.tables_of_people() RETURNS SETOF name
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
  SELECT c.relname FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped
   WHERE c.relnamespace = 'signet'::regnamespace AND c.relkind IN ('r', 'p')
     AND NOT c.relispartition
   ORDER BY c.relname
$$;
CREATE FUNCTION signet.update_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_name text, p_description text, p_permissions text[], p_version bigint, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone, OUT outcome smallint, OUT detail text) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  before signet.roles;
  holder uuid;
  holds text[];
BEGIN
  SELECT * INTO before FROM signet.roles
   WHERE name = p_name AND deleted_at IS NULL FOR NO KEY UPDATE;
  IF NOT FOUND THEN outcome := 4; RETURN; END IF;
  IF before.built_in THEN outcome := 8; RETURN; END IF;
  IF p_version NOT IN (0, before.version) THEN outcome := 10; RETURN; END IF;
  -- The caller may hold it himself: with all others, in the order of their ids.
  PERFORM FROM signet.users
    WHERE id = p_caller OR (roles <> '{}' AND roles @> ARRAY[p_name])
    ORDER BY id FOR NO KEY UPDATE;
  IF NOT signet.lock_caller(p_caller, p_issued_at, NULL) THEN outcome := 2; RETURN; END IF;
  detail := signet.missing_permission(
    before.permissions || coalesce(p_permissions, '{}'), p_held);
  IF detail IS NOT NULL THEN outcome := 5; RETURN; END IF;
  UPDATE signet.roles
     SET description = coalesce(p_description, description),
         permissions = coalesce(p_permissions, permissions),
         version = version + 1, updated_at = p_now
   WHERE name = p_name;
  outcome := 1;
  IF before.permissions <@ coalesce(p_permissions, before.permissions) THEN RETURN; END IF;
  FOR holder, holds IN
    SELECT id, roles FROM signet.users WHERE roles <> '{}' AND roles @> ARRAY[p_name]
    UNION ALL
    SELECT id, roles FROM signet.service_accounts WHERE roles <> '{}' AND roles @> ARRAY[p_name]
  LOOP
    PERFORM signet.write_roles(holder, holds, true, p_now, p_revocation_expires_at);
  END LOOP;
END
$$;
CREATE FUNCTION signet.write_roles(p_subject uuid, p_roles text[], p_cut boolean, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
  cut timestamptz;
BEGIN
  UPDATE signet.users
     SET roles = p_roles, updated_at = p_now,
         not_before = CASE WHEN p_cut THEN signet.next_not_before(p_now, not_before)
                           ELSE not_before END
   WHERE id = p_subject
  RETURNING not_before INTO cut;
  IF NOT FOUND THEN
    UPDATE signet.service_accounts
       SET roles = p_roles, updated_at = p_now,
           not_before = CASE WHEN p_cut THEN signet.next_not_before(p_now, not_before)
                             ELSE not_before END
     WHERE id = p_subject
    RETURNING not_before INTO cut;
  END IF;
  IF p_cut THEN
    PERFORM signet.append_revocation(
      3::smallint, p_subject::text, cut, p_now, p_revocation_expires_at);
  END IF;
END
$$;
CREATE TABLE signet.api_keys (
    id uuid NOT NULL,
    service_account_id uuid NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    replaced_by uuid,
    last_used_at timestamp with time zone,
    CONSTRAINT api_keys_secret_hash_check CHECK ((octet_length(secret_hash) = 32))
)
WITH (fillfactor='80');
CREATE TABLE signet.attempt_guards (
    subject uuid NOT NULL,
    device uuid NOT NULL,
    pending integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    pending_until timestamp with time zone,
    held_until timestamp with time zone,
    locked_until timestamp with time zone,
    touched_at timestamp with time zone NOT NULL
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02');
COMMENT ON COLUMN signet.attempt_guards.subject IS 'the user id, or a keyed digest of a name that nobody has';
COMMENT ON COLUMN signet.attempt_guards.pending IS 'attempts under way; those of before pending_until''s passing have failed';
COMMENT ON COLUMN signet.attempt_guards.failures IS 'in a row';
CREATE TABLE signet.audit_checkpoints (
    size bigint NOT NULL,
    edge bytea NOT NULL,
    note text NOT NULL,
    sealed_at timestamp with time zone NOT NULL
)
PARTITION BY RANGE (sealed_at);
CREATE TABLE signet.audit_checkpoints_default (
    size bigint NOT NULL,
    edge bytea NOT NULL,
    note text NOT NULL,
    sealed_at timestamp with time zone NOT NULL
);
CREATE TABLE signet.audit_events (
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    action smallint NOT NULL,
    outcome smallint NOT NULL,
    actor uuid,
    subject uuid,
    session uuid,
    content bytea NOT NULL,
    leaf_hash bytea NOT NULL,
    tx xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT audit_events_leaf_hash_check CHECK ((octet_length(leaf_hash) = 32))
)
PARTITION BY RANGE (at);
COMMENT ON COLUMN signet.audit_events.outcome IS '1 succeeded, 2 refused';
CREATE TABLE signet.audit_events_default (
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    action smallint NOT NULL,
    outcome smallint NOT NULL,
    actor uuid,
    subject uuid,
    session uuid,
    content bytea NOT NULL,
    leaf_hash bytea NOT NULL,
    tx xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT audit_events_leaf_hash_check CHECK ((octet_length(leaf_hash) = 32))
);
CREATE TABLE signet.audit_head (
    single boolean DEFAULT true NOT NULL,
    size bigint NOT NULL,
    edge bytea NOT NULL,
    tx xid8 NOT NULL,
    id uuid NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    note text NOT NULL,
    CONSTRAINT audit_head_single_check CHECK (single)
);
COMMENT ON COLUMN signet.audit_head.edge IS 'roots of the complete subtrees of the first `size` leaves, largest first';
CREATE TABLE signet.audit_leaves (
    leaf_index bigint NOT NULL,
    event_id uuid NOT NULL,
    event_at timestamp with time zone NOT NULL,
    leaf_hash bytea NOT NULL,
    sealed_at timestamp with time zone NOT NULL
)
PARTITION BY RANGE (sealed_at);
CREATE TABLE signet.audit_leaves_default (
    leaf_index bigint NOT NULL,
    event_id uuid NOT NULL,
    event_at timestamp with time zone NOT NULL,
    leaf_hash bytea NOT NULL,
    sealed_at timestamp with time zone NOT NULL
);
CREATE TABLE signet.audit_nodes (
    level smallint NOT NULL,
    node_index bigint NOT NULL,
    hash bytea NOT NULL
);
CREATE TABLE signet.audit_personal (
    person uuid NOT NULL,
    event_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    sealed bytea NOT NULL
)
PARTITION BY RANGE (at);
CREATE TABLE signet.audit_personal_default (
    person uuid NOT NULL,
    event_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    sealed bytea NOT NULL
);
CREATE TABLE signet.audit_retired (
    size bigint NOT NULL,
    edge bytea NOT NULL,
    note text NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone NOT NULL
);
CREATE TABLE signet.email_changes (
    user_id uuid NOT NULL,
    new_email text NOT NULL,
    new_canonical text NOT NULL,
    session_id uuid NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    old_confirmed_at timestamp with time zone,
    new_confirmed_at timestamp with time zone
);
COMMENT ON COLUMN signet.email_changes.session_id IS 'the one that asked, which survives the change';
CREATE TABLE signet.email_tokens (
    user_id uuid NOT NULL,
    purpose smallint NOT NULL,
    secret_hash bytea NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);
COMMENT ON COLUMN signet.email_tokens.purpose IS '1 verify the address, 2 reset the password, 3 and 4 change the address: present and new one';
CREATE TABLE signet.failed_logins (
    at timestamp with time zone NOT NULL,
    subject uuid NOT NULL,
    network bigint NOT NULL,
    password bigint NOT NULL,
    locked boolean NOT NULL
);
CREATE TABLE signet.key_set_verifiers (
    verifier_id text NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    replica text NOT NULL,
    seen_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');
COMMENT ON TABLE signet.key_set_verifiers IS 'Verifiers that watch the key set. A row counts until its lease (keys.verifier_lease) is over.';
COMMENT ON COLUMN signet.key_set_verifiers.version IS 'Of the key set that it holds; 0: none yet';
CREATE TABLE signet.lineage_history (
    user_id uuid NOT NULL,
    session_id uuid NOT NULL,
    kind smallint NOT NULL,
    generation integer NOT NULL,
    end_reason smallint,
    at timestamp with time zone NOT NULL,
    secret_hash bytea,
    address text NOT NULL,
    user_agent text NOT NULL
)
PARTITION BY RANGE (at);
COMMENT ON COLUMN signet.lineage_history.kind IS '1 opened, 2 rotated, 3 replayed, 4 reused, 5 ended';
CREATE TABLE signet.lineage_history_default (
    user_id uuid NOT NULL,
    session_id uuid NOT NULL,
    kind smallint NOT NULL,
    generation integer NOT NULL,
    end_reason smallint,
    at timestamp with time zone NOT NULL,
    secret_hash bytea,
    address text NOT NULL,
    user_agent text NOT NULL
);
CREATE TABLE signet.lineages (
    user_id uuid NOT NULL,
    session_id uuid NOT NULL,
    generation integer NOT NULL,
    end_reason smallint,
    rotated_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    leaf_hash bytea NOT NULL,
    recorded_at timestamp with time zone,
    CONSTRAINT lineages_leaf_hash_check CHECK ((octet_length(leaf_hash) = 32))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02');
COMMENT ON COLUMN signet.lineages.recorded_at IS 'of kind 2: when rotated_at was last written, so that no session is written twice a minute';
CREATE TABLE signet.mail_outbox (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    kind smallint NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    last_failure text DEFAULT ''::text NOT NULL,
    given_up_at timestamp with time zone
);
COMMENT ON COLUMN signet.mail_outbox.user_id IS 'of kind 0, which is sent to nobody, no user''s: written so that an unknown address costs as much';
COMMENT ON COLUMN signet.mail_outbox.sealed IS 'empty once given up';
COMMENT ON COLUMN signet.mail_outbox.due_at IS 'while a worker has it: when its lease ends';
CREATE TABLE signet.mail_pauses (
    user_id uuid NOT NULL,
    kind smallint NOT NULL,
    sent_at timestamp with time zone NOT NULL
);
CREATE TABLE signet.password_credentials (
    user_id uuid NOT NULL,
    hash text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    changed_at timestamp with time zone NOT NULL
);
CREATE UNLOGGED TABLE signet.rate_buckets (
    key uuid NOT NULL,
    tokens double precision NOT NULL,
    updated_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02');
CREATE TABLE signet.revocation_head (
    single boolean DEFAULT true NOT NULL,
    last bigint NOT NULL,
    CONSTRAINT revocation_head_single_check CHECK (single)
);
CREATE TABLE signet.revocation_log (
    sequence bigint NOT NULL,
    kind smallint NOT NULL,
    subject text NOT NULL,
    not_before timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
)
PARTITION BY RANGE (recorded_at);
COMMENT ON COLUMN signet.revocation_log.kind IS '1 token, 2 session, 3 user, 4 key, 5 tenant';
CREATE TABLE signet.revocation_log_default (
    sequence bigint NOT NULL,
    kind smallint NOT NULL,
    subject text NOT NULL,
    not_before timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE signet.role_grants (
    user_id uuid NOT NULL,
    role text NOT NULL,
    granted_by uuid NOT NULL,
    granted_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone
);
COMMENT ON TABLE signet.role_grants IS 'facts of the last grant of a role; whether it is held stands in roles of its holder';
COMMENT ON COLUMN signet.role_grants.user_id IS 'a person, or a service account';
CREATE TABLE signet.roles (
    name text NOT NULL,
    description text NOT NULL,
    permissions text[] DEFAULT '{}'::text[] NOT NULL,
    built_in boolean DEFAULT false NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone
);
COMMENT ON COLUMN signet.roles.permissions IS 'of built-in roles: what they permit is compiled in';
CREATE TABLE signet.second_factors (
    user_id uuid NOT NULL,
    totp_sealed bytea,
    enrolled_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    last_step bigint DEFAULT 0 NOT NULL,
    recovery_hashes bytea[] DEFAULT '{}'::bytea[] NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    counted_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    refused_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL
);
COMMENT ON COLUMN signet.second_factors.last_step IS 'no time code of this step or before counts';
COMMENT ON COLUMN signet.second_factors.failures IS 'attempts since the last success';
CREATE TABLE signet.server_secrets (
    name text NOT NULL,
    sealed bytea NOT NULL,
    kek_id text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE signet.service_accounts (
    id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    status smallint DEFAULT 1 NOT NULL,
    roles text[] DEFAULT '{}'::text[] NOT NULL,
    not_before timestamp with time zone,
    created_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT service_accounts_status_check CHECK ((status = ANY (ARRAY[1, 2, 3])))
);
COMMENT ON COLUMN signet.service_accounts.status IS '1 active, 2 disabled, 3 deleted';
COMMENT ON COLUMN signet.service_accounts.not_before IS 'tokens issued earlier are refused';
CREATE TABLE signet.session_policy (
    singleton boolean DEFAULT true NOT NULL,
    mode smallint NOT NULL,
    share_percent smallint NOT NULL,
    version bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by uuid,
    CONSTRAINT session_policy_share_percent_check CHECK (((share_percent >= 0) AND (share_percent <= 100))),
    CONSTRAINT session_policy_singleton_check CHECK (singleton)
);
COMMENT ON COLUMN signet.session_policy.mode IS '1 on, 2 read-only, 3 off: of share_percent of the users; everybody else''s is on';
CREATE TABLE signet.sessions (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    client_id text NOT NULL,
    audience text NOT NULL,
    scopes text[] NOT NULL,
    device_name text NOT NULL,
    acr text NOT NULL,
    amr text[] NOT NULL,
    address text NOT NULL,
    user_agent text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    authenticated_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    end_reason smallint,
    kind smallint DEFAULT 1 NOT NULL
);
COMMENT ON COLUMN signet.sessions.kind IS '1: held by refresh tokens, 2: by a session token, whose hash is the leaf_hash of its lineage';
CREATE TABLE signet.signing_key_head (
    single boolean DEFAULT true NOT NULL,
    version bigint NOT NULL,
    kek_id text,
    CONSTRAINT signing_key_head_single_check CHECK (single)
);
COMMENT ON COLUMN signet.signing_key_head.kek_id IS 'key-encryption key of the last signetd keys reseal; null: none yet';
CREATE TABLE signet.signing_keys (
    kid text NOT NULL,
    algorithm text NOT NULL,
    state smallint NOT NULL,
    public_jwk text NOT NULL,
    sealed_private bytea NOT NULL,
    kek_id text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    activated_at timestamp with time zone,
    retiring_at timestamp with time zone,
    retired_at timestamp with time zone,
    tainted_at timestamp with time zone,
    public_mac bytea,
    CONSTRAINT signing_keys_state_check CHECK (((state >= 1) AND (state <= 6)))
);
COMMENT ON COLUMN signet.signing_keys.state IS '1 prepared, 2 published, 3 active, 4 retiring, 5 retired, 6 tainted';
COMMENT ON COLUMN signet.signing_keys.public_mac IS 'HMAC by a server over kid, algorithm and public_jwk';
CREATE TABLE signet.threats (
    kind smallint NOT NULL,
    key bigint NOT NULL,
    raised_at timestamp with time zone NOT NULL
);
COMMENT ON COLUMN signet.threats.kind IS '1 stuffing, 2 spraying, 3 lockout storm';
CREATE TABLE signet.used_challenges (
    digest bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT used_challenges_digest_check CHECK ((octet_length(digest) = 32))
);
CREATE TABLE signet.users (
    id uuid NOT NULL,
    email text NOT NULL,
    email_canonical text NOT NULL,
    status smallint DEFAULT 1 NOT NULL,
    roles text[] DEFAULT '{}'::text[] NOT NULL,
    not_before timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    email_verified_at timestamp with time zone,
    second_factor boolean DEFAULT false NOT NULL,
    display_name text DEFAULT ''::text NOT NULL,
    CONSTRAINT users_status_check CHECK (((status >= 1) AND (status <= 4)))
);
COMMENT ON COLUMN signet.users.email_canonical IS 'of a deleted account # and its id, which no address is: the address is free again';
COMMENT ON COLUMN signet.users.status IS '1 active, 2 disabled, 3 deleted, 4 erased';
COMMENT ON COLUMN signet.users.not_before IS 'tokens issued earlier are refused';
COMMENT ON COLUMN signet.users.second_factor IS 'one is in force: no session opens, and none lives, without it';
ALTER TABLE ONLY signet.audit_checkpoints ATTACH PARTITION signet.audit_checkpoints_default DEFAULT;
ALTER TABLE ONLY signet.audit_events ATTACH PARTITION signet.audit_events_default DEFAULT;
ALTER TABLE ONLY signet.audit_leaves ATTACH PARTITION signet.audit_leaves_default DEFAULT;
ALTER TABLE ONLY signet.audit_personal ATTACH PARTITION signet.audit_personal_default DEFAULT;
ALTER TABLE ONLY signet.lineage_history ATTACH PARTITION signet.lineage_history_default DEFAULT;
ALTER TABLE ONLY signet.revocation_log ATTACH PARTITION signet.revocation_log_default DEFAULT;
ALTER TABLE ONLY signet.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY signet.attempt_guards
    ADD CONSTRAINT attempt_guards_pkey PRIMARY KEY (subject, device);
ALTER TABLE ONLY signet.audit_checkpoints
    ADD CONSTRAINT audit_checkpoints_pkey PRIMARY KEY (size, sealed_at);
ALTER TABLE ONLY signet.audit_checkpoints_default
    ADD CONSTRAINT audit_checkpoints_default_pkey PRIMARY KEY (size, sealed_at);
ALTER TABLE ONLY signet.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY (id, at);
ALTER TABLE ONLY signet.audit_events_default
    ADD CONSTRAINT audit_events_default_pkey PRIMARY KEY (id, at);
ALTER TABLE ONLY signet.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (single);
ALTER TABLE ONLY signet.audit_leaves
    ADD CONSTRAINT audit_leaves_pkey PRIMARY KEY (leaf_index, sealed_at);
ALTER TABLE ONLY signet.audit_leaves_default
    ADD CONSTRAINT audit_leaves_default_pkey PRIMARY KEY (leaf_index, sealed_at);
ALTER TABLE ONLY signet.audit_nodes
    ADD CONSTRAINT audit_nodes_pkey PRIMARY KEY (level, node_index);
ALTER TABLE ONLY signet.audit_personal
    ADD CONSTRAINT audit_personal_pkey PRIMARY KEY (person, event_id, at);
ALTER TABLE ONLY signet.audit_personal_default
    ADD CONSTRAINT audit_personal_default_pkey PRIMARY KEY (person, event_id, at);
ALTER TABLE ONLY signet.audit_retired
    ADD CONSTRAINT audit_retired_pkey PRIMARY KEY (size);
ALTER TABLE ONLY signet.email_changes
    ADD CONSTRAINT email_changes_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY signet.email_tokens
    ADD CONSTRAINT email_tokens_pkey PRIMARY KEY (user_id, purpose);
ALTER TABLE ONLY signet.key_set_verifiers
    ADD CONSTRAINT key_set_verifiers_pkey PRIMARY KEY (verifier_id);
ALTER TABLE ONLY signet.lineages
    ADD CONSTRAINT lineages_pkey PRIMARY KEY (user_id, session_id);
ALTER TABLE ONLY signet.mail_outbox
    ADD CONSTRAINT mail_outbox_pkey PRIMARY KEY (user_id, id);
ALTER TABLE ONLY signet.mail_pauses
    ADD CONSTRAINT mail_pauses_pkey PRIMARY KEY (user_id, kind);
ALTER TABLE ONLY signet.signing_keys
    ADD CONSTRAINT one_active EXCLUDE USING btree (state WITH =) WHERE ((state = 3)) DEFERRABLE;
ALTER TABLE ONLY signet.password_credentials
    ADD CONSTRAINT password_credentials_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY signet.rate_buckets
    ADD CONSTRAINT rate_buckets_pkey PRIMARY KEY (key);
ALTER TABLE ONLY signet.revocation_head
    ADD CONSTRAINT revocation_head_pkey PRIMARY KEY (single);
ALTER TABLE ONLY signet.role_grants
    ADD CONSTRAINT role_grants_pkey PRIMARY KEY (user_id, role);
ALTER TABLE ONLY signet.roles
    ADD CONSTRAINT roles_pkey PRIMARY KEY (name);
ALTER TABLE ONLY signet.second_factors
    ADD CONSTRAINT second_factors_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY signet.server_secrets
    ADD CONSTRAINT server_secrets_pkey PRIMARY KEY (name);
ALTER TABLE ONLY signet.service_accounts
    ADD CONSTRAINT service_accounts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY signet.session_policy
    ADD CONSTRAINT session_policy_pkey PRIMARY KEY (singleton);
ALTER TABLE ONLY signet.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (user_id, id);
ALTER TABLE ONLY signet.signing_key_head
    ADD CONSTRAINT signing_key_head_pkey PRIMARY KEY (single);
ALTER TABLE ONLY signet.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (kid);
ALTER TABLE ONLY signet.threats
    ADD CONSTRAINT threats_pkey PRIMARY KEY (kind, key);
ALTER TABLE ONLY signet.used_challenges
    ADD CONSTRAINT used_challenges_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY signet.users
    ADD CONSTRAINT users_email_canonical_key UNIQUE (email_canonical);
ALTER TABLE ONLY signet.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE INDEX api_keys_by_account ON signet.api_keys USING btree (service_account_id, id);
CREATE INDEX audit_events_by_actor ON ONLY signet.audit_events USING btree (actor, id) WHERE (actor IS DISTINCT FROM subject);
CREATE INDEX audit_events_by_subject ON ONLY signet.audit_events USING btree (subject, id) WHERE (subject IS NOT NULL);
CREATE INDEX audit_events_by_tx ON ONLY signet.audit_events USING btree (tx, id);
CREATE INDEX audit_events_default_actor_id_idx ON signet.audit_events_default USING btree (actor, id) WHERE (actor IS DISTINCT FROM subject);
CREATE INDEX audit_events_default_subject_id_idx ON signet.audit_events_default USING btree (subject, id) WHERE (subject IS NOT NULL);
CREATE INDEX audit_events_default_tx_id_idx ON signet.audit_events_default USING btree (tx, id);
CREATE INDEX audit_leaves_by_event ON ONLY signet.audit_leaves USING btree (event_id);
CREATE INDEX audit_leaves_default_event_id_idx ON signet.audit_leaves_default USING btree (event_id);
CREATE INDEX email_tokens_by_expiry ON signet.email_tokens USING btree (expires_at);
CREATE INDEX failed_logins_by_network ON signet.failed_logins USING btree (network, at);
CREATE INDEX failed_logins_by_password ON signet.failed_logins USING btree (password, at);
CREATE INDEX failed_logins_by_time ON signet.failed_logins USING btree (at);
CREATE INDEX failed_logins_locked ON signet.failed_logins USING btree (at) WHERE locked;
CREATE INDEX lineage_history_by_generation ON ONLY signet.lineage_history USING btree (session_id, generation);
CREATE INDEX lineage_history_default_session_id_generation_idx ON signet.lineage_history_default USING btree (session_id, generation);
CREATE INDEX lineages_by_expiry ON signet.lineages USING btree (expires_at);
CREATE INDEX mail_outbox_due ON signet.mail_outbox USING btree (due_at, id) WHERE (given_up_at IS NULL);
CREATE INDEX revocation_log_by_sequence ON ONLY signet.revocation_log USING btree (sequence);
CREATE INDEX revocation_log_default_sequence_idx ON signet.revocation_log_default USING btree (sequence);
CREATE INDEX role_grants_by_expiry ON signet.role_grants USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE UNIQUE INDEX service_accounts_by_name ON signet.service_accounts USING btree (name) WHERE (status <> 3);
CREATE INDEX service_accounts_by_role ON signet.service_accounts USING gin (roles) WHERE (roles <> '{}'::text[]);
CREATE INDEX sessions_by_id ON signet.sessions USING btree (id);
CREATE INDEX users_administrators ON signet.users USING btree (id) WHERE ((status = 1) AND ('admin'::text = ANY (roles)));
CREATE INDEX users_by_creation ON signet.users USING btree (created_at, id);
CREATE INDEX users_by_email_prefix ON signet.users USING btree (email_canonical COLLATE "C");
CREATE INDEX users_by_role ON signet.users USING gin (roles) WHERE (roles <> '{}'::text[]);
ALTER INDEX signet.audit_checkpoints_pkey ATTACH PARTITION signet.audit_checkpoints_default_pkey;
ALTER INDEX signet.audit_events_by_actor ATTACH PARTITION signet.audit_events_default_actor_id_idx;
ALTER INDEX signet.audit_events_pkey ATTACH PARTITION signet.audit_events_default_pkey;
ALTER INDEX signet.audit_events_by_subject ATTACH PARTITION signet.audit_events_default_subject_id_idx;
ALTER INDEX signet.audit_events_by_tx ATTACH PARTITION signet.audit_events_default_tx_id_idx;
ALTER INDEX signet.audit_leaves_by_event ATTACH PARTITION signet.audit_leaves_default_event_id_idx;
ALTER INDEX signet.audit_leaves_pkey ATTACH PARTITION signet.audit_leaves_default_pkey;
ALTER INDEX signet.audit_personal_pkey ATTACH PARTITION signet.audit_personal_default_pkey;
ALTER INDEX signet.lineage_history_by_generation ATTACH PARTITION signet.lineage_history_default_session_id_generation_idx;
ALTER INDEX signet.revocation_log_by_sequence ATTACH PARTITION signet.revocation_log_default_sequence_idx;
CREATE TRIGGER an_administrator_remains BEFORE DELETE ON signet.users FOR EACH ROW WHEN (((old.status = 1) AND ('admin'::text = ANY (old.roles)))) EXECUTE FUNCTION signet.guard_administrators();
CREATE TRIGGER an_administrator_stays BEFORE UPDATE ON signet.users FOR EACH ROW WHEN (((old.status = 1) AND ('admin'::text = ANY (old.roles)) AND (NOT ((new.status = 1) AND ('admin'::text = ANY (new.roles)))))) EXECUTE FUNCTION signet.guard_administrators();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON signet.audit_checkpoints FOR EACH ROW EXECUTE FUNCTION signet.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON signet.audit_events FOR EACH ROW EXECUTE FUNCTION signet.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON signet.audit_leaves FOR EACH ROW EXECUTE FUNCTION signet.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON signet.audit_nodes FOR EACH ROW EXECUTE FUNCTION signet.refuse_change();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON signet.audit_retired FOR EACH ROW EXECUTE FUNCTION signet.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON signet.audit_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION signet.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON signet.audit_events FOR EACH STATEMENT EXECUTE FUNCTION signet.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON signet.audit_events_default FOR EACH STATEMENT EXECUTE FUNCTION signet.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON signet.audit_leaves FOR EACH STATEMENT EXECUTE FUNCTION signet.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON signet.audit_nodes FOR EACH STATEMENT EXECUTE FUNCTION signet.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON signet.audit_retired FOR EACH STATEMENT EXECUTE FUNCTION signet.refuse_change();
ALTER TABLE ONLY signet.api_keys
    ADD CONSTRAINT api_keys_service_account_id_fkey FOREIGN KEY (service_account_id) REFERENCES signet.service_accounts(id);
ALTER TABLE ONLY signet.email_changes
    ADD CONSTRAINT email_changes_user_id_fkey FOREIGN KEY (user_id) REFERENCES signet.users(id);
ALTER TABLE ONLY signet.mail_pauses
    ADD CONSTRAINT mail_pauses_user_id_fkey FOREIGN KEY (user_id) REFERENCES signet.users(id);
ALTER TABLE ONLY signet.password_credentials
    ADD CONSTRAINT password_credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES signet.users(id);
ALTER TABLE ONLY signet.role_grants
    ADD CONSTRAINT role_grants_role_fkey FOREIGN KEY (role) REFERENCES signet.roles(name);
ALTER TABLE ONLY signet.second_factors
    ADD CONSTRAINT second_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES signet.users(id);
GRANT USAGE ON SCHEMA signet TO signet_service;
GRANT USAGE ON SCHEMA signet TO signet_auditor;
REVOKE ALL ON FUNCTION signet.add_audit_partition(parent text, key text, day timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION signet.add_partition(parent text, name text, key text, from_time timestamp with time zone, until_time timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION signet.admit_attempt(p_subject uuid, p_device uuid, p_lock_after integer, p_challenge_after integer, p_solved boolean, p_now timestamp with time zone, p_forget_before timestamp with time zone, p_pending_until timestamp with time zone, OUT verdict smallint, OUT subject uuid, OUT device uuid, OUT failures integer, OUT retry_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.admit_attempt(p_subject uuid, p_device uuid, p_lock_after integer, p_challenge_after integer, p_solved boolean, p_now timestamp with time zone, p_forget_before timestamp with time zone, p_pending_until timestamp with time zone, OUT verdict smallint, OUT subject uuid, OUT device uuid, OUT failures integer, OUT retry_at timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.append_audit(p_audit signet.audit_row) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.append_audit(p_audit signet.audit_row) TO signet_service;
REVOKE ALL ON FUNCTION signet.append_revocation(p_kind smallint, p_subject text, p_not_before timestamp with time zone, p_recorded_at timestamp with time zone, p_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.append_revocation(p_kind smallint, p_subject text, p_not_before timestamp with time zone, p_recorded_at timestamp with time zone, p_expires_at timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.change_password(p_user uuid, p_expected_version bigint, p_hash text, p_keep uuid, p_now timestamp with time zone, p_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.change_password(p_user uuid, p_expected_version bigint, p_hash text, p_keep uuid, p_now timestamp with time zone, p_expires_at timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.close_account(p_user uuid, p_status smallint, p_reason smallint, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone, p_audit signet.audit_row, OUT outcome smallint, OUT ended bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.close_account(p_user uuid, p_status smallint, p_reason smallint, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone, p_audit signet.audit_row, OUT outcome smallint, OUT ended bigint) TO signet_service;
REVOKE ALL ON FUNCTION signet.confirm_email_change(p_user uuid, p_purpose smallint, p_secret_hash bytea, p_now timestamp with time zone, p_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.confirm_email_change(p_user uuid, p_purpose smallint, p_secret_hash bytea, p_now timestamp with time zone, p_expires_at timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.confirm_totp(p_user uuid, p_session uuid, p_sealed bytea, p_step bigint, p_recovery bytea[], p_acr text, p_amr text[], p_now timestamp with time zone, p_expires_at timestamp with time zone, p_mail signet.mail_row, p_audit signet.audit_row) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.confirm_totp(p_user uuid, p_session uuid, p_sealed bytea, p_step bigint, p_recovery bytea[], p_acr text, p_amr text[], p_now timestamp with time zone, p_expires_at timestamp with time zone, p_mail signet.mail_row, p_audit signet.audit_row) TO signet_service;
REVOKE ALL ON FUNCTION signet.create_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_name text, p_description text, p_permissions text[], p_now timestamp with time zone, OUT outcome smallint, OUT detail text) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.create_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_name text, p_description text, p_permissions text[], p_now timestamp with time zone, OUT outcome smallint, OUT detail text) TO signet_service;
REVOKE ALL ON FUNCTION signet.delete_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_name text, p_now timestamp with time zone, OUT outcome smallint, OUT detail text) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.delete_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_name text, p_now timestamp with time zone, OUT outcome smallint, OUT detail text) TO signet_service;
REVOKE ALL ON FUNCTION signet.drop_expired_partitions(p_now timestamp with time zone, p_history_before timestamp with time zone, p_log_before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.drop_expired_partitions(p_now timestamp with time zone, p_history_before timestamp with time zone, p_log_before timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.end_all_sessions(p_user uuid, p_reason smallint, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.end_all_sessions(p_user uuid, p_reason smallint, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.end_all_sessions(p_user uuid, p_reason smallint, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone, p_audit signet.audit_row) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.end_all_sessions(p_user uuid, p_reason smallint, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone, p_audit signet.audit_row) TO signet_service;
REVOKE ALL ON FUNCTION signet.end_other_sessions(p_user uuid, p_keep uuid, p_reason smallint, p_now timestamp with time zone, p_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.end_other_sessions(p_user uuid, p_keep uuid, p_reason smallint, p_now timestamp with time zone, p_expires_at timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.ensure_audit_partitions(p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.ensure_audit_partitions(p_now timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.ensure_partitions(p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.ensure_partitions(p_now timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.erase_audit_personal(p_person uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.erase_audit_personal(p_person uuid) TO signet_service;
REVOKE ALL ON FUNCTION signet.erase_person(p_user uuid, p_reason smallint, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone, p_audit signet.audit_row, OUT outcome smallint, OUT ended bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.erase_person(p_user uuid, p_reason smallint, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone, p_audit signet.audit_row, OUT outcome smallint, OUT ended bigint) TO signet_service;
REVOKE ALL ON FUNCTION signet.exchange_tokens(p_keys uuid[], p_spent bigint[], p_wanted bigint[], p_capacity bigint[], p_period_ms bigint[], p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.exchange_tokens(p_keys uuid[], p_spent bigint[], p_wanted bigint[], p_capacity bigint[], p_period_ms bigint[], p_now timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.export_person(p_user uuid, OUT part name, OUT record text, OUT event_id uuid, OUT content bytea, OUT sealed bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.export_person(p_user uuid, OUT part name, OUT record text, OUT event_id uuid, OUT content bytea, OUT sealed bytea) TO signet_service;
REVOKE ALL ON FUNCTION signet.fail_attempt(p_subject uuid, p_device uuid, p_lock_after integer, p_delay_after integer, p_lock interval, p_longest_lock interval, p_delay interval, p_now timestamp with time zone, OUT failures integer, OUT locked_until timestamp with time zone, OUT first_lock boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.fail_attempt(p_subject uuid, p_device uuid, p_lock_after integer, p_delay_after integer, p_lock interval, p_longest_lock interval, p_delay interval, p_now timestamp with time zone, OUT failures integer, OUT locked_until timestamp with time zone, OUT first_lock boolean) TO signet_service;
REVOKE ALL ON FUNCTION signet.finish_mail(p_user uuid, p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.finish_mail(p_user uuid, p_id uuid) TO signet_service;
REVOKE ALL ON FUNCTION signet.forget_verifiers(p_before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.forget_verifiers(p_before timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.grant_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_subject uuid, p_role text, p_compiled text[], p_expires_at timestamp with time zone, p_most integer, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone, OUT outcome smallint, OUT detail text) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.grant_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_subject uuid, p_role text, p_compiled text[], p_expires_at timestamp with time zone, p_most integer, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone, OUT outcome smallint, OUT detail text) TO signet_service;
REVOKE ALL ON FUNCTION signet.guard_administrators() FROM PUBLIC;
GRANT ALL ON FUNCTION signet.guard_administrators() TO signet_service;
REVOKE ALL ON FUNCTION signet.insert_first_administrator(p_user uuid, p_email text, p_canonical text, p_hash text, p_roles text[], p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.insert_first_administrator(p_user uuid, p_email text, p_canonical text, p_hash text, p_roles text[], p_now timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.insert_first_verified_administrator(p_user uuid, p_email text, p_canonical text, p_hash text, p_roles text[], p_now timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.insert_first_verified_administrator(p_user uuid, p_email text, p_canonical text, p_hash text, p_roles text[], p_now timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.is_last_administrator(p_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.is_last_administrator(p_user uuid) TO signet_service;
REVOKE ALL ON FUNCTION signet.keep_an_administrator(p_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.keep_an_administrator(p_user uuid) TO signet_service;
REVOKE ALL ON FUNCTION signet.keys_of_people() FROM PUBLIC;
GRANT ALL ON FUNCTION signet.keys_of_people() TO signet_service;
REVOKE ALL ON FUNCTION signet.lock_administrators() FROM PUBLIC;
GRANT ALL ON FUNCTION signet.lock_administrators() TO signet_service;
REVOKE ALL ON FUNCTION signet.lock_caller(p_caller uuid, p_issued_at timestamp with time zone, p_subject uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.lock_caller(p_caller uuid, p_issued_at timestamp with time zone, p_subject uuid) TO signet_service;
REVOKE ALL ON FUNCTION signet.lock_subject_roles(p_subject uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.lock_subject_roles(p_subject uuid) TO signet_service;
REVOKE ALL ON FUNCTION signet.missing_permission(p_wanted text[], p_held text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.missing_permission(p_wanted text[], p_held text[]) TO signet_service;
REVOKE ALL ON FUNCTION signet.move_signing_key(p_kid text, p_from smallint[], p_to smallint, p_now timestamp with time zone, p_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.move_signing_key(p_kid text, p_from smallint[], p_to smallint, p_now timestamp with time zone, p_expires_at timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.move_signing_key(p_kid text, p_from smallint[], p_to smallint, p_now timestamp with time zone, p_expires_at timestamp with time zone, p_audit signet.audit_row) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.move_signing_key(p_kid text, p_from smallint[], p_to smallint, p_now timestamp with time zone, p_expires_at timestamp with time zone, p_audit signet.audit_row) TO signet_service;
REVOKE ALL ON FUNCTION signet.next_not_before(p_now timestamp with time zone, p_before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.next_not_before(p_now timestamp with time zone, p_before timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.note_failed_login(p_subject uuid, p_network bigint, p_password bigint, p_locked boolean, p_now timestamp with time zone, p_since timestamp with time zone, p_stuffing integer, p_spraying integer, p_locks integer) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.note_failed_login(p_subject uuid, p_network bigint, p_password bigint, p_locked boolean, p_now timestamp with time zone, p_since timestamp with time zone, p_stuffing integer, p_spraying integer, p_locks integer) TO signet_service;
REVOKE ALL ON FUNCTION signet.raise_threat(p_kind smallint, p_key bigint, p_now timestamp with time zone, p_since timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.raise_threat(p_kind smallint, p_key bigint, p_now timestamp with time zone, p_since timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.refuse_change() FROM PUBLIC;
REVOKE ALL ON FUNCTION signet.remove_expired_email_tokens(p_before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.remove_expired_email_tokens(p_before timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.remove_expired_grants(p_now timestamp with time zone, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.remove_expired_grants(p_now timestamp with time zone, p_most integer) TO signet_service;
REVOKE ALL ON FUNCTION signet.remove_expired_sessions(p_now timestamp with time zone, p_before timestamp with time zone, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.remove_expired_sessions(p_now timestamp with time zone, p_before timestamp with time zone, p_most integer) TO signet_service;
REVOKE ALL ON FUNCTION signet.remove_given_up_mail(p_before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.remove_given_up_mail(p_before timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.remove_idle_buckets(p_now timestamp with time zone, p_before timestamp with time zone, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.remove_idle_buckets(p_now timestamp with time zone, p_before timestamp with time zone, p_most integer) TO signet_service;
REVOKE ALL ON FUNCTION signet.remove_stale_attempts(p_now timestamp with time zone, p_before timestamp with time zone, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.remove_stale_attempts(p_now timestamp with time zone, p_before timestamp with time zone, p_most integer) TO signet_service;
REVOKE ALL ON FUNCTION signet.remove_stale_evidence(p_now timestamp with time zone, p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.remove_stale_evidence(p_now timestamp with time zone, p_most integer) TO signet_service;
REVOKE ALL ON FUNCTION signet.reset_password(p_user uuid, p_secret_hash bytea, p_hash text, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.reset_password(p_user uuid, p_secret_hash bytea, p_hash text, p_now timestamp with time zone, p_not_before timestamp with time zone, p_expires_at timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.retire_audit(p_now timestamp with time zone, p_before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.retire_audit(p_now timestamp with time zone, p_before timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.revoke_api_key(p_key uuid, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.revoke_api_key(p_key uuid, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.revoke_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_subject uuid, p_role text, p_compiled text[], p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone, OUT outcome smallint, OUT detail text) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.revoke_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_subject uuid, p_role text, p_compiled text[], p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone, OUT outcome smallint, OUT detail text) TO signet_service;
REVOKE ALL ON FUNCTION signet.role_facts(p_subject uuid, p_roles text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.role_facts(p_subject uuid, p_roles text[]) TO signet_service;
REVOKE ALL ON FUNCTION signet.secret_columns(p_table name) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.secret_columns(p_table name) TO signet_service;
REVOKE ALL ON FUNCTION signet.set_service_account_status(p_account uuid, p_status smallint, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.set_service_account_status(p_account uuid, p_status smallint, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone) TO signet_service;
REVOKE ALL ON FUNCTION signet.tables_of_people() FROM PUBLIC;
GRANT ALL ON FUNCTION signet.tables_of_people() TO signet_service;
REVOKE ALL ON FUNCTION signet.update_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_name text, p_description text, p_permissions text[], p_version bigint, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone, OUT outcome smallint, OUT detail text) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.update_role(p_caller uuid, p_issued_at timestamp with time zone, p_held text[], p_name text, p_description text, p_permissions text[], p_version bigint, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone, OUT outcome smallint, OUT detail text) TO signet_service;
REVOKE ALL ON FUNCTION signet.write_roles(p_subject uuid, p_roles text[], p_cut boolean, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION signet.write_roles(p_subject uuid, p_roles text[], p_cut boolean, p_now timestamp with time zone, p_revocation_expires_at timestamp with time zone) TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.api_keys TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.attempt_guards TO signet_service;
GRANT SELECT ON TABLE signet.audit_checkpoints TO signet_auditor;
GRANT SELECT,INSERT ON TABLE signet.audit_checkpoints TO signet_service;
GRANT SELECT,INSERT ON TABLE signet.audit_events TO signet_service;
GRANT SELECT ON TABLE signet.audit_events TO signet_auditor;
GRANT SELECT ON TABLE signet.audit_head TO signet_auditor;
GRANT SELECT,UPDATE ON TABLE signet.audit_head TO signet_service;
GRANT SELECT ON TABLE signet.audit_leaves TO signet_auditor;
GRANT SELECT,INSERT ON TABLE signet.audit_leaves TO signet_service;
GRANT SELECT ON TABLE signet.audit_nodes TO signet_auditor;
GRANT SELECT,INSERT ON TABLE signet.audit_nodes TO signet_service;
GRANT SELECT,INSERT ON TABLE signet.audit_personal TO signet_service;
GRANT SELECT(person) ON TABLE signet.audit_personal TO signet_auditor;
GRANT SELECT(event_id) ON TABLE signet.audit_personal TO signet_auditor;
GRANT SELECT(at) ON TABLE signet.audit_personal TO signet_auditor;
GRANT SELECT ON TABLE signet.audit_retired TO signet_auditor;
GRANT SELECT ON TABLE signet.audit_retired TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.email_changes TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.email_tokens TO signet_service;
GRANT SELECT,INSERT ON TABLE signet.failed_logins TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.key_set_verifiers TO signet_service;
GRANT SELECT,INSERT ON TABLE signet.lineage_history TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.lineages TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.mail_outbox TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.mail_pauses TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.password_credentials TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.rate_buckets TO signet_service;
GRANT SELECT,UPDATE ON TABLE signet.revocation_head TO signet_service;
GRANT SELECT,INSERT ON TABLE signet.revocation_log TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.role_grants TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.roles TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.second_factors TO signet_service;
GRANT SELECT,INSERT ON TABLE signet.server_secrets TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.service_accounts TO signet_service;
GRANT SELECT,UPDATE ON TABLE signet.session_policy TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.sessions TO signet_service;
GRANT SELECT,UPDATE ON TABLE signet.signing_key_head TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.signing_keys TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.threats TO signet_service;
GRANT SELECT,INSERT ON TABLE signet.used_challenges TO signet_service;
GRANT SELECT,INSERT,UPDATE ON TABLE signet.users TO signet_service;
