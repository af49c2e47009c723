-- Mail waits here: written by the statement that causes it, sent by a worker of any replica, and
-- removed when the mail server has taken it.

CREATE TABLE signet.mail_outbox (
  user_id uuid NOT NULL,
  id uuid NOT NULL,
  kind smallint NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  -- What the writer of a mail does not give.
  attempts integer NOT NULL DEFAULT 0,
  last_failure text NOT NULL DEFAULT '',
  given_up_at timestamptz,
  PRIMARY KEY (user_id, id)
);
COMMENT ON COLUMN signet.mail_outbox.user_id IS
  'of kind 0, which is sent to nobody, no user''s: written so that an unknown address costs as much';
COMMENT ON COLUMN signet.mail_outbox.sealed IS 'empty once given up';
COMMENT ON COLUMN signet.mail_outbox.due_at IS 'while a worker has it: when its lease ends';
CREATE INDEX mail_outbox_due ON signet.mail_outbox (due_at, id) WHERE given_up_at IS NULL;

-- A mail as one parameter: the first columns of the table, in its order.
CREATE TYPE signet.mail_row AS (
  user_id uuid,
  id uuid,
  kind smallint,
  sealed bytea,
  created_at timestamptz,
  due_at timestamptz
);

-- The service removes what was sent and what was given up long ago, and nothing else.
CREATE FUNCTION signet.finish_mail(p_user uuid, p_id uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
  DELETE FROM signet.mail_outbox WHERE user_id = p_user AND id = p_id
$$;

CREATE FUNCTION signet.remove_given_up_mail(p_before timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH gone AS (
    DELETE FROM signet.mail_outbox WHERE given_up_at < p_before RETURNING id
  )
  SELECT count(*) FROM gone
$$;

REVOKE ALL ON FUNCTION signet.finish_mail(uuid, uuid), signet.remove_given_up_mail(timestamptz)
  FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON signet.mail_outbox TO signet_service;
GRANT EXECUTE ON FUNCTION signet.finish_mail(uuid, uuid), signet.remove_given_up_mail(timestamptz)
  TO signet_service;
