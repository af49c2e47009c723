-- What a login asks first, as account_store_pg.cc has it.
\set person random(1, :people)
SELECT u.id, u.status, u.email, c.hash, c.version, u.roles, u.email_verified_at IS NOT NULL, u.second_factor FROM signet.users AS u JOIN signet.password_credentials AS c ON c.user_id = u.id WHERE u.email_canonical = 'p' || :person::text || '@users.example';
