-- Sessions that a session token holds would be taken for others: they end with it.
DELETE FROM signet.lineages AS l USING signet.sessions AS s
 WHERE s.kind = 2 AND s.user_id = l.user_id AND s.id = l.session_id;
DELETE FROM signet.sessions WHERE kind = 2;
DROP TABLE signet.session_policy;
ALTER TABLE signet.lineages DROP COLUMN recorded_at;
ALTER TABLE signet.sessions DROP COLUMN kind;
