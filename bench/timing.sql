-- The accounts of bench/timing, :samples of each kind. The hashes have the parameters of new ones,
-- and of an import by bcrypt at cost 10; the passwords behind them are nobody's.
INSERT INTO signet.users (id, email, email_canonical, status, created_at, updated_at)
SELECT gen_random_uuid(), kind || '-' || n || '@timing.example', kind || '-' || n || '@timing.example',
       CASE WHEN kind = 'disabled' THEN 2 ELSE 1 END, now(), now()
  FROM unnest(ARRAY['wrong_password', 'disabled', 'bcrypt', 'longest_password', 'second_factor',
                    'locked', 'reset_known']) AS kind,
       generate_series(0, :samples - 1) AS n;
INSERT INTO signet.password_credentials (user_id, hash, changed_at)
SELECT id,
       CASE WHEN email LIKE 'bcrypt-%'
            THEN '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
            ELSE '$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
        END,
       now()
  FROM signet.users WHERE email LIKE '%@timing.example';
-- A factor whose secret nobody can open: the password is never right, so nobody looks.
UPDATE signet.users SET second_factor = true WHERE email LIKE 'second_factor-%@timing.example';
INSERT INTO signet.second_factors (user_id, totp_sealed, enrolled_at, confirmed_at)
SELECT id, '\x00', now(), now() FROM signet.users WHERE email LIKE 'second_factor-%@timing.example';
-- Locked for strangers, whose device is the nil one.
INSERT INTO signet.attempt_guards (subject, device, failures, locked_until, touched_at)
SELECT id, '00000000-0000-0000-0000-000000000000', 5, now() + interval '1 day', now()
  FROM signet.users WHERE email LIKE 'locked-%@timing.example';
