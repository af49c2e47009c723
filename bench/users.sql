-- People :from to :to of bench/users, as an import would leave them. None of them logs in.
INSERT INTO signet.users (id, email, email_canonical, created_at, updated_at)
SELECT md5(n::text)::uuid, 'p' || n || '@users.example', 'p' || n || '@users.example',
       now() - n * interval '1 second', now()
  FROM generate_series(:from::integer, :to::integer) AS n;
INSERT INTO signet.password_credentials (user_id, hash, changed_at)
SELECT md5(n::text)::uuid,
       '$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
       now()
  FROM generate_series(:from::integer, :to::integer) AS n;
VACUUM (ANALYZE) signet.users, signet.password_credentials;
CHECKPOINT;
