-- Refresh as it is usually written: find the token and lock it, mark it used, insert the next one.
-- Each client walks along its own lineage, so that nobody waits for a row lock.
\set next random(1, 9000000000000000000)
\if :current = 0
INSERT INTO bench_token (token_hash, family) VALUES (sha256(int8send(:next)), :client_id);
\else
BEGIN;
SELECT id AS old_id FROM bench_token WHERE token_hash = sha256(int8send(:current)) AND used_at IS NULL AND expires_at > now() FOR UPDATE \gset
UPDATE bench_token SET used_at = now() WHERE id = :old_id;
INSERT INTO bench_token (token_hash, family) VALUES (sha256(int8send(:next)), :client_id);
COMMIT;
\endif
\set current :next
