-- Refresh as one guarded statement on one row per family, with its history.
\set family random(1, 10000)
\set next random(1, 9000000000000000000)
WITH rotated AS (UPDATE bench_family SET generation = generation + 1, token_hash = sha256(int8send(:next)), rotated_at = now() WHERE id = :family RETURNING id, generation) INSERT INTO bench_history (family, generation) SELECT id, generation FROM rotated RETURNING generation;
